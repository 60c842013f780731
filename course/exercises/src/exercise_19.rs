//! He initialisation, generalised to leaky ReLU.
//!
//! A layer sums `fan_in` products of a weight and an activation. The activation before it was a leaky ReLU: x above 0, and
//! `slope` times x below. For a symmetric x, derive which share of the mean square survives, and from it the deviation
//! of the weights that keeps the mean square from layer to layer.
//!
//! At slope 0 you must find He's √(2 / fan_in); at slope 1, where the activation does nothing, LeCun's √(1 / fan_in).

/// The deviation (not the variance) of the weights.
pub fn deviation(fan_in: usize, slope: f64) -> f64 {
    todo!("what share of E[x²] does leaky ReLU keep?")
}
