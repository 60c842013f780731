//! Every operation's gradient, against finite differences, on random shapes.
//!
//! proptest draws shapes and a seed, never the numbers: when a law fails it shrinks to the smallest shape that still fails.

use proptest::prelude::*;
use tonegrad::Tensor;
use tonegrad::autograd::gradcheck::{grid, normal};
use tonegrad::autograd::{Check, Op};
use tonegrad::ops::*;
use tonegrad::random::{Key, Seed};

/// What the suite must know about an operation to check it. The list of operations asks for it, so none can be forgotten.
trait Law {
    fn check(draw: &Draw) -> Result<(), TestCaseError>;
}

/// Everything that a law may want drawn.
#[derive(Clone, Debug)]
struct Draw {
    batch: usize,
    length: usize,
    channels: usize,
    outputs: usize,
    size: usize,
    stride: usize,
    dilation: usize,
    padding: Padding,
    fraction: f64,
    seed: u64,
}

fn draw() -> impl Strategy<Value = Draw> {
    let padding = prop_oneof![
        Just(Padding::Valid),
        Just(Padding::Same),
        Just(Padding::Causal),
        (0..4usize, 0..4usize).prop_map(|(left, right)| Padding::Explicit(left, right)),
    ];
    let sizes = (1..=4usize, 1..=17usize, 1..=5usize, 1..=5usize, 1..=6usize, 1..=3usize, 1..=3usize);
    (sizes, padding, 0.0..0.9f64, any::<u64>()).prop_map(
        |((batch, length, channels, outputs, size, stride, dilation), padding, fraction, seed)| Draw {
            batch,
            length,
            channels,
            outputs,
            size,
            stride,
            dilation,
            padding,
            fraction,
            seed: seed >> 8,
        },
    )
}

impl Draw {
    fn window(&self) -> Window {
        Window { size: self.size, stride: self.stride, dilation: self.dilation, padding: self.padding }
    }

    /// A length at which at least one window fits.
    fn fitting_length(&self, window: Window) -> usize {
        (self.length..).find(|&l| window.outputs(l).is_some()).expect("a long signal fits any window")
    }

    fn normal(&self, shape: &[usize], which: u64) -> Tensor<f64> {
        normal(shape, self.seed.wrapping_add(which))
    }

    fn key(&self) -> Key {
        Seed(self.seed).key("dropout")
    }

    fn signal(&self) -> [usize; 3] {
        [self.batch, self.length, self.channels]
    }

    fn multilinear<const N: usize>(&self, op: impl Op<f64, N>, inputs: [Tensor<f64>; N]) -> Result<(), TestCaseError> {
        Check::multilinear().seed(self.seed).run(&op, inputs).map_err(|f| TestCaseError::fail(f.to_string()))
    }

    fn piecewise_linear(&self, op: impl Op<f64, 1>, shape: &[usize]) -> Result<(), TestCaseError> {
        let x = grid(shape, self.seed);
        Check::piecewise_linear().seed(self.seed).run(&op, [x]).map_err(|f| TestCaseError::fail(f.to_string()))
    }

    fn smooth(&self, op: impl Op<f64, 1>, shape: &[usize]) -> Result<(), TestCaseError> {
        let x = self.normal(shape, 0);
        Check::smooth().seed(self.seed).run(&op, [x]).map_err(|f| TestCaseError::fail(f.to_string()))
    }
}

macro_rules! law {
    ($op:ident, |$d:ident| $check:expr) => {
        impl Law for $op {
            fn check($d: &Draw) -> Result<(), TestCaseError> {
                $check
            }
        }
    };
}

