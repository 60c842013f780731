//! Average pooling: the mean of each window, channel by channel.
//!
//! ```text
//! y[t]  = (1/m) Σ_q x[t·s + q]          m values of the window lie inside the signal
//! dx[t·s + q] += dy[t] / m
//! ```
//!
//! What lies beyond the ends does not count, neither in the sum nor in m (as in Keras).

use super::{Padding, Window};
use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};
use ndarray::Ix3;

/// x (n, l, c) to (n, outputs, c).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AvgPool1d {
    /// Values in a window.
    pub size: usize,
    /// Distance between windows.
    pub stride: usize,
    /// Continuation of the signal.
    pub padding: Padding,
}

impl AvgPool1d {
    /// Its sliding window.
    pub fn window(&self) -> Window {
        Window { size: self.size, stride: self.stride, dilation: 1, padding: self.padding }
    }

    /// For each window, the rows of the signal that lie in it.
    fn rows(&self, length: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
        let (left, outputs) = (self.window().pads(length).0, self.window().must_fit(length));
        let Self { size, stride, .. } = *self;
        (0..outputs).map(move |t| {
            let inside = |row: usize| row.saturating_sub(left).min(length);
            inside(t * stride)..inside(t * stride + size)
        })
    }
}

/// 1/m, and 0 for a window wholly outside, whose mean is 0.
fn share<F: Scalar>(rows: &std::ops::Range<usize>) -> F {
    if rows.is_empty() { F::zero() } else { F::of(1.0 / rows.len() as f64) }
}

impl<F: Scalar> Op<F, 1> for AvgPool1d {
    /// The shape of the signal.
    type Saved = (usize, usize, usize);

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, Self::Saved) {
        let (n, length, c) = x.operand::<Ix3>("avg_pool1d: x", "(batch, length, channels)").dim();
        assert!(c > 0, "avg_pool1d: a signal without channels, wanted at least 1");
        let mut y = Tensor::zeros([n, self.window().must_fit(length), c]);
        let mut y_rows = y.as_mut_slice().chunks_exact_mut(c);
        for x in x.as_slice().chunks_exact(length * c) {
            for rows in self.rows(length) {
                let (y, share) = (y_rows.next().expect("a row per window"), share::<F>(&rows));
                for x in x[rows.start * c..rows.end * c].chunks_exact(c) {
                    y.iter_mut().zip(x).for_each(|(y, &x)| *y += x * share);
                }
            }
        }
        (y, (n, length, c))
    }

    fn backward(&self, &(_, length, c): &Self::Saved, dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        dx.accumulate(|dx| {
            let mut dy_rows = dy.as_slice().chunks_exact(c);
            for dx in dx.as_mut_slice().chunks_exact_mut(length * c) {
                for rows in self.rows(length) {
                    let (dy, share) = (dy_rows.next().expect("a row per window"), share::<F>(&rows));
                    for dx in dx[rows.start * c..rows.end * c].chunks_exact_mut(c) {
                        dx.iter_mut().zip(dy).for_each(|(dx, &dy)| *dx += dy * share);
                    }
                }
            }
        });
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// The mean of each window, see [`AvgPool1d`].
    pub fn avg_pool1d(self, op: AvgPool1d) -> Var<'t, F> {
        self.tape().apply(op, [self])
    }
}

case!(AvgPool1d, |d| {
    let op = AvgPool1d { size: d.size, stride: d.stride, padding: d.padding };
    multilinear(op, [d.normal(&[d.batch, d.fitting_length(op.window()), d.channels], 0)]).by_example()
});
