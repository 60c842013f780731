//! Means along an axis, which disappears.
//!
//! ```text
//! y[i, j] = 1/n Σ_l x[i, l, j]        dx[i, l, j] = dy[i, j] / n
//! ```
//!
//! The mean of no values is 0, as that of [`Mean`](super::Mean) is.

use super::elementwise::{Lines, map};
use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};

/// The mean along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeanAxis {
    /// Which axis, counted from 0.
    pub axis: usize,
}

/// Divides by the length of the lines.
fn divided<F: Scalar>(lines: &Lines, y: Tensor<F>) -> Tensor<F> {
    let count = F::of(lines.len.max(1) as f64);
    map(y, |y| y / count)
}

impl<F: Scalar> Op<F, 1> for MeanAxis {
    /// Where the elements of each mean are.
    type Saved = Lines;

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, Lines) {
        let lines = Lines::new("mean_axis", x.shape(), self.axis);
        (divided(&lines, lines.sums(&x)), lines)
    }

    fn backward(&self, lines: &Lines, dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        dx.add(lines.spread(&divided(lines, dy)));
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// The mean along an axis, see [`MeanAxis`].
    pub fn mean_axis(self, axis: usize) -> Var<'t, F> {
        self.tape().apply(MeanAxis { axis }, [self])
    }
}

case!(MeanAxis, |d| multilinear(MeanAxis { axis: d.size % 3 }, [d.normal(&d.signal(), 0)]));
