//! Convolution along a signal: every output is a weighted sum of a window of inputs, by the same weights everywhere.
//!
//! For x (n, l, i), W (k, i, o), b (o), stride s, dilation d, and x continued by zeros on both sides (the padding):
//!
//! ```text
//! y[t]  = b + Σ_q  x[t·s + q·d] · W[q]
//! ```
//!
//! That is [`Conv1d::plain`], in five loops. With channels last, the window of output t is a run of k·i consecutive elements
//! (d = 1), and the window of t + 1 begins s·i elements later. So the matrix whose rows are the windows, which other libraries build in memory ("im2col"), is just a
//! view of the signal with overlapping rows, and a convolution is one matrix product:
//!
//! ```text
//! y       = view(x) (outputs, k·i) · W (k·i, o) + b
//! dWᵀ     = dyᵀ · view(x)
//! view(dx) += dy · Wᵀ       every window's gradient is added where the window was taken from
//! db      = Σ rows of dy
//! ```
//!
//! Both gradients have dy on the left, where a product skips zeros: after ReLU, pooling and dropout, dy has many. For d > 1
//! the taps are not adjacent: one product per tap.

use super::dense::add_rows;
use super::{Padding, Window};
use crate::autograd::{Op, Slot, Var};
use crate::isa::vectorized;
use crate::product::{Write, gemm, gemm_batch, par_gemm_batch};
use crate::{Scalar, Tensor};
use ndarray::{ArrayView3, Ix2, Ix3, ShapeBuilder, s};

/// x (n, l, i), W (k, i, o), b (o) to (n, outputs, o).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv1d {
    /// Distance between windows.
    pub stride: usize,
    /// Distance between taps.
    pub dilation: usize,
    /// Continuation of the signal by zeros.
    pub padding: Padding,
}

/// A contiguous stretch of a window: rows `from..to` of the kernel matrix (k·i, o), whose inputs begin `first` rows of the
/// signal after the window does.
struct Run {
    first: usize,
    from: usize,
    to: usize,
}

impl Default for Conv1d {
    fn default() -> Self {
        Conv1d { stride: 1, dilation: 1, padding: Padding::Valid }
    }
}

impl Conv1d {
    /// The sliding window of a kernel of this size.
    pub fn window(&self, kernel: usize) -> Window {
        Window { size: kernel, stride: self.stride, dilation: self.dilation, padding: self.padding }
    }

    /// The definition: for each output, the sum over the taps that lie inside the signal, and over the input channels.
    pub fn plain<F: Scalar>(&self, x: &Tensor<F>, w: &Tensor<F>, b: &Tensor<F>) -> Tensor<F> {
        let (x, w) = (x.view::<Ix3>(), w.view::<Ix3>());
        let ((n, length, inputs), (kernel, _, o)) = (x.dim(), w.dim());
        let (left, outputs) = (self.window(kernel).pads(length).0, self.window(kernel).must_fit(length));
        let mut y = Tensor::zeros([n, outputs, o]);
        for ((example, t, filter), y) in y.view_mut::<Ix3>().indexed_iter_mut() {
            *y = b.as_slice()[filter];
            for q in 0..kernel {
                // The tap's position in the signal; beyond the ends there are zeros, which add nothing.
                let position = (t * self.stride + q * self.dilation).checked_sub(left);
                if let Some(position) = position.filter(|&position| position < length) {
                    for channel in 0..inputs {
                        *y += x[[example, position, channel]] * w[[q, channel, filter]];
                    }
                }
            }
        }
        y
    }

    /// The stretches of a window that are contiguous in memory: all of it, or each tap where they are dilated.
    fn runs(&self, kernel: usize, inputs: usize) -> impl Iterator<Item = Run> {
        let (runs, width) = if self.dilation == 1 { (1, kernel * inputs) } else { (kernel, inputs) };
        let dilation = self.dilation;
        (0..runs).map(move |q| Run { first: q * dilation, from: q * width, to: (q + 1) * width })
    }

    /// The windows of a padded signal, from input row `first`: (n, outputs, width), overlapping where stride < width.
    fn windows<'x, F: Scalar>(
        &self,
        x: &'x Tensor<F>,
        first: usize,
        outputs: usize,
        width: usize,
    ) -> ArrayView3<'x, F> {
        let [n, l, i] = x.shape() else { unreachable!("a signal has three axes") };
        let shape = (*n, outputs, width).strides((l * i, self.stride * i, 1));
        ArrayView3::from_shape(shape, x.as_slice().get(first * i..).unwrap_or(&[]))
            .expect("every window lies inside the padded signal")
    }

    /// Sends the gradient of every window, dy · Wᵀ, to where the window was taken from.
    fn send_back<F: Scalar>(&self, dy: &Tensor<F>, w: &Tensor<F>, dx: &mut Tensor<F>) {
        let dy = dy.view::<Ix3>();
        let ((n, outputs, _), (kernel, inputs, o)) = (dy.dim(), w.view::<Ix3>().dim());
        let (matrix, row_len) = (w.clone().reshape([kernel * inputs, o]), dx.row_len());
        for Run { first, from, to } in self.runs(kernel, inputs) {
            let width = to - from;
            let mut windows = Tensor::scratch([n, outputs, width]);
            gemm_batch(Write::Set, dy, matrix.view::<Ix2>().slice(s![from..to, ..]).t(), windows.view_mut());
            let signals = dx.as_mut_slice().chunks_exact_mut(row_len);
            for (x, windows) in signals.zip(windows.as_slice().chunks_exact(outputs * width)) {
                add_windows(windows, width, self.stride * inputs, &mut x[first * inputs..]);
            }
        }
    }
}

