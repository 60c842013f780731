//! Convolution of a picture: every output is a weighted sum of a patch of inputs, by the same weights everywhere.
//!
//! For x (n, h, w, i), W (kh, kw, i, o), b (o), strides s, dilations d, and x continued by zeros on all sides (the padding):
//!
//! ```text
//! y[r, t]  = b + Σ_p Σ_q  x[r·s₀ + p·d₀, t·s₁ + q·d₁] · W[p, q]
//! ```
//!
//! That is [`Conv2d::plain`], in seven loops. Flatten the patches, and they are the rows of a matrix (im2col), with which a
//! convolution is one matrix product; but that matrix is kh·kw times as large as the batch. Channels are last, so of each
//! patch the part in one row of the kernel is a run of kw·i consecutive elements (d₁ = 1), and the runs of all patches for
//! row p are a view of the padded picture that begins p·d₀ rows down, with overlapping rows. So a convolution is a sum of
//! products that copies nothing, one for each row of the kernel:
//!
//! ```text
//! y        = b + Σ_p view(x, p) (outputs, kw·i) · W[p] (kw·i, o)
//! dW[p]ᵀ  += dyᵀ · view(x, p)
//! db       = Σ rows of dy
//! ```
//!
//! What an input gets back is again a convolution. x[a] went to y[r] by tap p where a = r·s + p·d - padding; so spread dy,
//! output r to r·s of a larger picture of zeros, continue it, and
//!
//! ```text
//! dx       = conv2d(spread(dy), flipped W), with stride 1:    flipped[p, q] = W[kh-1-p, kw-1-q]ᵀ
//! ```
//!
//! Both gradients have dy on the left, where a product skips zeros, those of the spreading among them: after ReLU and
//! pooling, dy has many.
//!
//! Where kw·i is only a few elements, as in a first layer that sees one channel, products of a row are too short to be fast.
//! There the patches of some output rows are copied to a strip, a line for each element of a patch (im2colᵀ), which stays in
//! the first cache: outputs that follow each other have each tap on elements that do.

use super::conv1d::add_transposed;
use super::dense::add_rows;
use super::slide::{Run, Slide, Spread, spread};
use super::window::Along;
use super::{Padding, Window};
use crate::autograd::{Op, Slot, Var};
use crate::product::{Write, gemm};
use crate::{Scalar, Tensor};
use ndarray::{ArrayView2, ArrayViewMut2, ArrayViewMut3, Ix2, Ix4, ShapeBuilder};

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

/// Elements of a patch in one row of the kernel: fewer make products too short.
const NARROW: usize = 16;
/// A convolution of pictures of a size: the sliding kernel, and the padding.
struct Plan {
    slide: Slide,
    narrow: bool,
    along: [Along; 2],
    /// Where the picture is in the padded one.
    padded: [Spread; 2],
}

impl Plan {
    fn new(op: &Conv2d, kernel: [usize; 2], [height, width, channels]: [usize; 3]) -> Self {
        let [down, across] = op.windows(kernel);
        let along = [down.along(height), across.along(width)];
        let padded = along.map(|along| {
            let (before, after) = along.window.pads(along.length);
            Spread { first: before as isize, step: 1, size: before + along.length + after }
        });
        let (stride, dilation, outputs) = (op.stride, op.dilation, along.map(|along| along.outputs));
        let slide = Slide { width: padded[1].size, channels, outputs, kernel, stride, dilation };
        Plan { slide, narrow: kernel[1] * channels < NARROW, along, padded }
    }

    /// Room for a padded picture, all zeros; none where there is no padding.
    fn room<F: Scalar>(&self) -> Tensor<F> {
        let is_padded = self.padded.iter().zip(&self.along).any(|(padded, along)| padded.size > along.length);
        let len = self.padded[0].size * self.padded[1].size * self.slide.channels;
        Tensor::zeros([if is_padded { len } else { 0 }])
    }

    /// The padded picture: in this room, whose zeros stay zero from example to example, or the picture itself.
    fn pad<'x, F: Scalar>(&self, x: &'x [F], room: &'x mut Tensor<F>) -> &'x [F] {
        if room.is_empty() {
            return x;
        }
        let shape = [self.along[0].length, self.along[1].length, self.slide.channels];
        spread(x, shape, self.padded, room.as_mut_slice());
        room.as_slice()
    }

    /// dWᵀ of every run += dyᵀ · view(x).
    fn add_weights<F: Scalar>(&self, x: &[F], dy: &[F], o: usize, transposed: &mut [F]) {
        let Slide { width, channels, outputs: [rows, columns], stride, .. } = self.slide;
        // At stride 1 the patches of a row follow those of the row before at the same distance, but for those that would
        // lie across the edge: with zeros for these in dy, all rows are one.
        let one_row = stride == [1, 1] && rows > 0;
        let mut wide = Tensor::zeros([if one_row && columns < width { rows * width * o } else { 0 }]);
        let (dy, lines, len) = if one_row {
            let to = [rows, width].map(|size| Spread { first: 0, step: 1, size });
            let len = (rows - 1) * width + columns;
            if wide.is_empty() {
                (dy, 1, len)
            } else {
                spread(dy, [rows, columns, o], to, wide.as_mut_slice());
                (wide.as_slice(), 1, len)
            }
        } else {
            (dy, rows, columns)
        };
        for run in self.slide.runs() {
            let elements = run.matrix.len();
            let to = &mut transposed[run.matrix.start * o..run.matrix.end * o];
            for line in 0..lines {
                let dy = ArrayView2::from_shape((len, o), &dy[line * len * o..][..len * o]).expect("rows of dy");
                let begin = run.begin + line * stride[0] * width * channels;
                let shape = (len, elements).strides((stride[1] * channels, 1));
                let patches = ArrayView2::from_shape(shape, x.get(begin..).unwrap_or(&[])).expect("patches lie inside");
                let to = ArrayViewMut2::from_shape((o, elements), &mut *to).expect("a matrix for each run");
                gemm(Write::Add, dy.t(), patches, to);
            }
        }
    }

