//! Depthwise convolution of a picture: each channel by a kernel of its own, without a sum over channels.
//!
//! For x (n, h, w, c), W (kh, kw, c), b (c), strides s, dilations d, and x continued by zeros on all sides (the padding):
//!
//! ```text
//! y[r, t]    = b + Σ_p,q  x[r·s₀ + p·d₀, t·s₁ + q·d₁] ⊙ W[p, q]
//! dx[r·s₀ + p·d₀, t·s₁ + q·d₁] += dy[r, t] ⊙ W[p, q]
//! dW[p, q]  += Σ_r,t  dy[r, t] ⊙ x[r·s₀ + p·d₀, t·s₁ + q·d₁]
//! db         = Σ_r,t  dy[r, t]
//! ```
//!
//! Followed by a convolution of 1 x 1, which mixes the channels, it is a separable convolution, with kh·kw·c + c·o weights
//! where a whole one has kh·kw·c·o (Chollet, "Xception", 2017). Channels are side by side in memory: every line above is one loop over
//! them.

use super::dense::add_rows;
use super::window::{Along, each_tap};
use super::{Padding, Window};
use crate::autograd::{Op, Slot, Var};
use crate::isa::vectorized;
use crate::{Scalar, Tensor};
use ndarray::{Ix3, Ix4};

/// x (n, h, w, c), W (kh, kw, c), b (c) to (n, rows, columns, c). Settings are for rows, then for columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DepthwiseConv2d {
    /// Distance between patches.
    pub stride: [usize; 2],
    /// Distance between taps.
    pub dilation: [usize; 2],
    /// Continuation of the picture by zeros.
    pub padding: [Padding; 2],
}

impl Default for DepthwiseConv2d {
    fn default() -> Self {
        DepthwiseConv2d { stride: [1; 2], dilation: [1; 2], padding: [Padding::Valid; 2] }
    }
}

impl DepthwiseConv2d {
    /// The sliding windows of a kernel of this size, along the rows and along the columns.
    pub fn windows(&self, kernel: [usize; 2]) -> [Window; 2] {
        [0, 1].map(|a| Window {
            size: kernel[a],
            stride: self.stride[a],
            dilation: self.dilation[a],
            padding: self.padding[a],
        })
    }

    /// Where they lie in pictures of this size.
    fn along(&self, kernel: [usize; 2], [height, width]: [usize; 2]) -> [Along; 2] {
        let [down, across] = self.windows(kernel);
        [down.along(height), across.along(width)]
    }
}

vectorized! {
    /// y += a ⊙ w for pixels of as many channels as w has: those of a are `from` elements apart, those of y `to`.
    fn add_products<F: Scalar>(a: &[F], from: usize, w: &[F], y: &mut [F], to: usize) {
        for (a, y) in a.chunks(from).zip(y.chunks_mut(to)) {
            y[..w.len()].iter_mut().zip(a).zip(w).for_each(|((y, &a), &w)| *y = a.mul_add(w, *y));
        }
    }
}

vectorized! {
    /// dw += Σ dy ⊙ x over pixels of as many channels as dw has: those of x are `step` elements apart.
    fn add_correlation<F: Scalar>(dy: &[F], x: &[F], step: usize, dw: &mut [F]) {
        for (dy, x) in dy.chunks_exact(dw.len()).zip(x.chunks(step)) {
            dw.iter_mut().zip(dy).zip(x).for_each(|((dw, &dy), &x)| *dw = dy.mul_add(x, *dw));
        }
    }
}

/// What the backward rule needs: the pictures and the kernel.
pub struct Saved<F: Scalar> {
    x: Tensor<F>,
    w: Tensor<F>,
}

impl<F: Scalar> Op<F, 3> for DepthwiseConv2d {
    type Saved = Saved<F>;

    fn forward(&self, [x, w, b]: [Tensor<F>; 3]) -> (Tensor<F>, Saved<F>) {
        let (n, height, width, c) = x.operand::<Ix4>("depthwise_conv2d: x", "(batch, height, width, channels)").dim();
        let (kh, kw, channels) = w.operand::<Ix3>("depthwise_conv2d: W", "(rows, columns, channels)").dim();
        assert_eq!(c, channels, "depthwise_conv2d: x has {c} channels, wanted {channels}, as W has");
        assert_eq!(
            b.shape(),
            [c],
            "depthwise_conv2d: b has shape {:?}, wanted one bias for each of {c} channels",
            b.shape()
        );
        let along @ [down, across] = self.along([kh, kw], [height, width]);
        let mut y = Tensor::scratch([n, down.outputs, across.outputs, c]);
        if c > 0 {
            let (picture, output, step) = ((height * width * c).max(1), y.row_len().max(1), self.stride[1] * c);
            for (x, y) in x.as_slice().chunks_exact(picture).zip(y.as_mut_slice().chunks_exact_mut(output)) {
                y.chunks_exact_mut(c).for_each(|y| y.copy_from_slice(b.as_slice()));
                each_tap(along, |patches, tap, pixel| {
                    let y = &mut y[patches.start * c..patches.end * c];
                    add_products(&x[pixel * c..], step, &w.as_slice()[tap * c..][..c], y, c);
                });
            }
        }
        (y, Saved { x, w })
    }

    fn backward(&self, Saved { x, w }: &Saved<F>, gradient: Tensor<F>, [dx, dw, db]: &mut [Slot<F>; 3]) {
        let (_, height, width, c) = x.view::<Ix4>().dim();
        let (kh, kw, _) = w.view::<Ix3>().dim();
        if c == 0 {
            return;
        }
        let along = self.along([kh, kw], [height, width]);
        let (picture, output, step) = ((height * width * c).max(1), gradient.row_len().max(1), self.stride[1] * c);
        let outputs = || gradient.as_slice().chunks_exact(output);
        dx.accumulate(|dx| {
            for (dx, dy) in dx.as_mut_slice().chunks_exact_mut(picture).zip(outputs()) {
                each_tap(along, |patches, tap, pixel| {
                    let dy = &dy[patches.start * c..patches.end * c];
                    add_products(dy, c, &w.as_slice()[tap * c..][..c], &mut dx[pixel * c..], step);
                });
            }
        });
        dw.accumulate(|dw| {
            for (x, dy) in x.as_slice().chunks_exact(picture).zip(outputs()) {
                each_tap(along, |patches, tap, pixel| {
                    let dw = &mut dw.as_mut_slice()[tap * c..][..c];
                    add_correlation(&dy[patches.start * c..patches.end * c], &x[pixel * c..], step, dw);
                });
            }
        });
        db.accumulate(|db| add_rows(gradient.as_slice(), db.as_mut_slice()));
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// Convolution of each channel by a kernel of its own, see [`DepthwiseConv2d`].
    pub fn depthwise_conv2d(self, op: DepthwiseConv2d, w: Var<'t, F>, b: Var<'t, F>) -> Var<'t, F> {
        self.tape().apply(op, [self, w, b])
    }
}

case!(DepthwiseConv2d, |d| {
    let [down, across] = d.windows();
    let op = DepthwiseConv2d {
        stride: [down.stride, across.stride],
        dilation: [down.dilation, across.dilation],
        padding: [down.padding, across.padding],
    };
    let x = d.normal(&[d.batch, d.fitting(down), d.fitting(across), d.channels], 0);
    let w = d.normal(&[down.size, across.size, d.channels], 1);
    multilinear(op, [x, w, d.normal(&[d.channels], 2)]).by_example()
});
