//! Convolution of a picture: every output is a weighted sum of a patch of inputs, by the same weights everywhere.
//!
//! For x (n, h, w, i), W (kh, kw, i, o), b (o), strides s, dilations d, and x continued by zeros on all sides (the padding):
//!
//! ```text
//! y[r, t]  = b + Σ_p Σ_q  x[r·s₀ + p·d₀, t·s₁ + q·d₁] · W[p, q]
//! ```
//!
//! That is [`Conv2d::plain`], in seven loops. Patches, flattened, are the rows of a matrix (im2col), and with it a convolution
//! is one matrix product:
//!
//! ```text
//! y       = patches(x) (outputs, kh·kw·i) · W (kh·kw·i, o) + b
//! dWᵀ     = dyᵀ · patches(x)
//! dx     += patchesᵀ(dy · Wᵀ)      every patch's gradient is added where the patch was taken from (col2im)
//! db      = Σ rows of dy
//! ```
//!
//! The matrix of a whole batch would be kh·kw times as large as the batch, and would go through main memory. So it exists for a
//! strip at a time, a few output rows of one example, and stays in the cache: gathering it costs one copy for each o
//! multiply-adds. Both gradients have dy on the left, where a product skips zeros.

use super::dense::add_rows;
use super::window::Along;
use super::{Padding, Window};
use crate::autograd::{Op, Slot, Var};
use crate::isa::vectorized;
use crate::product::{Write, gemm};
use crate::{Scalar, Tensor};
use ndarray::{ArrayView2, ArrayViewMut2, Ix2, Ix4};
use std::ops::Range;

/// x (n, h, w, i), W (kh, kw, i, o), b (o) to (n, rows, columns, o). Settings are for rows, then for columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv2d {
    /// Distance between patches.
    pub stride: [usize; 2],
    /// Distance between taps.
    pub dilation: [usize; 2],
    /// Continuation of the picture by zeros.
    pub padding: [Padding; 2],
}

impl Default for Conv2d {
    fn default() -> Self {
        Conv2d { stride: [1; 2], dilation: [1; 2], padding: [Padding::Valid; 2] }
    }
}

impl Conv2d {
    /// The sliding windows of a kernel of this size, along the rows and along the columns.
    pub fn windows(&self, kernel: [usize; 2]) -> [Window; 2] {
        [0, 1].map(|a| Window {
            size: kernel[a],
            stride: self.stride[a],
            dilation: self.dilation[a],
            padding: self.padding[a],
        })
    }

    /// The definition: for each output, the sum over the taps that lie inside the picture, and over the input channels.
    pub fn plain<F: Scalar>(&self, x: &Tensor<F>, w: &Tensor<F>, b: &Tensor<F>) -> Tensor<F> {
        let (x, w) = (x.view::<Ix4>(), w.view::<Ix4>());
        let ((n, height, width, inputs), (kh, kw, _, o)) = (x.dim(), w.dim());
        let [down, across] = self.windows([kh, kw]);
        let (down, across) = (down.along(height), across.along(width));
        let mut y = Tensor::zeros([n, down.outputs, across.outputs, o]);
        for ((example, r, t, filter), y) in y.view_mut::<Ix4>().indexed_iter_mut() {
            *y = b.as_slice()[filter];
            for p in 0..kh {
                for q in 0..kw {
                    if let (Some(row), Some(column)) = (down.position(r, p), across.position(t, q)) {
                        for channel in 0..inputs {
                            *y += x[[example, row, column, channel]] * w[[p, q, channel, filter]];
                        }
                    }
                }
            }
        }
        y
    }
}

/// Numbers in a strip, at most, where an output row needs no more: 256 KiB of `f32`, half of a usual second-level cache.
const STRIP: usize = 1 << 16;

/// Where the patches of an example lie.
struct Patches {
    down: Along,
    across: Along,
    channels: usize,
}

