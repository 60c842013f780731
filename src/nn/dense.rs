//! The fully connected layer.

use super::activation::Activation;
use super::layer::{Layer, Mode, Output, compiled_here};
use super::onnx::Graph;
use super::param::{Param, ParamSpec};
use super::weights::{Weights, weight_choices};
use crate::autograd::Var;
use crate::{Error, Result, Scalar};

/// A fully connected layer: every output is a weighted sum of all inputs, (i) to (units).
///
/// ```
/// use tonegrad::nn::Dense;
/// let hidden = Dense::new(128).relu().l2(1e-4);
/// # let _ = hidden;
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Dense {
    pub(super) units: usize,
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub(super) weights: Weights,
}

impl Dense {
    /// A layer of so many outputs, linear unless an activation is chosen.
    pub fn new(units: usize) -> Self {
        Dense { units, weights: Weights::default() }
    }
}

weight_choices!(Dense);

impl Layer for Dense {
    compiled_here!();

    fn kind(&self) -> (&'static str, &'static str) {
        ("dense", "Dense")
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
        match input {
            _ if self.units == 0 => Err(Error::shape("").found("0 units").wanted("at least one")),
            [_] => Ok(vec![self.units]),
            _ => {
                Err(Error::shape("").found(format!("input {input:?}")).wanted("a vector").fix("add Flatten before it"))
            }
        }
    }

    fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        self.weights.specs(vec![input[0], self.units], (input[0], self.units))
    }

    fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, params: &[Var<'t, F>], _: Mode) -> Output<'t, F> {
        let bias = self.weights.bias_or_zeros(params);
        self.weights.activation.forward(x.dense(params[0].clone(), bias)).into()
    }

    fn ends_in(&self) -> Option<Activation> {
        Some(self.weights.activation)
    }

    fn onnx(&self, graph: &mut Graph, params: &[Param<f32>], _: &[usize]) -> Result<()> {
        let more: Vec<_> = params.iter().map(|p| graph.tensor(p.name.as_str(), &p.value)).collect();
        graph.then("Gemm", &more, vec![]);
        graph.activate(self.weights.activation, 1);
        Ok(())
    }
}
