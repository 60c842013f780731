//! Losses: what training minimises, which targets it asks for, and which activation makes predictions of a network's outputs.

use super::activation::Activation;
use crate::autograd::Tape;
use crate::{Error, Result, Scalar};
use ndarray::Array2;
use std::fmt;

/// A loss, the function of outputs and targets that training minimises. A network gives raw outputs, and the loss takes them as
/// they are; what [`Model::predict`](super::Model::predict) answers, and what model files and ONNX say, follows from the loss:
///
/// | loss | targets | outputs | prediction |
/// |---|---|---|---|
/// | cross-entropy | classes, two or more | a logit for each class | their softmax |
/// | binary cross-entropy | two classes | one logit | its sigmoid: the probability of the second class |
/// | squared error, Huber | numbers | as many numbers | the outputs |
///
/// The formulas are in [`ops`](crate::ops): `SoftmaxCrossEntropy`, `BinaryCrossEntropy`, `Mse`, `Huber`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Loss {
    /// Softmax cross-entropy: the mean negative log-likelihood of the true classes.
    #[default]
    CrossEntropy,
    /// Binary cross-entropy: the same for two classes and a single logit, that of the second.
    BinaryCrossEntropy,
    /// Mean squared error.
    SquaredError,
    /// Huber loss: squared error for differences up to `delta`, absolute error beyond.
    Huber {
        /// δ, where the parabola ends; 1 in Keras.
        delta: f64,
    },
}

impl Loss {
    /// Whether its targets are classes, rather than numbers.
    pub fn wants_classes(self) -> bool {
        matches!(self, Loss::CrossEntropy | Loss::BinaryCrossEntropy)
    }

    /// The activation that makes predictions of outputs.
    pub fn activation(self) -> Activation {
        match self {
            Loss::CrossEntropy => Activation::Softmax,
            Loss::BinaryCrossEntropy => Activation::Sigmoid,
            Loss::SquaredError | Loss::Huber { .. } => Activation::Linear,
        }
    }

    /// Predictions (n, outputs) of outputs.
    pub(crate) fn predictions<F: Scalar>(self, outputs: Array2<F>) -> Array2<F> {
        self.activation().forward(Tape::new().constant(outputs.into())).value().to_array()
    }

    /// The probability of every class, (n, classes), of logits.
    pub(crate) fn probabilities<F: Scalar>(self, logits: Array2<F>) -> Result<Array2<F>> {
        match self {
            Loss::CrossEntropy => Ok(self.predictions(logits)),
            // The first class has the logit -x: 1 / (1 + e^x) is 1 - 1 / (1 + e^-x), without its cancellation.
            Loss::BinaryCrossEntropy => {
                let both = logits.column(0).iter().flat_map(|&x| [-x, x]).collect();
                Ok(self.predictions(Array2::from_shape_vec((logits.nrows(), 2), both).expect("two for each row")))
            }
            Loss::SquaredError | Loss::Huber { .. } => Err(Error::config("probabilities")
                .found(format!("a network trained on {self}"))
                .wanted("one that tells classes")
                .fix("ask for predictions")),
        }
    }

    /// How many classes a network of so many outputs tells apart, or how many numbers it predicts.
    pub fn answers(self, outputs: usize) -> usize {
        if self == Loss::BinaryCrossEntropy { outputs + 1 } else { outputs }
    }

    /// Whether its setting is in range.
    ///
    /// # Errors
    /// A δ that is not a positive number.
    pub fn check(self) -> Result<()> {
        match self {
            Loss::Huber { delta } => {
                Error::unless("Huber loss, delta", delta, f64::MIN_POSITIVE..f64::INFINITY, "a finite number above 0")
            }
            _ => Ok(()),
        }
    }
}

/// Its name in the field.
impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(match self {
            Loss::CrossEntropy => "cross-entropy",
            Loss::BinaryCrossEntropy => "binary cross-entropy",
            Loss::SquaredError => "squared error",
            Loss::Huber { .. } => "Huber loss",
        })
    }
}
