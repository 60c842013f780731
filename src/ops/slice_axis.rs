//! Slicing: some consecutive elements of an axis.
//!
//! ```text
//! y[i, l, j] = x[i, begin + l, j]        dx[i, begin + l, j] = dy[i, l, j], and 0 outside
//! ```

use super::elementwise::Lines;
use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};
use std::ops::Range;

/// The elements `range` of an axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SliceAxis {
    /// Which axis, counted from 0.
    pub axis: usize,
    /// Its elements from `start`, before `end`.
    pub range: Range<usize>,
}

impl SliceAxis {
    /// In each part of the input before the axis, the elements to take.
    fn block(&self, lines: &Lines) -> Range<usize> {
        self.range.start * lines.inner..self.range.end * lines.inner
    }
}

impl<F: Scalar> Op<F, 1> for SliceAxis {
    /// Where the elements of the input are.
    type Saved = Lines;

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, Lines) {
        let (lines, Range { start, end }) = (Lines::new("slice_axis", x.shape(), self.axis), self.range.clone());
        let (axis, len) = (self.axis, lines.len);
        assert!(
            start <= end && end <= len,
            "slice_axis: found elements {start}..{end} of axis {axis}, wanted a range within 0..{len}"
        );
        let block = self.block(&lines);
        let mut y = Tensor::scratch(&lines.resized(end - start)[..]);
        let rows = x.as_slice().chunks_exact((len * lines.inner).max(1));
        for (y, x) in y.as_mut_slice().chunks_exact_mut(block.len().max(1)).zip(rows) {
            y.copy_from_slice(&x[block.clone()]);
        }
        (y, lines)
    }

    fn backward(&self, lines: &Lines, dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        let block = self.block(lines);
        dx.accumulate(|dx| {
            let rows = dy.as_slice().chunks_exact(block.len().max(1));
            for (dx, dy) in dx.as_mut_slice().chunks_exact_mut((lines.len * lines.inner).max(1)).zip(rows) {
                dx[block.clone()].iter_mut().zip(dy).for_each(|(dx, &dy)| *dx += dy);
            }
        });
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// The elements `range` of an axis, see [`SliceAxis`].
    pub fn slice_axis(self, axis: usize, range: Range<usize>) -> Var<'t, F> {
        self.tape().apply(SliceAxis { axis, range }, [self])
    }
}

case!(SliceAxis, |d| {
    let axis = d.stride - 1;
    let len = d.signal()[axis];
    let start = d.outputs % len;
    let range = start..start + 1 + d.size % (len - start);
    multilinear(SliceAxis { axis, range }, [d.normal(&d.signal(), 0)])
});