impl Patches {
    fn new([down, across]: [Window; 2], [height, width, channels]: [usize; 3]) -> Self {
        Patches { down: down.along(height), across: across.along(width), channels }
    }

    /// Numbers in a patch: columns of the matrix.
    fn len(&self) -> usize {
        self.down.window.size * self.across.window.size * self.channels
    }

    /// The strips: consecutive output rows whose patches fit into the cache together.
    fn strips(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let rows = (STRIP / (self.across.outputs * self.len()).max(1)).max(1);
        let last = self.down.outputs;
        (0..last).step_by(rows).map(move |first| first..(first + rows).min(last))
    }

    /// Calls `stretch(strip, picture, len)` for every `len` consecutive numbers of the picture that lie at `picture` there and at
    /// `strip` in the matrix of these output rows. What is not visited lies in the padding.
    fn stretches(&self, rows: Range<usize>, mut stretch: impl FnMut(usize, usize, usize)) {
        let Patches { down, across, channels } = self;
        let size = across.window.size;
        // Adjacent taps of a row are one stretch; dilated ones are one each.
        let taps = if across.window.dilation == 1 { size } else { 1 };
        let mut strip = 0;
        for r in rows {
            for t in 0..across.outputs {
                for p in 0..down.window.size {
                    let row = down.position(r, p);
                    for q in (0..size).step_by(taps) {
                        if let Some(row) = row {
                            let (skipped, inside) = across.inside(t, q..q + taps);
                            let (from, len) =
                                ((row * across.length + inside.start) * channels, inside.len() * channels);
                            stretch(strip + skipped * channels, from, len);
                        }
                        strip += taps * channels;
                    }
                }
            }
        }
    }

    /// im2col: the patches of these output rows. `strip` is zero wherever it lies in the padding.
    fn gather<F: Scalar>(&self, rows: Range<usize>, x: &[F], strip: &mut [F]) {
        self.stretches(rows, |to, from, len| strip[to..][..len].copy_from_slice(&x[from..][..len]));
    }

    /// col2im, its transpose: adds every number of a patch where it was taken from.
    fn scatter<F: Scalar>(&self, rows: Range<usize>, strip: &[F], x: &mut [F]) {
        self.stretches(rows, |from, to, len| {
            x[to..][..len].iter_mut().zip(&strip[from..][..len]).for_each(|(x, &strip)| *x += strip);
        });
    }
}

vectorized! {
    /// Adds aᵀ (columns, rows) to b (rows, columns), both row-major: a has `rows` numbers in a row.
    fn add_transposed<F: Scalar>(a: &[F], rows: usize, b: &mut [F]) {
        let columns = a.len() / rows.max(1);
        for (r, b) in b.chunks_exact_mut(columns.max(1)).enumerate() {
            b.iter_mut().zip(a[r..].iter().step_by(rows)).for_each(|(b, &a)| *b += a);
        }
    }
}

/// What the backward rule needs: the pictures and the kernel.
pub struct Saved<F: Scalar> {
    x: Tensor<F>,
    w: Tensor<F>,
}

impl<F: Scalar> Op<F, 3> for Conv2d {
    type Saved = Saved<F>;

