//! What Dense and Conv1D have in common: a kernel and a bias, their initialisation, regularisation and activation.

use super::activation::Activation;
use super::init::Init;
use super::param::ParamSpec;
use super::penalty::Penalty;
use crate::Scalar;
use crate::autograd::Var;

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
        let kernel =
            ParamSpec { fans, ..ParamSpec::new("kernel", kernel) }.init(self.kernel_init).penalty(self.penalty);
        let bias = ParamSpec { fans, ..ParamSpec::new("bias", [outputs]) }.init(self.bias_init);
        if self.bias { vec![kernel, bias] } else { vec![kernel] }
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
