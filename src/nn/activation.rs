//! Activation functions: the non-linearity after a layer.

use crate::Scalar;
use crate::autograd::Var;

/// An activation function, applied to a layer's output element by element or (softmax) along the last axis.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Activation {
    /// Linear: x.
    #[default]
    Linear,
    /// ReLU: max(x, 0).
    Relu,
    /// ReLU6: min(max(x, 0), 6).
    Relu6,
    /// Leaky ReLU: x, or this slope times x below 0.
    LeakyRelu(f64),
    /// Hyperbolic tangent: tanh x.
    Tanh,
    /// Sigmoid: 1 / (1 + e^-x).
    Sigmoid,
    /// Softmax: probabilities along the last axis.
    Softmax,
    /// Log-softmax: their logarithms.
    LogSoftmax,
}

impl Activation {
    /// Applies the activation function.
    pub fn forward<'t, F: Scalar>(self, x: Var<'t, F>) -> Var<'t, F> {
        match self {
            Activation::Linear => x,
            Activation::Relu => x.relu(),
            Activation::Relu6 => x.relu6(),
            Activation::LeakyRelu(slope) => x.leaky_relu(slope),
            Activation::Tanh => x.tanh(),
            Activation::Sigmoid => x.sigmoid(),
            Activation::Softmax => x.softmax(),
            Activation::LogSoftmax => x.log_softmax(),
        }
    }

    /// Whether it makes (log-)probabilities of logits, which the loss does by itself.
    pub(crate) fn normalises(self) -> bool {
        matches!(self, Activation::Softmax | Activation::LogSoftmax)
    }
}