law!(Add, |d| d.multilinear(Add, [d.normal(&d.signal(), 0), d.normal(&d.signal(), 1)]));
law!(Mul, |d| d.multilinear(Mul, [d.normal(&d.signal(), 0), d.normal(&d.signal(), 1)]));
law!(Sum, |d| d.multilinear(Sum, [d.normal(&d.signal(), 0)]));
law!(Mean, |d| d.multilinear(Mean, [d.normal(&d.signal(), 0)]));
law!(Dense, |d| {
    let shapes = ([d.batch, d.length], [d.length, d.outputs], [d.outputs]);
    d.multilinear(Dense, [d.normal(&shapes.0, 0), d.normal(&shapes.1, 1), d.normal(&shapes.2, 2)])
});
law!(Conv1d, |d| {
    let op = Conv1d { stride: d.stride, dilation: d.dilation, padding: d.padding };
    let x = d.normal(&[d.batch, d.fitting_length(d.window()), d.channels], 0);
    let w = d.normal(&[d.size, d.channels, d.outputs], 1);
    d.multilinear(op, [x, w, d.normal(&[d.outputs], 2)])
});
law!(AvgPool1d, |d| {
    let op = AvgPool1d { size: d.size, stride: d.stride, padding: d.padding };
    d.multilinear(op, [d.normal(&[d.batch, d.fitting_length(op.window()), d.channels], 0)])
});
law!(MaxPool1d, |d| {
    // A window wholly in the padding has no maximum; the layers refuse such paddings.
    let padding = if matches!(d.padding, Padding::Explicit(..)) { Padding::Same } else { d.padding };
    let op = MaxPool1d { size: d.size, stride: d.stride, padding };
    d.piecewise_linear(op, &[d.batch, d.fitting_length(op.window()), d.channels])
});
law!(GlobalAvgPool1d, |d| d.multilinear(GlobalAvgPool1d, [d.normal(&d.signal(), 0)]));
law!(GlobalMaxPool1d, |d| d.piecewise_linear(GlobalMaxPool1d, &d.signal()));
law!(Relu, |d| d.piecewise_linear(Relu, &d.signal()));
law!(Relu6, |d| d.piecewise_linear(Relu6, &d.signal()));
law!(LeakyRelu, |d| d.piecewise_linear(LeakyRelu { slope: d.fraction }, &d.signal()));
law!(Tanh, |d| d.smooth(Tanh, &d.signal()));
law!(Sigmoid, |d| d.smooth(Sigmoid, &d.signal()));
law!(Softmax, |d| d.smooth(Softmax, &d.signal()));
law!(LogSoftmax, |d| d.smooth(LogSoftmax, &d.signal()));
law!(Dropout, |d| d.multilinear(Dropout { rate: d.fraction, key: d.key() }, [d.normal(&d.signal(), 0)]));
law!(Reshape, |d| {
    let shape = vec![d.channels, d.batch * d.length];
    d.multilinear(Reshape { shape }, [d.normal(&d.signal(), 0)])
});
law!(SoftmaxCrossEntropy, |d| {
    let classes = d.outputs;
    let op = SoftmaxCrossEntropy {
        labels: (0..d.length).map(|i| (i * 7 + d.seed as usize) % classes).collect(),
        class_weights: (d.stride > 1).then(|| (0..classes).map(|c| 0.3 + c as f64).collect()),
        smoothing: if d.dilation > 1 { d.fraction } else { 0.0 },
        reduction: if d.batch > 2 { Reduction::Sum } else { Reduction::Mean },
    };
    d.smooth(op, &[d.length, classes])
});
law!(L2, |d| d.smooth(L2 { lambda: d.fraction }, &d.signal()));
law!(L1, |d| d.piecewise_linear(L1 { lambda: d.fraction }, &d.signal()));

/// One test for each operation on the list.
macro_rules! suite {
    ($($op:ident),* $(,)?) => {
        #[allow(non_snake_case)]
        mod gradient_of {
            $(
                #[test]
                fn $op() {
                    use super::*;
                    proptest!(|(d in draw())| <super::$op as Law>::check(&d)?);
                }
            )*
        }
    };
}

tonegrad::for_each_op!(suite);
