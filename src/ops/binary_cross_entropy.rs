//! Binary cross-entropy, the loss of yes or no: the negative log-likelihood of the targets, straight from logits.
//!
//! For a logit x, p = 1 / (1 + e^-x) and a target t between 0 and 1:
//!
//! ```text
//! loss = mean of -t ln p - (1 - t) ln(1 - p)
//!      = mean of max(x, 0) - x t + ln(1 + e^-|x|)        overflows nowhere
//! dx   = (p - t) / n · dloss
//! dt   = -x / n · dloss
//! ```
//!
//! n counts all elements. The mean of none is 0.

use super::elementwise::{equal_shapes, zip};
use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};

/// Logits and targets, of equal shape, to the mean cross-entropy.
#[derive(Clone, Copy, Debug)]
pub struct BinaryCrossEntropy;

impl<F: Scalar> Op<F, 2> for BinaryCrossEntropy {
    /// The logits and the targets.
    type Saved = [Tensor<F>; 2];

    fn forward(&self, [x, t]: [Tensor<F>; 2]) -> (Tensor<F>, Self::Saved) {
        equal_shapes("binary_cross_entropy", &x, &t);
        let loss = |(&x, &t): (&F, &F)| x.max(F::zero()) - x * t + (-x.abs()).exp().ln_1p();
        let sum: F = x.as_slice().iter().zip(t.as_slice()).map(loss).sum();
        (Tensor::scalar(sum / F::of(x.len().max(1) as f64)), [x, t])
    }

    fn backward(&self, [x, t]: &Self::Saved, dloss: Tensor<F>, [dx, dt]: &mut [Slot<F>; 2]) {
        let scale = dloss.item() / F::of(x.len().max(1) as f64);
        if dx.is_wanted() {
            dx.add(zip(x.clone(), t, |x, t| scale * ((F::one() + (-x).exp()).recip() - t)));
        }
        if dt.is_wanted() {
            dt.add(zip(t.clone(), x, |_, x| -scale * x));
        }
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// The binary cross-entropy of these logits, see [`BinaryCrossEntropy`].
    pub fn binary_cross_entropy(self, targets: Var<'t, F>) -> Var<'t, F> {
        self.tape().apply(BinaryCrossEntropy, [self, targets])
    }
}

case!(BinaryCrossEntropy, |d| {
    let targets = d.positive(&d.signal(), 1).as_slice().iter().map(|t| (t - 0.5) / 2.0).collect();
    jointly_smooth(BinaryCrossEntropy, [d.normal(&d.signal(), 0), Tensor::new(d.signal(), targets)])
});
