//! Random shapes and options for the laws, and how results are compared. The integration tests use the same file.

use proptest::prelude::*;
use tonegrad::autograd::gradcheck::{Failure, grid, normal};
use tonegrad::ops::{Padding, Window};
use tonegrad::random::{Key, Seed};
use tonegrad::{Scalar, Tensor};

/// Everything that a law may want drawn: shapes and a seed, never the values. A law that fails shrinks to the smallest
/// shape that still fails.
#[derive(Clone, Debug)]
pub struct Draw {
    pub batch: usize,
    pub length: usize,
    pub channels: usize,
    pub outputs: usize,
    pub size: usize,
    pub stride: usize,
    pub dilation: usize,
    pub padding: Padding,
    /// The window along the columns of a picture.
    pub across: Window,
    pub fraction: f64,
    pub switches: [bool; 3],
    pub seed: u64,
}

pub fn draw() -> impl Strategy<Value = Draw> {
    let sizes = (1..=4usize, 1..=17usize, 1..=5usize, 1..=5usize, 1..=6usize, 1..=3usize, 1..=3usize);
    (sizes, padding(), window(), 0.0..0.9f64, any::<[bool; 3]>(), any::<u64>()).prop_map(
        |((batch, length, channels, outputs, size, stride, dilation), padding, across, fraction, switches, seed)| {
            Draw { batch, length, channels, outputs, size, stride, dilation, padding, across, fraction, switches, seed }
        },
    )
}

pub fn padding() -> impl Strategy<Value = Padding> {
    prop_oneof![
        Just(Padding::Valid),
        Just(Padding::Same),
        Just(Padding::Causal),
        (0..4usize, 0..4usize).prop_map(|(left, right)| Padding::Explicit(left, right)),
    ]
}

fn window() -> impl Strategy<Value = Window> {
    (1..=3usize, 1..=3usize, 1..=2usize, padding()).prop_map(|(size, stride, dilation, padding)| Window {
        size,
        stride,
        dilation,
        padding,
    })
}

impl Draw {
    pub fn window(&self) -> Window {
        Window { size: self.size, stride: self.stride, dilation: self.dilation, padding: self.padding }
    }

    /// Windows along the rows and the columns of a picture.
    pub fn windows(&self) -> [Window; 2] {
        [Window { size: self.size.min(4), ..self.window() }, self.across]
    }

    /// The length of a picture's side at which at least one window fits; a picture is not large.
    pub fn fitting(&self, window: Window) -> usize {
        (self.length.min(4)..).find(|&l| window.outputs(l).is_some()).expect("a long side fits any window")
    }

    /// A length at which at least one window fits.
    pub fn fitting_length(&self, window: Window) -> usize {
        (self.length..).find(|&l| window.outputs(l).is_some()).expect("a long signal fits any window")
    }

    pub fn normal(&self, shape: &[usize], which: u64) -> Tensor<f64> {
        normal(shape, self.seed.wrapping_add(which))
    }

    /// Values between 0.5 and 2.5: at a distance from 0, where roots, logarithms and quotients are steep.
    pub fn positive(&self, shape: &[usize], which: u64) -> Tensor<f64> {
        let normal = self.normal(shape, which);
        Tensor::new(shape, normal.as_slice().iter().map(|x| 1.5 + x.tanh()).collect())
    }

    /// The same, of both signs.
    pub fn nonzero(&self, shape: &[usize], which: u64) -> Tensor<f64> {
        let (size, sign) = (self.positive(shape, which), self.normal(shape, which + 100));
        let signed = size.as_slice().iter().zip(sign.as_slice()).map(|(x, sign)| x.copysign(*sign));
        Tensor::new(shape, signed.collect())
    }

    /// Two tensors of a [`grid`]: no element of one is nearer than 1 to an element of the other.
    pub fn distinct(&self, shape: &[usize]) -> [Tensor<f64>; 2] {
        let both = grid([&[2], shape].concat(), self.seed);
        [0, 1].map(|i| both.rows(i, i + 1).reshape(shape))
    }

    pub fn key(&self) -> Key {
        Seed(self.seed).key("dropout")
    }

    pub fn signal(&self) -> [usize; 3] {
        [self.batch, self.length, self.channels]
    }
}

/// A failure as proptest wants to hear of it.
pub fn told(result: Result<(), Failure>) -> Result<(), TestCaseError> {
    result.map_err(|failure| TestCaseError::fail(failure.to_string()))
}

/// The same values in another precision.
pub fn cast<F: Scalar, G: Scalar>(x: &Tensor<F>) -> Tensor<G> {
    Tensor::new(x.shape(), x.as_slice().iter().map(|x| G::of(x.as_f64())).collect())
}

/// Whether two tensors agree to `tolerance`, relative to the largest value of the second; or to a hundredth, where all
/// are smaller: they may be differences of numbers near 1.
pub fn close<F: Scalar, G: Scalar>(a: &Tensor<F>, b: &Tensor<G>, tolerance: f64) -> Result<(), TestCaseError> {
    prop_assert_eq!(a.shape(), b.shape());
    let size = b.as_slice().iter().fold(0.01, |m: f64, b| m.max(b.as_f64().abs()));
    for (i, (a, b)) in a.as_slice().iter().zip(b.as_slice()).enumerate() {
        let (a, b) = (a.as_f64(), b.as_f64());
        prop_assert!(
            (a - b).abs() <= tolerance * size,
            "element {} is {}, wanted {} to {:e} of {}",
            i,
            a,
            b,
            tolerance,
            size
        );
    }
    Ok(())
}
