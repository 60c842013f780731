//! Residual connections (He et al. 2016): what layers make of a value is added to it.

use super::layer::{Layer, Mode, Output, Scope, compiled_here};
use super::onnx::Graph;
use super::param::{Param, ParamSpec};
use super::row::Row;
use crate::autograd::Var;
use crate::{Error, Result, Scalar};

/// x + f(x), where f is a row of layers that keeps the shape: gradients reach the layers before it undiminished.
///
/// ```
/// use tonegrad::Seed;
/// use tonegrad::nn::{Dense, LayerNorm, Residual, Row, Sequential};
/// let block = Residual::new(Row::new().then(LayerNorm::new()).then(Dense::new(64).relu()).then(Dense::new(32)));
/// let network = Sequential::new([32]).then(block.clone()).then(block).then(Dense::new(16));
/// assert_eq!(network.build::<f32>(Seed(0))?.params()[2].name, "residual.dense.kernel");
/// # Ok::<(), tonegrad::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Residual {
    layers: Row,
}

impl Residual {
    /// Goes around these layers.
    pub fn new(layers: Row) -> Self {
        Residual { layers }
    }
}

impl Layer for Residual {
    compiled_here!();

    fn kind(&self) -> (&'static str, &'static str) {
        ("residual", "Residual")
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
        match self.layers.place(input)?.0 {
            output if output == input => Ok(output),
            output => Err(Error::shape("")
                .found(format!("input {input:?} and, from the layers, {output:?}"))
                .wanted("the same shape, so that they can be added")),
        }
    }

    fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        self.layers.place(input).map_or(Vec::new(), |(_, params)| params)
    }

    fn scope(&self) -> Scope {
        self.layers.scope()
    }

    fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, params: &[Var<'t, F>], mode: Mode) -> Output<'t, F> {
        let Output { value, state } = self.layers.forward(x.clone(), params, mode);
        Output { value: x + value, state }
    }

    fn depth(&self) -> usize {
        self.layers.depth()
    }

    fn inside(&self, input: &[usize]) -> usize {
        self.layers.inside(input)
    }

    fn onnx(&self, graph: &mut Graph, params: &[Param<f32>], input: &[usize]) -> Result<()> {
        let around = graph.value().to_owned();
        self.layers.onnx(graph, params, input)?;
        graph.then("Add", &[around], vec![]);
        Ok(())
    }
}
