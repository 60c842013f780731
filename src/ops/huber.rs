//! The Huber loss: squared error for small differences, absolute error for large ones, which outliers cannot dominate.
//!
//! ```text
//! r    = y - t
//! loss = mean of r²/2 where |r| ≤ δ, of δ (|r| - δ/2) elsewhere
//! dy   = r, but no further than δ from 0, / n · dloss        dt = -dy
//! ```
//!
//! Huber 1964; δ is 1 in Keras. n counts all elements. The mean of none is 0.

use super::elementwise::{equal_shapes, map, zip};
use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};

/// Predictions and targets, of equal shape, to their mean Huber loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Huber {
    /// δ, where the parabola ends.
    pub delta: f64,
}

impl<F: Scalar> Op<F, 2> for Huber {
    /// The differences.
    type Saved = Tensor<F>;

    fn forward(&self, [y, t]: [Tensor<F>; 2]) -> (Tensor<F>, Tensor<F>) {
        assert!(self.delta > 0.0, "huber: found a delta of {}, wanted one above 0", self.delta);
        equal_shapes("huber", &y, &t);
        let (delta, half) = (F::of(self.delta), F::of(0.5));
        let d = zip(y, &t, |y, t| y - t);
        let loss = |&r: &F| if r.abs() <= delta { half * r * r } else { delta * (r.abs() - half * delta) };
        let sum: F = d.as_slice().iter().map(loss).sum();
        (Tensor::scalar(sum / F::of(d.len().max(1) as f64)), d)
    }

    fn backward(&self, d: &Tensor<F>, dloss: Tensor<F>, [dy, dt]: &mut [Slot<F>; 2]) {
        let (delta, scale) = (F::of(self.delta), dloss.item() / F::of(d.len().max(1) as f64));
        let slopes = map(d.clone(), |r| scale * if r.abs() <= delta { r } else { delta * r.signum() });
        if dt.is_wanted() {
            dt.add(map(slopes.clone(), |slope| -slope));
        }
        dy.add(slopes);
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// The Huber loss of these predictions, see [`Huber`].
    pub fn huber(self, targets: Var<'t, F>, delta: f64) -> Var<'t, F> {
        self.tape().apply(Huber { delta }, [self, targets])
    }
}

case!(Huber, |d| {
    // Differences from 0.5 to 1.5 and from 2.5 to 3.5, of both signs: a step meets no joint of the pieces at 2.
    let (t, r) = (d.normal(&d.signal(), 0), d.nonzero(&d.signal(), 1));
    let difference = |r: f64| if r.abs() > 1.5 { r + r.signum() } else { r };
    let y = t.as_slice().iter().zip(r.as_slice()).map(|(t, &r)| t + difference(r)).collect();
    jointly_smooth(Huber { delta: 2.0 }, [Tensor::new(t.shape(), y), t])
});
