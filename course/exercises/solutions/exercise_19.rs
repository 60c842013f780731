//! He initialisation, generalised to leaky ReLU.

/// The deviation (not the variance) of the weights.
pub fn deviation(fan_in: usize, slope: f64) -> f64 {
    // Half of the mass is kept as it is, the other half is multiplied by the slope: (1 + slope²) / 2 of the mean square.
    (2.0 / ((1.0 + slope * slope) * fan_in as f64)).sqrt()
}
