//! L1 and L2 regularisation: penalties that keep weights small, to be added to a loss.
//!
//! ```text
//! L2    λ Σ w²       dw = 2 λ w dy
//! L1    λ Σ |w|      dw = λ sign(w) dy      0 where w is 0
//! ```
//!
//! λ multiplies the plain sum, without a half, as in Keras.

use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};

/// λ Σ w².
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct L2 {
    /// λ.
    pub lambda: f64,
}

/// λ Σ |w|.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct L1 {
    /// λ.
    pub lambda: f64,
}

/// Sums in double precision, in sixteen strands that the vector units can keep apart: millions of small squares would
/// lose digits in one f32.
fn sum<F: Scalar>(values: &[F], term: impl Fn(F) -> F) -> f64 {
    let mut strands = [0.0; 16];
    let rows = values.chunks_exact(16);
    let rest: f64 = rows.remainder().iter().map(|&w| term(w).as_f64()).sum();
    for row in rows {
        for (strand, &w) in strands.iter_mut().zip(row) {
            *strand += term(w).as_f64();
        }
    }
    strands.iter().sum::<f64>() + rest
}

impl<F: Scalar> Op<F, 1> for L2 {
    /// The weights.
    type Saved = Tensor<F>;

    fn forward(&self, [w]: [Tensor<F>; 1]) -> (Tensor<F>, Tensor<F>) {
        (Tensor::scalar(F::of(self.lambda * sum(w.as_slice(), |w| w * w))), w)
    }

    fn backward(&self, w: &Tensor<F>, dy: Tensor<F>, [dw]: &mut [Slot<F>; 1]) {
        let slope = F::of(2.0 * self.lambda) * dy.item();
        dw.accumulate(|dw| dw.as_mut_slice().iter_mut().zip(w.as_slice()).for_each(|(d, &w)| *d += slope * w));
    }
}

impl<F: Scalar> Op<F, 1> for L1 {
    /// The weights.
    type Saved = Tensor<F>;

    fn forward(&self, [w]: [Tensor<F>; 1]) -> (Tensor<F>, Tensor<F>) {
        (Tensor::scalar(F::of(self.lambda * sum(w.as_slice(), |w| w.abs()))), w)
    }

    fn backward(&self, w: &Tensor<F>, dy: Tensor<F>, [dw]: &mut [Slot<F>; 1]) {
        let slope = F::of(self.lambda) * dy.item();
        let sign = |w: F| if w == F::zero() { w } else { w.signum() };
        dw.accumulate(|dw| dw.as_mut_slice().iter_mut().zip(w.as_slice()).for_each(|(d, &w)| *d += slope * sign(w)));
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// λ Σ w², see [`L2`].
    pub fn l2(self, lambda: f64) -> Var<'t, F> {
        self.tape().apply(L2 { lambda }, [self])
    }

    /// λ Σ |w|, see [`L1`].
    pub fn l1(self, lambda: f64) -> Var<'t, F> {
        self.tape().apply(L1 { lambda }, [self])
    }
}

case!(L2, |d| smooth(L2 { lambda: d.fraction }, d.normal(&d.signal(), 0)));
case!(L1, |d| piecewise_linear(L1 { lambda: d.fraction }, &d.signal(), d.seed));
