//! One case for each operation: with which options and inputs it is to be examined, and how smooth it is.

use super::Draw;
use proptest::test_runner::TestCaseError;
use tonegrad::Tensor;
use tonegrad::autograd::gradcheck::grid;
use tonegrad::autograd::{Op, Smoothness};
use tonegrad::ops::*;

/// An operation with inputs.
pub struct Subject<O, const N: usize> {
    pub op: O,
    pub inputs: [Tensor<f64>; N],
    pub smoothness: Smoothness,
    /// Whether row i of the output comes from row i of the first input alone.
    pub by_example: bool,
}

/// What every operation of the crate is.
pub trait AnyOp<const N: usize>: Op<f64, N> + Op<f32, N> + Clone {}

impl<O: Op<f64, N> + Op<f32, N> + Clone, const N: usize> AnyOp<N> for O {}

/// A law that must hold for every operation.
pub trait Law {
    fn holds<O: AnyOp<N>, const N: usize>(draw: &Draw, subject: Subject<O, N>) -> Result<(), TestCaseError>;
}

/// Asked of every operation on the crate's list, so that none can be forgotten.
pub trait Case {
    fn examine<L: Law>(draw: &Draw) -> Result<(), TestCaseError>;
}

macro_rules! case {
    ($op:ident, |$d:ident| $subject:expr) => {
        impl Case for $op {
            fn examine<L: Law>($d: &Draw) -> Result<(), TestCaseError> {
                L::holds($d, $subject)
            }
        }
    };
}

fn multilinear<O, const N: usize>(op: O, inputs: [Tensor<f64>; N]) -> Subject<O, N> {
    Subject { op, inputs, smoothness: Smoothness::Multilinear, by_example: false }
}

fn piecewise_linear<O>(op: O, shape: &[usize], seed: u64) -> Subject<O, 1> {
    Subject { op, inputs: [grid(shape, seed)], smoothness: Smoothness::PiecewiseLinear, by_example: false }
}

fn smooth<O>(op: O, x: Tensor<f64>) -> Subject<O, 1> {
    Subject { op, inputs: [x], smoothness: Smoothness::Smooth, by_example: false }
}

impl<O, const N: usize> Subject<O, N> {
    fn by_example(self) -> Self {
        Subject { by_example: true, ..self }
    }
}

case!(Add, |d| multilinear(Add, [d.normal(&d.signal(), 0), d.normal(&d.signal(), 1)]));
case!(Mul, |d| multilinear(Mul, [d.normal(&d.signal(), 0), d.normal(&d.signal(), 1)]));
case!(Sum, |d| multilinear(Sum, [d.normal(&d.signal(), 0)]));
case!(Mean, |d| multilinear(Mean, [d.normal(&d.signal(), 0)]));
case!(Dense, |d| {
    let shapes = ([d.batch, d.length], [d.length, d.outputs], [d.outputs]);
    multilinear(Dense, [d.normal(&shapes.0, 0), d.normal(&shapes.1, 1), d.normal(&shapes.2, 2)]).by_example()
});
case!(Conv1d, |d| {
    let op = Conv1d { stride: d.stride, dilation: d.dilation, padding: d.padding };
    let x = d.normal(&[d.batch, d.fitting_length(d.window()), d.channels], 0);
    let w = d.normal(&[d.size, d.channels, d.outputs], 1);
    multilinear(op, [x, w, d.normal(&[d.outputs], 2)]).by_example()
});
case!(AvgPool1d, |d| {
    let op = AvgPool1d { size: d.size, stride: d.stride, padding: d.padding };
    multilinear(op, [d.normal(&[d.batch, d.fitting_length(op.window()), d.channels], 0)]).by_example()
});
case!(MaxPool1d, |d| {
    // Finite differences cannot tell the derivative of a window wholly in the padding, whose maximum is -∞.
    let padding = match d.padding {
        Padding::Explicit(left, right) => Padding::Explicit(left.min(d.size - 1), right.min(d.size - 1)),
        other => other,
    };
    let op = MaxPool1d { size: d.size, stride: d.stride, padding };
    piecewise_linear(op, &[d.batch, d.fitting_length(op.window()), d.channels], d.seed).by_example()
});
case!(GlobalAvgPool1d, |d| multilinear(GlobalAvgPool1d, [d.normal(&d.signal(), 0)]).by_example());
case!(GlobalMaxPool1d, |d| piecewise_linear(GlobalMaxPool1d, &d.signal(), d.seed).by_example());
case!(Relu, |d| piecewise_linear(Relu, &d.signal(), d.seed).by_example());
case!(Relu6, |d| piecewise_linear(Relu6, &d.signal(), d.seed).by_example());
case!(LeakyRelu, |d| piecewise_linear(LeakyRelu { slope: d.fraction }, &d.signal(), d.seed).by_example());
case!(Tanh, |d| smooth(Tanh, d.normal(&d.signal(), 0)).by_example());
case!(Sigmoid, |d| smooth(Sigmoid, d.normal(&d.signal(), 0)).by_example());
case!(Softmax, |d| smooth(Softmax, d.normal(&d.signal(), 0)).by_example());
case!(LogSoftmax, |d| smooth(LogSoftmax, d.normal(&d.signal(), 0)).by_example());
case!(Dropout, |d| multilinear(Dropout { rate: d.fraction, key: d.key() }, [d.normal(&d.signal(), 0)]));
case!(Gather, |d| {
    // Some values are taken twice and some never.
    let index = (0..d.outputs).map(|j| (j * 7 + (d.seed >> 32) as usize) % d.channels).collect();
    multilinear(Gather { index }, [d.normal(&d.signal(), 0)]).by_example()
});
case!(Reshape, |d| {
    let shape = vec![d.channels, d.batch * d.length];
    multilinear(Reshape { shape }, [d.normal(&d.signal(), 0)])
});
case!(SoftmaxCrossEntropy, |d| {
    let classes = d.outputs;
    let [weighted, smoothed, summed] = d.switches;
    let op = SoftmaxCrossEntropy {
        labels: (0..d.length).map(|i| (i * 7 + (d.seed >> 32) as usize) % classes).collect(),
        class_weights: weighted.then(|| (0..classes).map(|c| 0.3 + c as f64).collect()),
        smoothing: if smoothed { d.fraction } else { 0.0 },
        reduction: if summed { Reduction::Sum } else { Reduction::Mean },
    };
    smooth(op, d.normal(&[d.length, classes], 0))
});
case!(L2, |d| smooth(L2 { lambda: d.fraction }, d.normal(&d.signal(), 0)));
case!(L1, |d| piecewise_linear(L1 { lambda: d.fraction }, &d.signal(), d.seed));
