//! What is checked, and how closely.

use super::failure::Failure;
use crate::Tensor;

/// How smooth a function is, which decides the step and the tolerance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Smoothness {
    /// Linear in each input, and at most two of them multiplied (a product, a convolution): central differences have no
    /// truncation error at all, so the step is 1 and the sides must agree to 1e-12.
    Multilinear,
    /// Linear but for kinks (ReLU, max-pooling). On inputs that keep their distance from kinks and from each other (see
    /// [`grid`](super::grid)) a step of 0.4 crosses no kink: 1e-12 again.
    PiecewiseLinear,
    /// Differentiable everywhere. The step is the cube root of the machine's precision, where the error of truncation (h²)
    /// and that of rounding (1/h) balance, and the sides must agree to 1e-8. At much larger steps, where truncation
    /// rules, halving the step must quarter the error: the error of a wrong gradient stays.
    Smooth,
    /// Smooth pieces joined at kinks (a network with ReLU). No step is safe from all kinks; one of 1e-7 meets hardly any of
    /// them, a kink falsifies no more than what passes through it, and rounding costs 2e-9: the sides must agree to 1e-6.
    PiecewiseSmooth,
}

/// A gradient check of an operation, or of any function of variables.
///
/// ```
/// use tonegrad::autograd::Check;
/// use tonegrad::autograd::gradcheck::{grid, normal};
/// use tonegrad::ops::{Relu, Tanh};
/// Check::smooth().run(&Tanh, [normal([2, 3], 1)])?;
/// Check::piecewise_linear().run(&Relu, [grid([2, 3], 1)])?;
/// Check::smooth().function(|[x, y]| (&x * &y).tanh().sum(), [normal([4], 1), normal([4], 2)])?;
/// # Ok::<(), tonegrad::autograd::gradcheck::Failure>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Check {
    pub(super) smoothness: Smoothness,
    pub(super) tolerance: f64,
    pub(super) seed: u64,
}

/// A function at a point, and its claimed transpose, whichever way they were written.
pub(super) struct Claim<'a> {
    pub inputs: &'a [Tensor<f64>],
    pub forward: &'a dyn Fn(&[Tensor<f64>]) -> Tensor<f64>,
    /// Gradients of `<v, f(inputs)>` with respect to the inputs.
    pub transpose: &'a dyn Fn(Tensor<f64>) -> Vec<Tensor<f64>>,
}

impl Check {
    /// With the step and the tolerance that suit this smoothness.
    pub fn new(smoothness: Smoothness) -> Self {
        let tolerance = match smoothness {
            Smoothness::Multilinear | Smoothness::PiecewiseLinear => 1e-12,
            Smoothness::Smooth => 1e-8,
            Smoothness::PiecewiseSmooth => 1e-6,
        };
        Check { smoothness, tolerance, seed: 0 }
    }

    /// For functions that are linear in each input.
    pub fn multilinear() -> Self {
        Self::new(Smoothness::Multilinear)
    }

    /// For functions that are linear but for kinks; give it inputs from [`grid`](super::grid).
    pub fn piecewise_linear() -> Self {
        Self::new(Smoothness::PiecewiseLinear)
    }

    /// For functions without kinks.
    pub fn smooth() -> Self {
        Self::new(Smoothness::Smooth)
    }

    /// For all other functions.
    pub fn piecewise_smooth() -> Self {
        Self::new(Smoothness::PiecewiseSmooth)
    }

    /// Another tolerance, relative to the size of the terms that are summed.
    pub fn tolerance(self, tolerance: f64) -> Self {
        Check { tolerance, ..self }
    }

    /// Another seed for the directions.
    pub fn seed(self, seed: u64) -> Self {
        Check { seed, ..self }
    }

    /// A law that does not hold on these inputs; the caller fills in which.
    pub(super) fn failure(&self, inputs: &[Tensor<f64>]) -> Failure {
        let shapes = inputs.iter().map(|x| x.shape().to_vec()).collect();
        Failure { law: "", input: None, element: None, exact: 0.0, numeric: 0.0, shapes, seed: self.seed }
    }
}
