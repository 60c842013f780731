//! Max pooling: the largest element of each window, channel by channel.
//!
//! ```text
//! y[t]  = max_q x[t·s + q]
//! dx[t·s + q*] += dy[t]        q* is the tap of the maximum: the first where several are equal
//! ```
//!
//! What lies beyond the ends of the signal never wins. NaN always does, so that it cannot hide. [`MaxPool1d::plain`] is this
//! definition in loops; the forward rule does the same for all channels of a tap at once, which are side by side in memory, and
//! notes the winning tap for the backward rule.

use super::{Padding, Window};
use crate::autograd::{Op, Slot, Var};
use crate::buffer::Buffer;
use crate::isa::vectorized;
use crate::{Scalar, Tensor};
use ndarray::Ix3;

/// x (n, l, c) to (n, outputs, c).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxPool1d {
    /// Values in a window, at most 65,535.
    pub size: usize,
    /// Distance between windows.
    pub stride: usize,
    /// Continuation of the signal.
    pub padding: Padding,
}

impl MaxPool1d {
    /// Its sliding window.
    pub fn window(&self) -> Window {
        Window { size: self.size, stride: self.stride, dilation: 1, padding: self.padding }
    }

    /// The definition: for each window, the largest element among those of its taps that lie inside the signal.
    pub fn plain<F: Scalar>(&self, x: &Tensor<F>) -> Tensor<F> {
        let x = x.view::<Ix3>();
        let ((n, length, c), (left, _)) = (x.dim(), self.window().pads(x.dim().1));
        let mut y = Tensor::full([n, self.window().must_fit(length), c], F::neg_infinity());
        for ((example, t, channel), y) in y.view_mut::<Ix3>().indexed_iter_mut() {
            for q in 0..self.size {
                // The tap's position in the signal, where it is not beyond an end.
                let position = (t * self.stride + q).checked_sub(left).filter(|&position| position < length);
                if let Some(position) = position {
                    let value = x[[example, position, channel]];
                    *y = if value > *y || value.is_nan() { value } else { *y };
                }
            }
        }
        y
    }
}

/// For each window (an output row), the taps that lie inside the signal and the input row of the first of them.
///
/// Tap q of window t lies at position t·stride + q - left. It is inside where that is at least 0, so q ≥ left - t·stride, and
/// below the length, so q < length + left - t·stride; where either bound is negative, or beyond the window, it ends there.
fn taps_inside(window: Window, length: usize) -> impl Iterator<Item = (std::ops::Range<usize>, usize)> {
    let (left, outputs) = (window.pads(length).0, window.must_fit(length));
    (0..outputs).map(move |t| {
        let start = t * window.stride;
        let first = left.saturating_sub(start).min(window.size);
        let last = (length + left).saturating_sub(start).clamp(first, window.size);
        (first..last, (start + first).saturating_sub(left).min(length))
    })
}

vectorized! {
    /// Keeps the larger of `best` and `row` in `best`, and in `tap` where it came from.
    fn keep_larger<F: Scalar>(row: &[F], q: u16, best: &mut [F], tap: &mut [u16]) {
        for ((&x, best), tap) in row.iter().zip(best).zip(tap) {
            let wins = x > *best || x.is_nan();
            *best = if wins { x } else { *best };
            *tap = if wins { q } else { *tap };
        }
    }
}

vectorized! {
    /// Adds `dy` to `dx` where the maximum came from tap `q`.
    fn add_where_largest<F: Scalar>(dy: &[F], q: u16, tap: &[u16], dx: &mut [F]) {
        for ((&dy, &tap), dx) in dy.iter().zip(tap).zip(dx) {
            *dx += if tap == q { dy } else { F::zero() };
        }
    }
}

impl<F: Scalar> Op<F, 1> for MaxPool1d {
    /// The length of the signal and, for each output, the tap that won.
    type Saved = (usize, Buffer<u16>);

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, Self::Saved) {
        assert!(self.size <= usize::from(u16::MAX), "a window of {} values; at most {}", self.size, u16::MAX);
        let (n, length, c) = x.operand::<Ix3>("max_pool1d: x", "(batch, length, channels)").dim();
        assert!(c > 0, "max_pool1d: a signal without channels, wanted at least 1");
        let outputs = self.window().must_fit(length);
        let mut y = Tensor::scratch([n, outputs, c]);
        let mut taps = Buffer::scratch(y.len());
        let (mut y_rows, mut tap_rows) = (y.as_mut_slice().chunks_exact_mut(c), taps.chunks_exact_mut(c));
        for x in x.as_slice().chunks_exact(length * c) {
            for (inside, first) in taps_inside(self.window(), length) {
                let (y, tap) = (y_rows.next().expect("a row per window"), tap_rows.next().expect("a row per window"));
                let mut rows = x[first * c..].chunks_exact(c);
                match rows.next() {
                    Some(row) if !inside.is_empty() => y.copy_from_slice(row),
                    _ => y.fill(F::neg_infinity()),
                }
                tap.fill(inside.start as u16);
                for (q, row) in (inside.start + 1..inside.end).zip(rows) {
                    keep_larger(row, q as u16, y, tap);
                }
            }
        }
        (y, (length, taps))
    }

    fn backward(&self, (length, taps): &Self::Saved, dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        dx.accumulate(|dx| {
            let c = dy.shape()[2];
            let mut rows = dy.as_slice().chunks_exact(c).zip(taps.chunks_exact(c));
            for dx in dx.as_mut_slice().chunks_exact_mut(length * c) {
                for (inside, first) in taps_inside(self.window(), *length) {
                    let (dy, tap) = rows.next().expect("a row per window");
                    for (q, dx) in inside.zip(dx[first * c..].chunks_exact_mut(c)) {
                        add_where_largest(dy, q as u16, tap, dx);
                    }
                }
            }
        });
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// The largest value of each window, see [`MaxPool1d`].
    pub fn max_pool1d(self, op: MaxPool1d) -> Var<'t, F> {
        self.tape().apply(op, [self])
    }
}

case!(MaxPool1d, |d| {
    // Finite differences cannot tell the derivative of a window wholly in the padding, whose maximum is -∞.
    let padding = match d.padding {
        Padding::Explicit(left, right) => Padding::Explicit(left.min(d.size - 1), right.min(d.size - 1)),
        other => other,
    };
    let op = MaxPool1d { size: d.size, stride: d.stride, padding };
    piecewise_linear(op, &[d.batch, d.fitting_length(op.window()), d.channels], d.seed).by_example()
});
