//! The non-linearity after a layer.

use crate::Scalar;
use crate::autograd::Var;

/// What is applied to a layer's output, value by value or (softmax) along the last axis.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Activation {
    /// Nothing.
    #[default]
    Linear,
    /// max(x, 0).
    Relu,
    /// min(max(x, 0), 6).
    Relu6,
    /// x, or this slope times x below 0.
    LeakyRelu(f64),
    /// tanh x.
    Tanh,
    /// 1 / (1 + e^-x).
    Sigmoid,
    /// Probabilities of the last axis.
    Softmax,
    /// Their logarithms.
    LogSoftmax,
}

impl Activation {
    /// Applies it.
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

    /// Whether it turns scores into (log-)probabilities, which the loss does by itself.
    pub(crate) fn normalises(self) -> bool {
        matches!(self, Activation::Softmax | Activation::LogSoftmax)
    }
}
