//! The logarithm of a sum of exponentials, along the last axis, which disappears: a smooth maximum.
//!
//! ```text
//! y = m + ln Σ_j e^(x_j - m)        m = max x: nothing overflows, and y does not change
//! dx_j = e^(x_j - y) dy             the softmax
//! ```
//!
//! A row of -∞ has the sum 0 and gives -∞.

use super::elementwise::{Lines, zip};
use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};

/// ln Σ e^x along the last axis.
#[derive(Clone, Copy, Debug)]
pub struct LogSumExp;

impl<F: Scalar> Op<F, 1> for LogSumExp {
    /// The rows, the input and the output.
    type Saved = (Lines, Tensor<F>, Tensor<F>);

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, Self::Saved) {
        let axes = x.shape().len();
        assert!(axes > 0, "log_sum_exp: found shape [], wanted at least one axis; use reshape");
        let lines = Lines::new("log_sum_exp", x.shape(), axes - 1);
        let mut y = Tensor::full(&lines.reduced()[..], F::neg_infinity());
        for (y, row) in y.as_mut_slice().iter_mut().zip(x.as_slice().chunks_exact(lines.len.max(1))) {
            let max = row.iter().fold(F::neg_infinity(), |m, &x| m.max(x));
            let max = if max.is_finite() { max } else { F::zero() };
            *y = max + row.iter().map(|&x| (x - max).exp()).sum::<F>().ln();
        }
        (y.clone(), (lines, x, y))
    }

    fn backward(&self, (lines, x, y): &Self::Saved, dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        let p = zip(lines.spread(y), x, |y, x| (x - y).exp());
        dx.add(zip(p, &lines.spread(&dy), |p, dy| p * dy));
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// ln Σ e^x along the last axis, see [`LogSumExp`].
    pub fn log_sum_exp(self) -> Var<'t, F> {
        self.tape().apply(LogSumExp, [self])
    }
}

case!(LogSumExp, |d| smooth(LogSumExp, d.normal(&d.signal(), 0)).by_example());
