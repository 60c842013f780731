//! The layer normalisation layer.

use super::init::Init;
use super::layer::{Layer, Mode, Output, Scope, compiled_here};
use super::onnx::{Attribute, Graph};
use super::param::{Param, ParamSpec};
use crate::autograd::Var;
use crate::{Error, Result, Scalar, ops};

/// Layer normalisation: brings the channels of each position to mean 0 and variance 1, then to means and deviations that
/// are learned. The same in training and in inference. Any shape; channels are the last axis.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LayerNorm {
    epsilon: f64,
}

impl Default for LayerNorm {
    fn default() -> Self {
        LayerNorm { epsilon: 1e-3 }
    }
}

impl LayerNorm {
    /// Keras's default: ε 1e-3.
    pub fn new() -> Self {
        Self::default()
    }

    /// ε, which is added to the variance.
    pub fn epsilon(self, epsilon: f64) -> Self {
        LayerNorm { epsilon }
    }
}

impl Layer for LayerNorm {
    compiled_here!();

    fn kind(&self) -> (&'static str, &'static str) {
        ("layer_normalization", "LayerNormalization")
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
        Error::unless("epsilon", self.epsilon, f64::MIN_POSITIVE..f64::INFINITY, "a positive number")?;
        Ok(input.to_vec())
    }

    fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        let channels = || input[input.len() - 1..].to_vec();
        vec![ParamSpec::new("gamma", channels()).init(Init::Constant(1.0)), ParamSpec::new("beta", channels())]
    }

    fn scope(&self) -> Scope {
        Scope::Either
    }

    fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, params: &[Var<'t, F>], _: Mode) -> Output<'t, F> {
        let op = ops::LayerNorm { epsilon: self.epsilon };
        x.layer_norm(op, params[0].clone(), params[1].clone()).into()
    }

    /// Along the last axis, where the channels are for the while.
    fn onnx(&self, graph: &mut Graph, params: &[Param<f32>], input: &[usize]) -> Result<()> {
        let more: Vec<_> = params.iter().map(|p| graph.tensor(p.name.as_str(), &p.value)).collect();
        graph.channels_last(input.len());
        let attributes = vec![("axis", Attribute::Int(-1)), ("epsilon", Attribute::Float(self.epsilon as f32))];
        graph.then("LayerNormalization", &more, attributes);
        graph.channels_first(input.len());
        Ok(())
    }
}
