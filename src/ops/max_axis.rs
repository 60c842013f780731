//! The maximum along an axis, which disappears.
//!
//! ```text
//! y[i, j] = max_l x[i, l, j]        dx[i, l, j] = dy[i, j] where l is the first maximum, else 0
//! ```
//!
//! NaN anywhere in a line stays NaN: it must be found where it arose.

use super::elementwise::Lines;
use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};

/// The maximum along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxAxis {
    /// Which axis, counted from 0.
    pub axis: usize,
}

impl<F: Scalar> Op<F, 1> for MaxAxis {
    /// The index of each maximum.
    type Saved = Vec<usize>;

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, Vec<usize>) {
        let lines = Lines::new("max_axis", x.shape(), self.axis);
        let found = x.shape();
        assert!(lines.len > 0, "max_axis: found no values along axis {} of {found:?}, wanted at least one", self.axis);
        let values = x.as_slice();
        let mut first = vec![usize::MAX; lines.outer * lines.inner];
        for (at, line) in lines.pairs() {
            let best = &mut first[line];
            let larger = |best: F| values[at] > best || values[at].is_nan() && !best.is_nan();
            if *best == usize::MAX || larger(values[*best]) {
                *best = at;
            }
        }
        let largest = first.iter().map(|&at| values[at]).collect();
        (Tensor::new(&lines.reduced()[..], largest), first)
    }

    fn backward(&self, first: &Vec<usize>, dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        dx.accumulate(|dx| {
            let dx = dx.as_mut_slice();
            first.iter().zip(dy.as_slice()).for_each(|(&at, &dy)| dx[at] += dy);
        });
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// The maximum along an axis, see [`MaxAxis`].
    pub fn max_axis(self, axis: usize) -> Var<'t, F> {
        self.tape().apply(MaxAxis { axis }, [self])
    }
}

case!(MaxAxis, |d| piecewise_linear(MaxAxis { axis: d.size % 3 }, &d.signal(), d.seed));
