//! Momentum: a step that remembers.
//!
//! A velocity u gathers the gradients, and forgets them slowly; the weights move by the velocity:
//!
//! ```text
//! u ← μ u - η g
//! w ← w + u
//! ```
//!
//! Write both rules, for all weights. `w`, `g` and `u` have the same length.

/// One step: moves the velocity `u` and the weights `w` by the gradients `g`.
pub fn momentum(w: &mut [f64], g: &[f64], u: &mut [f64], learning_rate: f64, mu: f64) {
    todo!("first the velocity, then the weights")
}
