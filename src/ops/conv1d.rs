//! Convolution along a signal: every output is a weighted sum of a window of inputs, by the same weights everywhere.
//!
//! For x (n, l, i), W (k, i, o), b (o), stride s, dilation d, and x continued by zeros on both sides (the padding):
//!
//! ```text
//! y[t]  = b + Σ_q  x[t·s + q·d] · W[q]
//! ```
//!
//! With channels last, the window of output t is a run of k·i consecutive numbers (d = 1), and the window of t + 1 begins
//! s·i numbers later. So the matrix whose rows are the windows, which other libraries build in memory ("im2col"), is just a
//! view of the signal with overlapping rows, and a convolution is one matrix product:
//!
//! ```text
//! y     = view(x) (outputs, k·i) · W (k·i, o) + b
//! dW    = view(x)ᵀ · dy
//! dx[t·s + q·d] += dy[t] · W[q]ᵀ      one product for each tap q, into the rows that the tap reads
//! db    = Σ rows of dy
//! ```
//!
//! For d > 1 the taps are not adjacent: one product per tap, here too.

use super::dense::{add_rows, repeat_bias};
use super::{Padding, Window};
use crate::autograd::{Op, Slot, Var};
use crate::linalg::{Write, gemm, gemm_batch};
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

    /// Rows of the kernel matrix (k·i, o) whose inputs are adjacent, as (first input row, first and last kernel row).
    fn runs(&self, kernel: usize, inputs: usize) -> impl Iterator<Item = (usize, usize, usize)> {
        let (taps, width) = if self.dilation == 1 { (1, kernel * inputs) } else { (kernel, inputs) };
        let dilation = self.dilation;
        (0..taps).map(move |q| (q * dilation, q * width, (q + 1) * width))
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
}

/// The signal continued by zeros.
fn pad<F: Scalar>(x: Tensor<F>, (left, right): (usize, usize)) -> Tensor<F> {
    if (left, right) == (0, 0) {
        return x;
    }
    let [n, l, i] = x.shape() else { panic!("a signal has three axes, not {:?}", x.shape()) };
    let mut padded = Tensor::zeros([*n, left + l + right, *i]);
    padded.view_mut::<Ix3>().slice_mut(s![.., left..left + l, ..]).assign(&x.view::<Ix3>());
    padded
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
        let (n, length, inputs) = x.view::<Ix3>().dim();
        let (kernel, w_inputs, o) = w.view::<Ix3>().dim();
        assert_eq!(inputs, w_inputs, "a kernel for {w_inputs} channels cannot slide along {inputs}");
        assert_eq!(b.shape(), [o], "one bias for each filter");
        let window = self.window(kernel);
        let (pads, outputs) = (window.pads(length), window.must_fit(length));
        let x = pad(x, pads);
        let matrix = w.clone().reshape([kernel * inputs, o]);

        let mut y = Tensor::scratch([n, outputs, o]);
        repeat_bias(b.as_slice(), y.as_mut_slice());
        for (first, from, to) in self.runs(kernel, inputs) {
            let windows = self.windows(&x, first, outputs, to - from);
            gemm_batch(Write::Add, windows, matrix.view::<Ix2>().slice(s![from..to, ..]), y.view_mut());
        }
        (y, Saved { x, left: pads.0, length, w })
    }

    fn backward(&self, saved: &Saved<F>, gradient: Tensor<F>, [dx, dw, db]: &mut [Slot<F>; 3]) {
        let Saved { x, left, length, w } = saved;
        let (kernel, inputs, o) = w.view::<Ix3>().dim();
        let dy = gradient.view::<Ix3>();
        let (n, outputs, _) = dy.dim();

        dw.accumulate(|dw| {
            let mut dw = dw.view_mut::<Ix3>().into_shape_with_order((kernel * inputs, o)).expect("row-major");
            for (first, from, to) in self.runs(kernel, inputs) {
                let windows = self.windows(x, first, outputs, to - from);
                for (windows, dy) in windows.outer_iter().zip(dy.outer_iter()) {
                    gemm(Write::Add, windows.t(), dy, dw.slice_mut(s![from..to, ..]));
                }
            }
        });
        dx.accumulate(|dx| {
            let add_taps = |padded: &mut Tensor<F>| {
                let mut padded = padded.view_mut::<Ix3>();
                for (q, w) in w.view::<Ix3>().outer_iter().enumerate() {
                    let first = q * self.dilation;
                    let read = first..first + (outputs - 1) * self.stride + 1;
                    gemm_batch(Write::Add, dy, w.t(), padded.slice_mut(s![.., read; self.stride, ..]));
                }
            };
            if x.shape()[1] == *length {
                add_taps(dx);
            } else {
                let mut padded = Tensor::zeros([n, x.shape()[1], inputs]);
                add_taps(&mut padded);
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
