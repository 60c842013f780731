//! Softmax: probabilities from logits along the last axis, and their logarithms.
//!
//! ```text
//! p_i     = e^(x_i - m) / Σ_j e^(x_j - m)           m = max x: nothing overflows, and p does not change
//! log p_i = x_i - m - log Σ_j e^(x_j - m)
//! ```
//!
//! From ∂p_i/∂x_j = p_i (δ_ij - p_j) follow the rules
//!
//! ```text
//! softmax        dx_j = p_j (dy_j - Σ_i p_i dy_i)
//! log-softmax    dx_j = dy_j - p_j Σ_i dy_i
//! ```
//!
//! To train a classifier use [`SoftmaxCrossEntropy`](super::SoftmaxCrossEntropy), which takes the logits themselves.

use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};

/// Probabilities of the last axis.
#[derive(Clone, Copy, Debug)]
pub struct Softmax;

/// Logarithms of the probabilities of the last axis.
#[derive(Clone, Copy, Debug)]
pub struct LogSoftmax;

/// Length of the last axis, at least 1 so that an empty tensor has no rows.
fn row_len<F: Scalar>(x: &Tensor<F>) -> usize {
    x.shape().last().copied().unwrap_or(1).max(1)
}

/// Replaces a row of logits by their log-probabilities.
pub(super) fn log_softmax_row<F: Scalar>(row: &mut [F]) {
    let max = row.iter().fold(F::neg_infinity(), |m, &x| m.max(x));
    let sum: F = row.iter().map(|&x| (x - max).exp()).sum();
    // Not x - (max + log): rounding to the digits of a large maximum would cost the logarithm its own.
    let log_sum = sum.ln();
    row.iter_mut().for_each(|x| *x = (*x - max) - log_sum);
}

impl<F: Scalar> Op<F, 1> for Softmax {
    /// The probabilities.
    type Saved = Tensor<F>;

    fn forward(&self, [mut x]: [Tensor<F>; 1]) -> (Tensor<F>, Tensor<F>) {
        let len = row_len(&x);
        x.as_mut_slice().chunks_exact_mut(len).for_each(|row| {
            log_softmax_row(row);
            row.iter_mut().for_each(|x| *x = x.exp());
        });
        (x.clone(), x)
    }

    fn backward(&self, p: &Tensor<F>, mut dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        let len = row_len(p);
        for (dy, p) in dy.as_mut_slice().chunks_exact_mut(len).zip(p.as_slice().chunks_exact(len)) {
            let mean: F = dy.iter().zip(p).map(|(&dy, &p)| dy * p).sum();
            dy.iter_mut().zip(p).for_each(|(dy, &p)| *dy = p * (*dy - mean));
        }
        dx.add(dy);
    }
}

impl<F: Scalar> Op<F, 1> for LogSoftmax {
    /// The log-probabilities.
    type Saved = Tensor<F>;

    fn forward(&self, [mut x]: [Tensor<F>; 1]) -> (Tensor<F>, Tensor<F>) {
        let len = row_len(&x);
        x.as_mut_slice().chunks_exact_mut(len).for_each(log_softmax_row);
        (x.clone(), x)
    }

    fn backward(&self, log_p: &Tensor<F>, mut dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        let len = row_len(log_p);
        for (dy, log_p) in dy.as_mut_slice().chunks_exact_mut(len).zip(log_p.as_slice().chunks_exact(len)) {
            let sum: F = dy.iter().copied().sum();
            dy.iter_mut().zip(log_p).for_each(|(dy, &log_p)| *dy -= log_p.exp() * sum);
        }
        dx.add(dy);
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// Probabilities of the last axis, see [`Softmax`].
    pub fn softmax(self) -> Var<'t, F> {
        self.tape().apply(Softmax, [self])
    }

    /// Logarithms of the probabilities of the last axis, see [`LogSoftmax`].
    pub fn log_softmax(self) -> Var<'t, F> {
        self.tape().apply(LogSoftmax, [self])
    }
}

case!(Softmax, |d| smooth(Softmax, d.normal(&d.signal(), 0)).by_example());
case!(LogSoftmax, |d| smooth(LogSoftmax, d.normal(&d.signal(), 0)).by_example());
