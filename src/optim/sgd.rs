//! Stochastic gradient descent (SGD) with momentum, in Keras's form.
//!
//! ```text
//! plain       w ← w - η g
//! momentum    u ← μ u - η g        w ← w + u
//! Nesterov    u ← μ u - η g        w ← w + μ u - η g      the gradient, as if the momentum's step were done already
//! ```

use super::state::Optimizer;
use crate::scalar::concrete;
use crate::{Error, Result, Scalar};

/// Stochastic gradient descent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sgd {
    /// The learning rate, η.
    pub learning_rate: f64,
    /// The momentum, μ; 0 for none.
    pub momentum: f64,
    /// Nesterov's form of momentum.
    pub nesterov: bool,
}

impl Sgd {
    /// SGD without momentum.
    pub fn new(learning_rate: f64) -> Self {
        Sgd { learning_rate, momentum: 0.0, nesterov: false }
    }

    /// With momentum.
    pub fn momentum(self, momentum: f64) -> Self {
        Sgd { momentum, ..self }
    }

    /// With momentum in Nesterov's form.
    pub fn nesterov(self, momentum: f64) -> Self {
        Sgd { momentum, nesterov: true, ..self }
    }
}

impl<F: Scalar> Optimizer<F> for Sgd {
    fn moments(&self) -> usize {
        usize::from(self.momentum != 0.0)
    }

    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn check(&self) -> Result<()> {
        Error::unless("SGD, momentum", self.momentum, 0.0..=1.0, "0 to 1")
    }

    fn update(&self, _: u64, learning_rate: f64, w: &mut [F], g: &[F], moments: &mut [&mut [F]]) {
        sgd(self, learning_rate, w, g, moments);
    }
}

concrete! {
    fn sgd<F>(rule: &Sgd, learning_rate: f64, w: &mut [F], g: &[F], moments: &mut [&mut [F]]) = sgd_here;
}

fn sgd_here<F: Scalar>(rule: &Sgd, learning_rate: f64, w: &mut [F], g: &[F], moments: &mut [&mut [F]]) {
    let (eta, mu) = (F::of(learning_rate), F::of(rule.momentum));
    match moments {
        [u] => {
            for ((w, &g), u) in w.iter_mut().zip(g).zip(u.iter_mut()) {
                *u = mu * *u - eta * g;
                *w += if rule.nesterov { mu * *u - eta * g } else { *u };
            }
        }
        _ => w.iter_mut().zip(g).for_each(|(w, &g)| *w -= eta * g),
    }
}
