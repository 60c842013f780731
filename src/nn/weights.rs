//! What Dense and Conv1D have in common: a kernel and a bias, their initialisation, regularisation and activation.

use super::activation::Activation;
use super::init::Init;
use crate::autograd::Var;
use crate::{Error, Result, Scalar};

/// L1 and L2 regularisation, which a parameter adds to the loss: `l1` Σ|w| + `l2` Σw².
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Penalty {
    /// Multiplies Σ|w|.
    pub l1: f64,
    /// Multiplies Σw².
    pub l2: f64,
}

impl Penalty {
    /// A penalty below 0 would reward large weights without limit.
    pub(super) fn check(self) -> Result<()> {
        match [("L1", self.l1), ("L2", self.l2)].into_iter().find(|(_, p)| !(0.0..f64::INFINITY).contains(p)) {
            None => Ok(()),
            Some((name, value)) => {
                let found = format!("an {name} penalty of {value}");
                Err(Error::config("").found(found).wanted("a finite one, at least 0"))
            }
        }
    }

    /// The penalty of `w` as a term of a loss; `None` where there is none.
    pub fn of<'t, F: Scalar>(self, w: &Var<'t, F>) -> Option<Var<'t, F>> {
        let l1 = (self.l1 != 0.0).then(|| w.clone().l1(self.l1));
        let l2 = (self.l2 != 0.0).then(|| w.clone().l2(self.l2));
        match (l1, l2) {
            (Some(l1), Some(l2)) => Some(&l1 + &l2),
            (one, other) => one.or(other),
        }
    }
}

/// A parameter that a layer asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamSpec {
    /// `kernel` or `bias`.
    pub name: &'static str,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Inputs that an output sums, and outputs that an input feeds.
    pub fans: (usize, usize),
    /// How it is initialised.
    pub init: Init,
    /// Its regularisation.
    pub penalty: Penalty,
}

/// The choices about kernel, bias and activation of a layer.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Weights {
    /// The activation function after the weighted sums.
    pub activation: Activation,
    /// Whether there is a bias.
    pub bias: bool,
    /// How the kernel is initialised.
    pub kernel_init: Init,
    /// How the bias is initialised.
    pub bias_init: Init,
    /// The kernel's regularisation.
    pub penalty: Penalty,
}

impl Default for Weights {
    fn default() -> Self {
        Weights {
            activation: Activation::Linear,
            bias: true,
            kernel_init: Init::GlorotUniform,
            bias_init: Init::Zeros,
            penalty: Penalty::default(),
        }
    }
}

impl Weights {
    /// Kernel and bias; the last axis of the kernel counts the outputs.
    pub(super) fn specs(&self, kernel: Vec<usize>, fans: (usize, usize)) -> Vec<ParamSpec> {
        let outputs = kernel[kernel.len() - 1];
        let spec = |name, shape, init, penalty| ParamSpec { name, shape, fans, init, penalty };
        let mut specs = vec![spec("kernel", kernel, self.kernel_init, self.penalty)];
        if self.bias {
            specs.push(spec("bias", vec![outputs], self.bias_init, Penalty::default()));
        }
        specs
    }

    /// The bias among a layer's parameters, or zeros.
    pub(super) fn bias_or_zeros<'t, F: Scalar>(&self, params: &[Var<'t, F>]) -> Var<'t, F> {
        let kernel = &params[0];
        match params.get(1) {
            Some(bias) => bias.clone(),
            None => kernel.tape().constant(crate::Tensor::zeros([kernel.shape()[kernel.shape().len() - 1]])),
        }
    }
}

/// The builder methods of a layer with a field `weights`.
macro_rules! weight_choices {
    ($layer:ty) => {
        impl $layer {
            /// Applies this activation function after the weighted sums.
            pub fn activation(mut self, activation: $crate::nn::Activation) -> Self {
                self.weights.activation = activation;
                self
            }

            /// Applies ReLU, max(x, 0), after the weighted sums.
            pub fn relu(self) -> Self {
                self.activation($crate::nn::Activation::Relu)
            }

            /// Initialises the kernel so; Glorot uniform otherwise.
            pub fn init(mut self, init: $crate::nn::Init) -> Self {
                self.weights.kernel_init = init;
                self
            }

            /// Initialises the bias so; zeros otherwise.
            pub fn bias_init(mut self, init: $crate::nn::Init) -> Self {
                self.weights.bias_init = init;
                self
            }

            /// Leaves the bias out.
            pub fn no_bias(mut self) -> Self {
                self.weights.bias = false;
                self
            }

            /// L2 regularisation (weight decay): adds `lambda` Σw² of the kernel to the loss.
            pub fn l2(mut self, lambda: f64) -> Self {
                self.weights.penalty.l2 = lambda;
                self
            }

            /// L1 regularisation: adds `lambda` Σ|w| of the kernel to the loss.
            pub fn l1(mut self, lambda: f64) -> Self {
                self.weights.penalty.l1 = lambda;
                self
            }
        }
    };
}
pub(super) use weight_choices;
