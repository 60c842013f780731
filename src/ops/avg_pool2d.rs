//! Average pooling of a picture: the mean of each patch, channel by channel.
//!
//! ```text
//! y[r, t]  = (1/m) Σ_p,q x[r·s₀ + p, t·s₁ + q]          m elements of the patch lie inside the picture
//! dx[r·s₀ + p, t·s₁ + q] += dy[r, t] / m
//! ```
//!
//! What lies beyond the edges does not count, neither in the sum nor in m (as in Keras).

use super::window::{Along, each_tap};
use super::{Padding, Window};
use crate::autograd::{Op, Slot, Var};
use crate::isa::vectorized;
use crate::{Scalar, Tensor};
use ndarray::Ix4;

/// x (n, h, w, c) to (n, rows, columns, c). Settings are for rows, then for columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AvgPool2d {
    /// Rows and columns of a patch.
    pub size: [usize; 2],
    /// Distance between patches.
    pub stride: [usize; 2],
    /// Continuation of the picture.
    pub padding: [Padding; 2],
}

impl AvgPool2d {
    /// Its sliding windows, along the rows and along the columns.
    pub fn windows(&self) -> [Window; 2] {
        [0, 1].map(|a| Window { size: self.size[a], stride: self.stride[a], dilation: 1, padding: self.padding[a] })
    }

    /// The definition: for each patch, the mean of its elements that lie inside the picture; 0 where none does.
    pub fn plain<F: Scalar>(&self, x: &Tensor<F>) -> Tensor<F> {
        let (x, [down, across]) = (x.view::<Ix4>(), self.windows());
        let (n, height, width, c) = x.dim();
        let (down, across) = (down.along(height), across.along(width));
        let mut y = Tensor::zeros([n, down.outputs, across.outputs, c]);
        for ((example, r, t, channel), y) in y.view_mut::<Ix4>().indexed_iter_mut() {
            let rows = (0..self.size[0]).filter_map(|p| down.position(r, p));
            let pixels =
                rows.flat_map(|row| (0..self.size[1]).filter_map(move |q| Some((row, across.position(t, q)?))));
            let patch: Vec<F> = pixels.map(|(row, column)| x[[example, row, column, channel]]).collect();
            *y = patch.iter().copied().sum::<F>() / F::of(patch.len().max(1) as f64);
        }
        y
    }

    fn along(&self, [height, width]: [usize; 2]) -> [Along; 2] {
        let [down, across] = self.windows();
        [down.along(height), across.along(width)]
    }
}

/// Divides every patch's c elements by m, how many of its taps lie inside.
fn divide<F: Scalar>([down, across]: [Along; 2], c: usize, y: &mut [F]) {
    let inside = |along: Along, t| along.inside(t, 0..along.window.size).1.len();
    let patches = (0..down.outputs).flat_map(|r| (0..across.outputs).map(move |t| (r, t)));
    for ((r, t), y) in patches.zip(y.chunks_exact_mut(c)) {
        let share = F::of(1.0 / (inside(down, r) * inside(across, t)).max(1) as f64);
        y.iter_mut().for_each(|y| *y *= share);
    }
}

vectorized! {
    /// y += x for pixels of c channels: those of x are `from` elements apart, those of y `to`.
    fn add_pixels<F: Scalar>(x: &[F], from: usize, c: usize, y: &mut [F], to: usize) {
        for (x, y) in x.chunks(from).zip(y.chunks_mut(to)) {
            y[..c].iter_mut().zip(x).for_each(|(y, &x)| *y += x);
        }
    }
}

impl<F: Scalar> Op<F, 1> for AvgPool2d {
    /// The shape of the pictures.
    type Saved = [usize; 4];

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, Self::Saved) {
        let (n, height, width, c) = x.operand::<Ix4>("avg_pool2d: x", "(batch, height, width, channels)").dim();
        let along @ [down, across] = self.along([height, width]);
        let mut y = Tensor::zeros([n, down.outputs, across.outputs, c]);
        if c > 0 {
            let (picture, output, step) = ((height * width * c).max(1), y.row_len().max(1), self.stride[1] * c);
            for (x, y) in x.as_slice().chunks_exact(picture).zip(y.as_mut_slice().chunks_exact_mut(output)) {
                each_tap(along, |patches, _, pixel| {
                    add_pixels(&x[pixel * c..], step, c, &mut y[patches.start * c..patches.end * c], c);
                });
                divide(along, c, y);
            }
        }
        (y, [n, height, width, c])
    }

    fn backward(&self, &[_, height, width, c]: &Self::Saved, mut dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        let along = self.along([height, width]);
        let (picture, output, step) = ((height * width * c).max(1), dy.row_len().max(1), self.stride[1] * c);
        dx.accumulate(|dx| {
            if c == 0 {
                return;
            }
            let pictures = dx.as_mut_slice().chunks_exact_mut(picture);
            for (dx, dy) in pictures.zip(dy.as_mut_slice().chunks_exact_mut(output)) {
                divide(along, c, dy);
                each_tap(along, |patches, _, pixel| {
                    add_pixels(&dy[patches.start * c..patches.end * c], c, c, &mut dx[pixel * c..], step);
                });
            }
        });
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// The mean of each patch, see [`AvgPool2d`].
    pub fn avg_pool2d(self, op: AvgPool2d) -> Var<'t, F> {
        self.tape().apply(op, [self])
    }
}

case!(AvgPool2d, |d| {
    let [down, across] = d.windows();
    let op = AvgPool2d {
        size: [down.size, across.size],
        stride: [down.stride, across.stride],
        padding: [down.padding, across.padding],
    };
    let [down, across] = op.windows();
    multilinear(op, [d.normal(&[d.batch, d.fitting(down), d.fitting(across), d.channels], 0)]).by_example()
});
