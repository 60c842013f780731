//! Adam's step, with the correction of its bias.
//!
//! ```text
//! m ← β₁ m + (1 - β₁) g          v ← β₂ v + (1 - β₂) g²
//! m̂ = m / (1 - β₁ᵗ)              v̂ = v / (1 - β₂ᵗ)
//! w ← w - η m̂ / (√v̂ + ε)
//! ```
//!
//! The step t counts from 1. This is the algorithm as Kingma and Ba printed it, with ε added to the corrected root.

/// Adam's settings.
pub struct Adam {
    pub learning_rate: f64,
    pub beta1: f64,
    pub beta2: f64,
    pub epsilon: f64,
}

/// Step number `t` for a single weight: moves its moments `m` and `v`, and returns the new weight.
pub fn adam(rule: &Adam, t: i32, w: f64, g: f64, m: &mut f64, v: &mut f64) -> f64 {
    todo!("moments, corrections, step")
}