    fn forward(&self, [x, w, b]: [Tensor<F>; 3]) -> (Tensor<F>, Saved<F>) {
        let (n, height, width, inputs) = x.operand::<Ix4>("conv2d: x", "(batch, height, width, channels)").dim();
        let (kh, kw, w_inputs, o) = w.operand::<Ix4>("conv2d: W", "(rows, columns, channels, filters)").dim();
        assert_eq!(inputs, w_inputs, "conv2d: x has {inputs} channels, wanted {w_inputs}, as W has");
        assert_eq!(b.shape(), [o], "conv2d: b has shape {:?}, wanted one bias for each of {o} filters", b.shape());
        let patches = Patches::new(self.windows([kh, kw]), [height, width, inputs]);
        let (rows, columns, len) = (patches.down.outputs, patches.across.outputs, patches.len());
        let matrix = w.clone().reshape([len, o]);

        let mut y = Tensor::scratch([n, rows, columns, o]);
        let (picture, output) = (x.row_len(), y.row_len());
        for strip_rows in patches.strips() {
            // Padding stays zero from example to example: the same stretches are written.
            let mut strip = Tensor::zeros([strip_rows.len() * columns, len]);
            for example in 0..n {
                let x = &x.as_slice()[example * picture..][..picture];
                patches.gather(strip_rows.clone(), x, strip.as_mut_slice());
                let y = &mut y.as_mut_slice()[example * output..][..output];
                let y = &mut y[strip_rows.start * columns * o..strip_rows.end * columns * o];
                let y = ArrayViewMut2::from_shape((strip_rows.len() * columns, o), y).expect("rows of y");
                gemm(Write::Bias(b.as_slice()), strip.view::<Ix2>(), matrix.view::<Ix2>(), y);
            }
        }
        (y, Saved { x, w })
    }

    fn backward(&self, Saved { x, w }: &Saved<F>, gradient: Tensor<F>, [dx, dw, db]: &mut [Slot<F>; 3]) {
        let (n, height, width, inputs) = x.view::<Ix4>().dim();
        let (kh, kw, _, o) = w.view::<Ix4>().dim();
        let patches = Patches::new(self.windows([kh, kw]), [height, width, inputs]);
        let (columns, len, picture) = (patches.across.outputs, patches.len(), x.row_len());
        let matrix = w.clone().reshape([len, o]);
        // The rows of dy (patches, filters) that belong to a strip of an example.
        let (all, of_example) = (gradient.as_slice(), gradient.row_len());
        let of = |example: usize, rows: &Range<usize>| {
            let dy = &all[example * of_example..][rows.start * columns * o..rows.end * columns * o];
            ArrayView2::from_shape((rows.len() * columns, o), dy).expect("rows of dy")
        };

        dw.accumulate(|dw| {
            let mut transposed = Tensor::zeros([o, len]);
            for rows in patches.strips() {
                let mut strip = Tensor::zeros([rows.len() * columns, len]);
                for example in 0..n {
                    patches.gather(rows.clone(), &x.as_slice()[example * picture..][..picture], strip.as_mut_slice());
                    gemm(Write::Add, of(example, &rows).t(), strip.view::<Ix2>(), transposed.view_mut());
                }
            }
            add_transposed(transposed.as_slice(), len, dw.as_mut_slice());
        });
        dx.accumulate(|dx| {
            for rows in patches.strips() {
                let mut strip = Tensor::scratch([rows.len() * columns, len]);
                for (example, dx) in dx.as_mut_slice().chunks_exact_mut(picture.max(1)).enumerate() {
                    gemm(Write::Set, of(example, &rows), matrix.view::<Ix2>().t(), strip.view_mut());
                    patches.scatter(rows.clone(), strip.as_slice(), dx);
                }
            }
        });
        db.accumulate(|db| add_rows(all, db.as_mut_slice()));
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// Convolution of pictures with a kernel W and a bias b, see [`Conv2d`].
    pub fn conv2d(self, op: Conv2d, w: Var<'t, F>, b: Var<'t, F>) -> Var<'t, F> {
        self.tape().apply(op, [self, w, b])
    }
}

case!(Conv2d, |d| {
    let [down, across] = d.windows();
    let op = Conv2d {
        stride: [down.stride, across.stride],
        dilation: [down.dilation, across.dilation],
        padding: [down.padding, across.padding],
    };
    let x = d.normal(&[d.batch, d.fitting(down), d.fitting(across), d.channels], 0);
    let w = d.normal(&[down.size, across.size, d.channels, d.outputs], 1);
    multilinear(op, [x, w, d.normal(&[d.outputs], 2)]).by_example()
});
