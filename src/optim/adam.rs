//! Adam (Kingma and Ba 2015) and AdamW (Loshchilov and Hutter 2019), exactly as Keras computes them.
//!
//! ```text
//! m ← β₁ m + (1 - β₁) g                 the mean of recent gradients
//! v ← β₂ v + (1 - β₂) g²                and of their squares
//! w ← w - η √(1 - β₂ᵗ)/(1 - β₁ᵗ) · m / (√v + ε)
//! ```
//!
//! m and v begin at zero and are too small at first; the two roots correct for it. Keras folds them into the step
//! and adds ε to √v uncorrected (the "ε hat" of Kingma and Ba's section 2), so its ε weighs more in the first steps
//! than PyTorch's. AdamW first shrinks every weight by η λ w, apart from the gradient.

use super::state::Optimizer;
use crate::isa::vectorized;
use crate::scalar::concrete;
use crate::{Error, Result, Scalar};

/// The Adam optimiser.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam {
    /// The learning rate, η.
    pub learning_rate: f64,
    /// Decay of the first moment, the mean of gradients.
    pub beta1: f64,
    /// Decay of the second moment, the mean of squares.
    pub beta2: f64,
    /// ε.
    pub epsilon: f64,
}

impl Adam {
    /// Keras's defaults: β₁ 0.9, β₂ 0.999, ε 1e-7.
    pub fn new(learning_rate: f64) -> Self {
        Adam { learning_rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 }
    }
}

/// Refuses decays outside of [0, 1), an ε below 0, a weight decay below 0.
fn check(rule: &AdamW) -> Result<()> {
    let Adam { beta1, beta2, epsilon, .. } = rule.adam;
    for (place, beta) in [("Adam, beta1", beta1), ("Adam, beta2", beta2)] {
        Error::unless(place, beta, 0.0..1.0, "at least 0 and below 1")?;
    }
    Error::unless("Adam, epsilon", epsilon, 0.0..f64::INFINITY, "a finite number, at least 0")?;
    Error::unless("AdamW, weight decay", rule.weight_decay, 0.0..f64::INFINITY, "a finite number, at least 0")
}

concrete! {
    fn adam<F>(w: &mut [F], g: &[F], m: &mut [F], v: &mut [F], rule: [f64; 5]) = adam_here;
}

vectorized! {
    fn adam_here<F: Scalar>(w: &mut [F], g: &[F], m: &mut [F], v: &mut [F], rule: [f64; 5]) {
        let [step, beta1, beta2, epsilon, keep] = rule.map(F::of);
        for (((w, &g), m), v) in w.iter_mut().zip(g).zip(m).zip(v) {
            *m += (F::one() - beta1) * (g - *m);
            *v += (F::one() - beta2) * (g * g - *v);
            *w = *w * keep - step * *m / (v.sqrt() + epsilon);
        }
    }
}

impl<F: Scalar> Optimizer<F> for Adam {
    fn moments(&self) -> usize {
        2
    }

    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn check(&self) -> Result<()> {
        check(&AdamW { adam: *self, weight_decay: 0.0 })
    }

    fn update(&self, step: u64, learning_rate: f64, w: &mut [F], g: &[F], moments: &mut [&mut [F]]) {
        AdamW { adam: *self, weight_decay: 0.0 }.update(step, learning_rate, w, g, moments);
    }
}

/// Adam with decoupled weight decay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamW {
    /// The step that follows the decay.
    pub adam: Adam,
    /// The weight decay, λ.
    pub weight_decay: f64,
}

impl AdamW {
    /// Keras's defaults: those of [`Adam::new`], and λ = 0.004.
    pub fn new(learning_rate: f64) -> Self {
        AdamW { adam: Adam::new(learning_rate), weight_decay: 0.004 }
    }
}

impl<F: Scalar> Optimizer<F> for AdamW {
    fn moments(&self) -> usize {
        2
    }

    fn learning_rate(&self) -> f64 {
        self.adam.learning_rate
    }

    fn check(&self) -> Result<()> {
        check(self)
    }

    fn update(&self, step: u64, learning_rate: f64, w: &mut [F], g: &[F], moments: &mut [&mut [F]]) {
        let Adam { beta1, beta2, epsilon, .. } = self.adam;
        let [m, v] = moments else { panic!("Adam keeps two moments for each weight") };
        let corrected = learning_rate * (1.0 - beta2.powf(step as f64)).sqrt() / (1.0 - beta1.powf(step as f64));
        adam(w, g, m, v, [corrected, beta1, beta2, epsilon, 1.0 - learning_rate * self.weight_decay]);
    }
}
