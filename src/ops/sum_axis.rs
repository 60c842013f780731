//! Sums along an axis, which disappears.
//!
//! ```text
//! y[i, j] = Σ_l x[i, l, j]        dx[i, l, j] = dy[i, j]
//! ```

use super::elementwise::Lines;
use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};

/// The sum along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SumAxis {
    /// Which axis, counted from 0.
    pub axis: usize,
}

impl<F: Scalar> Op<F, 1> for SumAxis {
    /// Where the elements of each sum are.
    type Saved = Lines;

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, Lines) {
        let lines = Lines::new("sum_axis", x.shape(), self.axis);
        (lines.sums(&x), lines)
    }

    fn backward(&self, lines: &Lines, dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        dx.add(lines.spread(&dy));
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// The sum along an axis, see [`SumAxis`].
    pub fn sum_axis(self, axis: usize) -> Var<'t, F> {
        self.tape().apply(SumAxis { axis }, [self])
    }
}

case!(SumAxis, |d| multilinear(SumAxis { axis: d.size % 3 }, [d.normal(&d.signal(), 0)]));