/// The signal continued by zeros.
fn pad<F: Scalar>(x: Tensor<F>, (left, right): (usize, usize)) -> Tensor<F> {
    if (left, right) == (0, 0) {
        return x;
    }
    let [n, l, i] = x.shape() else { panic!("a signal has three axes, not {:?}", x.shape()) };
    let mut padded = Tensor::zeros([*n, left + l + right, *i]);
    let signals = padded.as_mut_slice().chunks_exact_mut(((left + l + right) * i).max(1));
    for (padded, x) in signals.zip(x.as_slice().chunks_exact((l * i).max(1))) {
        padded[left * i..][..l * i].copy_from_slice(x);
    }
    padded
}

vectorized! {
    /// Adds windows of `width` elements where they were taken from, each `step` after the last.
    fn add_windows<F: Scalar>(windows: &[F], width: usize, step: usize, x: &mut [F]) {
        for (t, window) in windows.chunks_exact(width.max(1)).enumerate() {
            x[t * step..][..width].iter_mut().zip(window).for_each(|(x, &window)| *x += window);
        }
    }
}

/// Rows of a matrix that are transposed together: they stay in the cache until all their columns are done.
const STRIP: usize = 16;

vectorized! {
    /// Adds aᵀ to b (columns, rows), both row-major.
    pub(super) fn add_transposed<F: Scalar>(a: &[F], columns: usize, b: &mut [F]) {
        let rows = a.len() / columns;
        for (first, strip) in (0..rows).step_by(STRIP).zip(a.chunks(STRIP * columns)) {
            for (j, b) in b.chunks_exact_mut(rows).enumerate() {
                let column = strip[j..].iter().step_by(columns);
                b[first..].iter_mut().zip(column).for_each(|(b, &a)| *b += a);
            }
        }
    }
}

/// What the backward rule of a convolution needs: the padded signal, its padding on the left, its length without, and W.
pub struct Saved<F: Scalar> {
    x: Tensor<F>,
    left: usize,
    length: usize,
    w: Tensor<F>,
}

impl<F: Scalar> Op<F, 3> for Conv1d {
    type Saved = Saved<F>;

    fn forward(&self, [x, w, b]: [Tensor<F>; 3]) -> (Tensor<F>, Saved<F>) {
        let (n, length, inputs) = x.operand::<Ix3>("conv1d: x", "(batch, length, channels)").dim();
        let (kernel, w_inputs, o) = w.operand::<Ix3>("conv1d: W", "(taps, channels, filters)").dim();
        assert_eq!(inputs, w_inputs, "conv1d: x has {inputs} channels, wanted {w_inputs}, as W has");
        assert_eq!(b.shape(), [o], "conv1d: b has shape {:?}, wanted one bias for each of {o} filters", b.shape());
        let window = self.window(kernel);
        let (pads, outputs) = (window.pads(length), window.must_fit(length));
        let x = pad(x, pads);
        let matrix = w.clone().reshape([kernel * inputs, o]);

        let mut y = Tensor::scratch([n, outputs, o]);
        for Run { first, from, to } in self.runs(kernel, inputs) {
            let windows = self.windows(&x, first, outputs, to - from);
            let write = if from == 0 { Write::Bias(b.as_slice()) } else { Write::Add };
            par_gemm_batch(write, windows, matrix.view::<Ix2>().slice(s![from..to, ..]), y.view_mut());
        }
        (y, Saved { x, left: pads.0, length, w })
    }

    fn backward(&self, saved: &Saved<F>, gradient: Tensor<F>, [dx, dw, db]: &mut [Slot<F>; 3]) {
        let Saved { x, left, length, w } = saved;
        let (kernel, inputs, o) = w.view::<Ix3>().dim();
        let dy = gradient.view::<Ix3>();
        let (n, outputs, _) = dy.dim();

        dw.accumulate(|dw| {
            for Run { first, from, to } in self.runs(kernel, inputs) {
                let mut transposed = Tensor::zeros([o, to - from]);
                let windows = self.windows(x, first, outputs, to - from);
                for (windows, dy) in windows.outer_iter().zip(dy.outer_iter()) {
                    gemm(Write::Add, dy.t(), windows, transposed.view_mut());
                }
                add_transposed(transposed.as_slice(), to - from, &mut dw.as_mut_slice()[from * o..to * o]);
            }
        });
        dx.accumulate(|dx| {
            if x.shape()[1] == *length {
                self.send_back(&gradient, w, dx);
            } else {
                let mut padded = Tensor::zeros([n, x.shape()[1], inputs]);
                self.send_back(&gradient, w, &mut padded);
                let mut dx = dx.view_mut::<Ix3>();
                dx += &padded.view::<Ix3>().slice(s![.., *left..left + length, ..]);
            }
        });
        db.accumulate(|db| add_rows(gradient.as_slice(), db.as_mut_slice()));
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// Convolution with a kernel W and a bias b, see [`Conv1d`].
    pub fn conv1d(self, op: Conv1d, w: Var<'t, F>, b: Var<'t, F>) -> Var<'t, F> {
        self.tape().apply(op, [self, w, b])
    }
}

case!(Conv1d, |d| {
    let op = Conv1d { stride: d.stride, dilation: d.dilation, padding: d.padding };
    let x = d.normal(&[d.batch, d.fitting_length(d.window()), d.channels], 0);
    let w = d.normal(&[d.size, d.channels, d.outputs], 1);
    multilinear(op, [x, w, d.normal(&[d.outputs], 2)]).by_example()
});