    /// dx = convolution of the spread dy with the flipped kernel: its slide, and where dy goes.
    fn transposed(&self, o: usize) -> (Slide, [Spread; 2]) {
        let Slide { kernel, stride, dilation, .. } = self.slide;
        let to = [0, 1].map(|a| {
            let reach = (kernel[a] - 1) * dilation[a];
            let first = reach as isize - self.along[a].before as isize;
            Spread { first, step: stride[a], size: self.along[a].length + reach }
        });
        let outputs = self.along.map(|along| along.length);
        (Slide { width: to[1].size, channels: o, outputs, kernel, stride: [1; 2], dilation }, to)
    }
}

/// flipped[p, q] = W[kh-1-p, kw-1-q]ᵀ, as a matrix (kh·kw·o, i).
fn flipped<F: Scalar>(w: &Tensor<F>) -> Tensor<F> {
    let (kh, kw, i, o) = w.view::<Ix4>().dim();
    let mut flipped = Tensor::zeros([kh * kw * o, i]);
    let taps = w.as_slice().chunks_exact((i * o).max(1)).rev();
    for (to, tap) in flipped.as_mut_slice().chunks_exact_mut((i * o).max(1)).zip(taps) {
        add_transposed(tap, o, to);
    }
    flipped
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
        let plan = Plan::new(self, [kh, kw], [height, width, inputs]);
        let (slide, [rows, columns]) = (plan.slide, plan.slide.outputs);
        let matrix = w.clone().reshape([slide.len(), o]);
        let mut y = Tensor::scratch([n, rows, columns, o]);
        let (write, mut room, picture, output) = (Write::Bias(b.as_slice()), plan.room(), x.row_len(), y.row_len());
        for example in 0..n {
            let x = plan.pad(&x.as_slice()[example * picture..][..picture], &mut room);
            let y = &mut y.as_mut_slice()[example * output..][..output];
            if plan.narrow {
                for rows in slide.strips() {
                    let strip = slide.gather(x, rows.clone());
                    let y = &mut y[rows.start * columns * o..rows.end * columns * o];
                    let y = ArrayViewMut2::from_shape((rows.len() * columns, o), y).expect("rows of y");
                    gemm(write, strip.view::<Ix2>().t(), matrix.view::<Ix2>(), y);
                }
            } else {
                let y = ArrayViewMut3::from_shape((rows, columns, o), y).expect("an example of y");
                slide.products(write, x, matrix.view::<Ix2>(), y);
            }
        }
        (y, Saved { x, w })
    }

    fn backward(&self, Saved { x, w }: &Saved<F>, gradient: Tensor<F>, [dx, dw, db]: &mut [Slot<F>; 3]) {
        let (_, height, width, inputs) = x.view::<Ix4>().dim();
        let (kh, kw, _, o) = w.view::<Ix4>().dim();
        let plan = Plan::new(self, [kh, kw], [height, width, inputs]);
        let (slide, [rows, columns]) = (plan.slide, plan.slide.outputs);
        let (picture, output) = (x.row_len().max(1), gradient.row_len().max(1));
        let outputs = || gradient.as_slice().chunks_exact(output);

        dw.accumulate(|dw| {
            let (mut room, mut transposed) = (plan.room(), Tensor::zeros([slide.len() * o]));
            for (x, dy) in x.as_slice().chunks_exact(picture).zip(outputs()) {
                let x = plan.pad(x, &mut room);
                if plan.narrow {
                    for rows in slide.strips() {
                        let dy = &dy[rows.start * columns * o..rows.end * columns * o];
                        let dy = ArrayView2::from_shape((rows.len() * columns, o), dy).expect("rows of dy");
                        let dw = ArrayViewMut2::from_shape((slide.len(), o), dw.as_mut_slice()).expect("as W");
                        gemm(Write::Add, slide.gather(x, rows).view::<Ix2>(), dy, dw);
                    }
                } else {
                    plan.add_weights(x, dy, o, transposed.as_mut_slice());
                }
            }
            if !plan.narrow {
                for Run { matrix, .. } in slide.runs() {
                    let (len, of_run) = (matrix.len(), matrix.start * o..matrix.end * o);
                    add_transposed(&transposed.as_slice()[of_run.clone()], len, &mut dw.as_mut_slice()[of_run]);
                }
            }
        });
        let shape = [height, width, inputs];
        dx.write(|write, dx| {
            let ((slide, to), kernel) = (plan.transposed(o), flipped(w));
            let mut larger = Tensor::zeros([to[0].size * to[1].size * o]);
            for (dx, dy) in dx.as_mut_slice().chunks_exact_mut(picture).zip(outputs()) {
                spread(dy, [rows, columns, o], to, larger.as_mut_slice());
                let dx = ArrayViewMut3::from_shape(shape, dx).expect("an example of dx");
                slide.products(write, larger.as_slice(), kernel.view::<Ix2>(), dx);
            }
        });
        db.accumulate(|db| add_rows(gradient.as_slice(), db.as_mut_slice()));
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
