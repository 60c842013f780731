//! The population variance along an axis, which disappears.
//!
//! ```text
//! m[i, j] = 1/n Σ_l x[i, l, j]
//! y[i, j] = 1/n Σ_l (x[i, l, j] - m[i, j])²        dx[i, l, j] = 2/n (x[i, l, j] - m[i, j]) dy[i, j]
//! ```
//!
//! Every x moves m as well, but Σ (x - m) is 0, so nothing comes back that way. The divisor is n, not n - 1. The variance of
//! no values is 0.

use super::elementwise::{Lines, map, zip};
use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};

/// The population variance along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VarAxis {
    /// Which axis, counted from 0.
    pub axis: usize,
}

impl<F: Scalar> Op<F, 1> for VarAxis {
    /// Where the elements of each variance are, and their differences from the mean.
    type Saved = (Lines, Tensor<F>);

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, Self::Saved) {
        let lines = Lines::new("var_axis", x.shape(), self.axis);
        let count = F::of(lines.len.max(1) as f64);
        let mean = map(lines.sums(&x), |sum| sum / count);
        let centred = zip(x, &lines.spread(&mean), |x, mean| x - mean);
        let squares = map(centred.clone(), |x| x * x);
        (map(lines.sums(&squares), |sum| sum / count), (lines, centred))
    }

    fn backward(&self, (lines, centred): &Self::Saved, dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        let scale = F::of(2.0 / lines.len.max(1) as f64);
        dx.add(zip(lines.spread(&dy), centred, |dy, x| scale * x * dy));
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// The population variance along an axis, see [`VarAxis`].
    pub fn var_axis(self, axis: usize) -> Var<'t, F> {
        self.tape().apply(VarAxis { axis }, [self])
    }
}

case!(VarAxis, |d| smooth(VarAxis { axis: d.size % 3 }, d.normal(&d.signal(), 0)));
