//! Gradient checking: the derivatives of an operation, the caller's own included, compared with finite differences.
//!
//! A backward rule claims to apply the transpose of the Jacobian `J`. The claim holds if and only if
//!
//! ```text
//! <v, J u> = <Jᵀ v, u>        for all directions u of the input and v of the output
//! ```
//!
//! The Jacobian-vector product on the left is measured by central differences, `J u ≈ (f(x + h u) - f(x - h u)) / 2h`;
//! the vector-Jacobian product on the right is what the rule computes. One random pair (u, v) touches every element of
//! the Jacobian at once, and a wrong rule passes it with probability zero. How closely the sides must agree
//! depends on how smooth the function is, so that is the one thing that the caller says: see [`Smoothness`].
//!
//! | file | idea |
//! |---|---|
//! | [`points`] | where to look: random inputs, at a distance from kinks where need be |
//! | `duality` | the law above, for each input, element by element where affordable, and the slope of its error |
//! | `contract` | what else [`Op::backward`] promises: that it adds to its slots, and the like |
//! | [`failure`] | which element of the Jacobian is wrong, by how much, and how to see it again |

mod contract;
mod duality;
pub mod failure;
pub mod points;

pub use failure::Failure;
pub use points::{grid, normal};

use super::op::{Op, Slot};
use super::tape::{Tape, Var};
use crate::Tensor;

/// How smooth a function is, which decides the step and the tolerance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Smoothness {
    /// Linear in each input, and at most two of them multiplied (a product, a convolution): central differences have no
    /// truncation error at all, so the step is 1 and the sides must agree to 1e-12.
    Multilinear,
    /// Linear but for kinks (ReLU, max-pooling). On inputs that keep their distance from kinks and from each other (see
    /// [`grid`]) a step of 0.4 crosses no kink: 1e-12 again.
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
    smoothness: Smoothness,
    tolerance: f64,
    seed: u64,
}

/// Checks the gradients of a smooth operation on these inputs: [`Check`] in one line.
///
/// ```
/// use tonegrad::autograd::gradcheck::{gradcheck, normal};
/// gradcheck(&tonegrad::ops::Softmax, [normal([2, 5], 0)]).unwrap();
/// ```
/// # Errors
/// When the backward rule is not the transposed derivative of the forward rule, or breaks the contract of [`Op`].
pub fn gradcheck<const N: usize>(op: &impl Op<f64, N>, inputs: [Tensor<f64>; N]) -> Result<(), Failure> {
    Check::smooth().run(op, inputs)
}

/// A function at a point, and its claimed transpose, whichever way they were written.
struct Claim<'a> {
    inputs: &'a [Tensor<f64>],
    forward: &'a dyn Fn(&[Tensor<f64>]) -> Tensor<f64>,
    /// Gradients of `<v, f(inputs)>` with respect to the inputs.
    transpose: &'a dyn Fn(Tensor<f64>) -> Vec<Tensor<f64>>,
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

    /// For functions that are linear but for kinks; give it inputs from [`grid`].
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

    /// Checks the gradients of an operation (the duality above), and the contract of [`Op::backward`]: it adds, leaves
    /// unwanted slots alone, sends zero to zero, and gives the same bits twice.
    ///
    /// # Errors
    /// The first law that does not hold.
    pub fn run<const N: usize>(&self, op: &impl Op<f64, N>, inputs: [Tensor<f64>; N]) -> Result<(), Failure> {
        let array = |x: &[Tensor<f64>]| -> [Tensor<f64>; N] { std::array::from_fn(|i| x[i].clone()) };
        let transpose = |dy| {
            let slots = std::array::from_fn(|i| Slot::wanted(inputs[i].shape(), None));
            let gradients = contract::backward(op, &inputs, dy, slots);
            let zeros = |x: &Tensor<f64>| Tensor::zeros(x.shape());
            gradients.into_iter().zip(&inputs).map(|(g, x)| g.unwrap_or_else(|| zeros(x))).collect()
        };
        let claim = Claim { inputs: &inputs, forward: &|x| op.forward(array(x)).0, transpose: &transpose };
        self.duality(&claim)?;
        self.contract(op, &inputs, &claim)
    }

    /// Checks the gradients of any function of variables.
    ///
    /// # Errors
    /// When the gradients that the tape returns are not those of the function.
    pub fn function<const N: usize>(
        &self,
        f: impl for<'t> Fn([Var<'t, f64>; N]) -> Var<'t, f64>,
        inputs: [Tensor<f64>; N],
    ) -> Result<(), Failure> {
        self.function_of(|x| f(std::array::from_fn(|i| x[i].clone())), &inputs)
    }

    /// [`Check::function`] of any number of variables: of all parameters of a network, for instance.
    ///
    /// # Errors
    /// When the gradients that the tape returns are not those of the function.
    pub fn function_of(
        &self,
        f: impl for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64>,
        inputs: &[Tensor<f64>],
    ) -> Result<(), Failure> {
        let forward = |x: &[Tensor<f64>]| {
            let tape = Tape::new();
            let constants: Vec<_> = x.iter().map(|x| tape.constant(x.clone())).collect();
            f(&constants).into_value()
        };
        let transpose = |dy| {
            let tape = Tape::new();
            let leaves: Vec<_> = inputs.iter().map(|x| tape.leaf(x.clone())).collect();
            let gradients = tape.backward(&f(&leaves), dy);
            leaves.iter().map(|leaf| gradients.of(leaf)).collect()
        };
        self.duality(&Claim { inputs, forward: &forward, transpose: &transpose })
    }

    fn failure(&self, inputs: &[Tensor<f64>]) -> Failure {
        let shapes = inputs.iter().map(|x| x.shape().to_vec()).collect();
        Failure { law: "", input: None, element: None, exact: 0.0, numeric: 0.0, shapes, seed: self.seed }
    }
}
