//! The one list of layers.

use super::activation::Activation;
use super::conv1d::Conv1d;
use super::dense::Dense;
use super::gather::Gather;
use super::layer::{Describe, Mode};
use super::pooling::{AvgPool1d, GlobalAvgPool1d, GlobalMaxPool1d, MaxPool1d};
use super::simple::{Dropout, Flatten};
use super::weights::ParamSpec;
use crate::autograd::Var;
use crate::{Result, Scalar};

macro_rules! layers {
    ($($(#[$doc:meta])* $layer:ident),* $(,)?) => {
        /// Any layer.
        #[derive(Clone, Debug, PartialEq)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[cfg_attr(feature = "serde", serde(tag = "layer", content = "config", rename_all = "snake_case"))]
        pub enum Layer {
            $($(#[$doc])* $layer($layer)),*
        }

        $(impl From<$layer> for Layer {
            fn from(layer: $layer) -> Layer {
                Layer::$layer(layer)
            }
        })*

        impl Describe for Layer {
            fn kind(&self) -> (&'static str, &'static str) {
                match self { $(Layer::$layer(layer) => layer.kind()),* }
            }

            fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
                match self { $(Layer::$layer(layer) => layer.output(input)),* }
            }

            fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
                match self { $(Layer::$layer(layer) => layer.params(input)),* }
            }

            fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, params: &[Var<'t, F>], mode: Mode) -> Var<'t, F> {
                match self { $(Layer::$layer(layer) => Describe::forward(layer, x, params, mode)),* }
            }

            fn wants_whole_batch(&self) -> bool {
                match self { $(Layer::$layer(layer) => layer.wants_whole_batch()),* }
            }

            fn is_spatial(&self) -> bool {
                match self { $(Layer::$layer(layer) => layer.is_spatial()),* }
            }
        }
    };
}

layers! {
    /// Fully connected: weighted sums of everything.
    Dense,
    /// Convolution: weighted sums of a sliding window.
    Conv1d,
    /// Max-pooling: largest values of windows.
    MaxPool1d,
    /// Average pooling: means of windows.
    AvgPool1d,
    /// Global max-pooling: the largest value of each channel.
    GlobalMaxPool1d,
    /// Global average pooling: the mean of each channel.
    GlobalAvgPool1d,
    /// Dropout: elements set to zero at random while training.
    Dropout,
    /// A vector as a signal.
    Gather,
    /// A signal as a vector.
    Flatten,
    /// An activation function by itself.
    Activation,
}

impl Layer {
    /// The activation function that the layer ends with.
    pub(crate) fn activation(&self) -> Activation {
        match self {
            Layer::Dense(layer) => layer.weights.activation,
            Layer::Conv1d(layer) => layer.weights.activation,
            Layer::Activation(activation) => *activation,
            _ => Activation::Linear,
        }
    }
}
