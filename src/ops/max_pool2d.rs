//! Max pooling of a picture: the largest element of each patch, channel by channel.
//!
//! ```text
//! y[r, t]  = max_p,q x[r·s₀ + p, t·s₁ + q]
//! dx[r·s₀ + p*, t·s₁ + q*] += dy[r, t]      (p*, q*) is the tap of the maximum: the first, row by row, where several are equal
//! ```
//!
//! What lies beyond the edges never wins. NaN always does, so that it cannot hide. [`MaxPool2d::plain`] is this definition in
//! loops; the forward rule does the same for one tap of a row of patches at once, and for all channels, which are side by side in
//! memory, and notes the winning tap for the backward rule.

use super::window::{Along, each_tap};
use super::{Padding, Window};
use crate::autograd::{Op, Slot, Var};
use crate::buffer::Buffer;
use crate::isa::vectorized;
use crate::{Scalar, Tensor};
use ndarray::Ix4;

/// x (n, h, w, c) to (n, rows, columns, c). Settings are for rows, then for columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxPool2d {
    /// Rows and columns of a patch, at most 65,535 elements in all.
    pub size: [usize; 2],
    /// Distance between patches.
    pub stride: [usize; 2],
    /// Continuation of the picture.
    pub padding: [Padding; 2],
}

impl MaxPool2d {
    /// Its sliding windows, along the rows and along the columns.
    pub fn windows(&self) -> [Window; 2] {
        [0, 1].map(|a| Window { size: self.size[a], stride: self.stride[a], dilation: 1, padding: self.padding[a] })
    }

    /// The definition: for each patch, the largest element among those of its taps that lie inside the picture.
    pub fn plain<F: Scalar>(&self, x: &Tensor<F>) -> Tensor<F> {
        let (x, [down, across]) = (x.view::<Ix4>(), self.windows());
        let (n, height, width, c) = x.dim();
        let (down, across) = (down.along(height), across.along(width));
        let mut y = Tensor::full([n, down.outputs, across.outputs, c], F::neg_infinity());
        for ((example, r, t, channel), y) in y.view_mut::<Ix4>().indexed_iter_mut() {
            for p in 0..self.size[0] {
                for q in 0..self.size[1] {
                    if let (Some(row), Some(column)) = (down.position(r, p), across.position(t, q)) {
                        let value = x[[example, row, column, channel]];
                        *y = if value > *y || value.is_nan() { value } else { *y };
                    }
                }
            }
        }
        y
    }

    fn along(&self, [height, width]: [usize; 2]) -> [Along; 2] {
        let [down, across] = self.windows();
        [down.along(height), across.along(width)]
    }
}

/// The tap of a patch that has not met an element yet.
const NONE: u16 = u16::MAX;

vectorized! {
    /// Keeps the larger of `best` and of pixels of c channels, `step` elements apart, in `best`, and in `tap` where it came from.
    fn keep_larger<F: Scalar>(x: &[F], step: usize, c: usize, q: u16, best: &mut [F], tap: &mut [u16]) {
        for ((x, best), tap) in x.chunks(step).zip(best.chunks_exact_mut(c)).zip(tap.chunks_exact_mut(c)) {
            for ((&x, best), tap) in x[..c].iter().zip(best).zip(tap) {
                let wins = (x > *best) | x.is_nan() | (*tap == NONE);
                *best = if wins { x } else { *best };
                *tap = if wins { q } else { *tap };
            }
        }
    }
}

vectorized! {
    /// Adds `dy` to `dx`, pixels of c channels, `step` elements apart, where the maximum came from tap `q`.
    fn add_where_largest<F: Scalar>(dy: &[F], q: u16, tap: &[u16], step: usize, c: usize, dx: &mut [F]) {
        for ((dy, tap), dx) in dy.chunks_exact(c).zip(tap.chunks_exact(c)).zip(dx.chunks_mut(step)) {
            for ((&dy, &tap), dx) in dy.iter().zip(tap).zip(&mut dx[..c]) {
                *dx += if tap == q { dy } else { F::zero() };
            }
        }
    }
}

impl<F: Scalar> Op<F, 1> for MaxPool2d {
    /// The shape of the pictures and, for each output, the tap that won.
    type Saved = ([usize; 4], Buffer<u16>);

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, Self::Saved) {
        let taps = self.size[0].saturating_mul(self.size[1]);
        assert!(taps <= usize::from(u16::MAX), "max_pool2d: a patch of {taps} elements; at most {}", u16::MAX);
        let (n, height, width, c) = x.operand::<Ix4>("max_pool2d: x", "(batch, height, width, channels)").dim();
        let [down, across] = self.along([height, width]);
        let mut y = Tensor::full([n, down.outputs, across.outputs, c], F::neg_infinity());
        let mut winners = Buffer::scratch(y.len());
        winners.fill(NONE);
        if c > 0 {
            let (picture, output, step) = (height * width * c, y.row_len().max(1), self.stride[1] * c);
            let outputs = y.as_mut_slice().chunks_exact_mut(output).zip(winners.chunks_exact_mut(output));
            for (x, (y, winners)) in x.as_slice().chunks_exact(picture.max(1)).zip(outputs) {
                each_tap([down, across], |patches, tap, pixel| {
                    let patches = patches.start * c..patches.end * c;
                    let (y, winners) = (&mut y[patches.clone()], &mut winners[patches]);
                    keep_larger(&x[pixel * c..], step, c, tap as u16, y, winners);
                });
            }
        }
        (y, ([n, height, width, c], winners))
    }

    fn backward(&self, &([_, height, width, c], ref winners): &Self::Saved, dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        let (picture, output, step) = (height * width * c, dy.row_len().max(1), self.stride[1] * c);
        dx.accumulate(|dx| {
            if c == 0 {
                return;
            }
            let outputs = dy.as_slice().chunks_exact(output).zip(winners.chunks_exact(output));
            for (dx, (dy, winners)) in dx.as_mut_slice().chunks_exact_mut(picture.max(1)).zip(outputs) {
                each_tap(self.along([height, width]), |patches, tap, pixel| {
                    let patches = patches.start * c..patches.end * c;
                    let (dy, winners) = (&dy[patches.clone()], &winners[patches]);
                    add_where_largest(dy, tap as u16, winners, step, c, &mut dx[pixel * c..]);
                });
            }
        });
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// The largest element of each patch, see [`MaxPool2d`].
    pub fn max_pool2d(self, op: MaxPool2d) -> Var<'t, F> {
        self.tape().apply(op, [self])
    }
}

case!(MaxPool2d, |d| {
    let [down, across] = d.windows();
    // Finite differences cannot tell the derivative of a patch wholly in the padding, whose maximum is -∞.
    let within = |window: Window| match window.padding {
        Padding::Explicit(left, right) => Padding::Explicit(left.min(window.size - 1), right.min(window.size - 1)),
        other => other,
    };
    let op = MaxPool2d {
        size: [down.size, across.size],
        stride: [down.stride, across.stride],
        padding: [within(down), within(across)],
    };
    let [down, across] = op.windows();
    piecewise_linear(op, &[d.batch, d.fitting(down), d.fitting(across), d.channels], d.seed).by_example()
});
