//! Another prior for the same model.

/// The probabilities of one row under the prior `to`, from those under the prior `from`. They sum to 1.
pub fn under_prior(probabilities: &[f64], from: &[f64], to: &[f64]) -> Vec<f64> {
    let weighed: Vec<f64> = probabilities.iter().zip(from).zip(to).map(|((p, from), to)| p * to / from).collect();
    let sum: f64 = weighed.iter().sum();
    weighed.into_iter().map(|p| p / sum).collect()
}
