//! The mean squared error: the loss of a regression.
//!
//! ```text
//! loss = 1/n Σ (y - t)²        dy = 2/n (y - t) dloss        dt = -dy
//! ```
//!
//! n counts all elements. The mean of none is 0.

use super::elementwise::{equal_shapes, map, zip};
use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};

/// Predictions and targets, of equal shape, to the mean of their squared differences.
#[derive(Clone, Copy, Debug)]
pub struct Mse;

impl<F: Scalar> Op<F, 2> for Mse {
    /// The differences.
    type Saved = Tensor<F>;

    fn forward(&self, [y, t]: [Tensor<F>; 2]) -> (Tensor<F>, Tensor<F>) {
        equal_shapes("mse", &y, &t);
        let d = zip(y, &t, |y, t| y - t);
        let sum: F = d.as_slice().iter().map(|&d| d * d).sum();
        (Tensor::scalar(sum / F::of(d.len().max(1) as f64)), d)
    }

    fn backward(&self, d: &Tensor<F>, dloss: Tensor<F>, [dy, dt]: &mut [Slot<F>; 2]) {
        let scale = F::of(2.0 / d.len().max(1) as f64) * dloss.item();
        if dy.is_wanted() {
            dy.add(map(d.clone(), |d| scale * d));
        }
        if dt.is_wanted() {
            dt.add(map(d.clone(), |d| -scale * d));
        }
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// The mean squared error of these predictions, see [`Mse`].
    pub fn mse(self, targets: Var<'t, F>) -> Var<'t, F> {
        self.tape().apply(Mse, [self, targets])
    }
}

case!(Mse, |d| jointly_smooth(Mse, [d.normal(&d.signal(), 0), d.normal(&d.signal(), 1)]));
