//! The batch normalisation layer.

use super::init::Init;
use super::layer::{Layer, Mode, Output, compiled_here};
use super::onnx::{Attribute, Graph};
use super::param::{Param, ParamSpec};
use crate::autograd::Var;
use crate::{Error, Result, Scalar, Tensor, ops};

/// Batch normalisation: brings each channel to mean 0 and variance 1, then to a mean and a deviation that are learned. Vectors,
/// signals and pictures; channels are the last axis.
///
/// In training it goes by the statistics of the mini-batch, and moves its own, `moving_mean` and `moving_variance`, a
/// little towards them; in inference it goes by its own. Those are state: no weights, so no gradient moves them. Names and
/// numbers are Keras's.
///
/// ```
/// use tonegrad::Seed;
/// use tonegrad::nn::{Activation, BatchNorm, Dense, Sequential};
/// let hidden = Sequential::new([5]).then(Dense::new(8).no_bias()).then(BatchNorm::new()).then(Activation::Relu);
/// let model = hidden.then(Dense::new(2)).build::<f32>(Seed(0))?;
/// assert_eq!(model.params()[4].name, "batch_normalization.moving_variance");
/// # Ok::<(), tonegrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BatchNorm {
    momentum: f64,
    epsilon: f64,
}

impl Default for BatchNorm {
    fn default() -> Self {
        BatchNorm { momentum: 0.99, epsilon: 1e-3 }
    }
}

impl BatchNorm {
    /// Keras's defaults: momentum 0.99, ε 1e-3.
    pub fn new() -> Self {
        Self::default()
    }

    /// The share of the moving statistics that each step keeps.
    pub fn momentum(self, momentum: f64) -> Self {
        BatchNorm { momentum, ..self }
    }

    /// ε, which is added to the variance.
    pub fn epsilon(self, epsilon: f64) -> Self {
        BatchNorm { epsilon, ..self }
    }

    /// `old` moved towards `new`.
    fn moved<F: Scalar>(&self, old: &Tensor<F>, new: &Tensor<F>) -> Tensor<F> {
        let (keep, take) = (F::of(self.momentum), F::of(1.0 - self.momentum));
        let moved = old.as_slice().iter().zip(new.as_slice()).map(|(&old, &new)| keep * old + take * new);
        Tensor::new(old.shape(), moved.collect())
    }
}

impl Layer for BatchNorm {
    compiled_here!();

    fn kind(&self) -> (&'static str, &'static str) {
        ("batch_normalization", "BatchNormalization")
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
        Error::unless("momentum", self.momentum, 0.0..=1.0, "0 to 1")?;
        Error::unless("epsilon", self.epsilon, f64::MIN_POSITIVE..f64::INFINITY, "a positive number")?;
        match input {
            [_] | [_, _] | [_, _, _] => Ok(input.to_vec()),
            _ => Err(Error::shape("")
                .found(format!("input {input:?}"))
                .wanted("a vector, a signal or a picture, channels last")),
        }
    }

    fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        let channels = || input[input.len() - 1..].to_vec();
        let one = Init::Constant(1.0);
        vec![
            ParamSpec::new("gamma", channels()).init(one),
            ParamSpec::new("beta", channels()),
            ParamSpec::new("moving_mean", channels()).state(),
            ParamSpec::new("moving_variance", channels()).init(one).state(),
        ]
    }

    fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, params: &[Var<'t, F>], mode: Mode) -> Output<'t, F> {
        let [gamma, beta, mean, variance] = params else { panic!("batch normalisation has four parameters") };
        match mode {
            Mode::Train(_) => {
                let op = ops::BatchNorm { epsilon: self.epsilon };
                let (value, batch) = x.batch_norm(op, gamma.clone(), beta.clone());
                let state = vec![self.moved(mean.value(), &batch.mean), self.moved(variance.value(), &batch.variance)];
                Output { value, state }
            }
            Mode::Eval => {
                let scale = gamma / (variance + F::of(self.epsilon)).sqrt();
                let shift = beta - mean * &scale;
                x.channel_affine(scale, shift).into()
            }
        }
    }

    fn onnx(&self, graph: &mut Graph, params: &[Param<f32>], _: &[usize]) -> Result<()> {
        let more: Vec<_> = params.iter().map(|p| graph.tensor(p.name.as_str(), &p.value)).collect();
        graph.then("BatchNormalization", &more, vec![("epsilon", Attribute::Float(self.epsilon as f32))]);
        Ok(())
    }
}
