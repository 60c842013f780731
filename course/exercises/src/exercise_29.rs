//! Another prior for the same model.
//!
//! A model was trained where class c had the share `from[c]` of the rows (all equal, after SMOTE), and is used where it has the
//! share `to[c]`. What a class looks like has not changed, only how common it is. By Bayes's rule,
//!
//! ```text
//! P(c | x) ∝ P(x | c) P(c)
//! ```
//!
//! so a probability under one prior becomes one under the other by a factor for each class, and a division by the sum.

/// The probabilities of one row under the prior `to`, from those under the prior `from`. They sum to 1.
pub fn under_prior(probabilities: &[f64], from: &[f64], to: &[f64]) -> Vec<f64> {
    todo!("a factor for each class, then divide by the sum")
}
