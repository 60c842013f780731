//! Layers in a row, without an input: what stands inside of a layer that is made of layers.

use super::layer::AnyLayer;
use super::layer::{Mode, Output, Scope};
use super::onnx::Graph;
use super::param::{Param, ParamSpec};
use super::stack::Stack;
use crate::autograd::Var;
use crate::{Result, Scalar};

/// Layers in a row: a branch of [`Parallel`](super::Parallel), or what a [`Residual`](super::Residual) goes around. A row of
/// none passes its input on.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Row {
    layers: Vec<AnyLayer>,
}

impl Row {
    /// No layers yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a layer.
    pub fn then(mut self, layer: impl Into<AnyLayer>) -> Self {
        self.layers.push(layer.into());
        self
    }

    /// The layers.
    pub fn layers(&self) -> &[AnyLayer] {
        &self.layers
    }

    /// The output's shape for this input, and the parameters, under the names of the layers.
    pub(super) fn place(&self, input: &[usize]) -> Result<(Vec<usize>, Vec<ParamSpec>)> {
        let (stack, params) = Stack::place(&self.layers, input)?;
        Ok((stack.output(input).to_vec(), params))
    }

    /// What the layers want to see, all together.
    pub(super) fn scope(&self) -> Scope {
        let scopes: Vec<Scope> = self.layers.iter().map(AnyLayer::scope).collect();
        [Scope::Batch, Scope::Example].into_iter().find(|scope| scopes.contains(scope)).unwrap_or(Scope::Either)
    }

    /// How deep the layers are nested, this row counted.
    pub(super) fn depth(&self) -> usize {
        1 + self.layers.iter().map(AnyLayer::depth).max().unwrap_or(0)
    }

    /// Values that an example becomes on its way.
    pub(super) fn inside(&self, input: &[usize]) -> usize {
        Stack::place(&self.layers, input).map_or(usize::MAX, |(stack, _)| stack.values)
    }

    /// The forward pass: in stages, unless the row is part of one.
    pub(super) fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, params: &[Var<'t, F>], mode: Mode) -> Output<'t, F> {
        let (stack, _) = Stack::place(&self.layers, &x.shape()[1..]).expect("the network was built with this input");
        let mode = |layer| mode.child(layer);
        match self.scope() {
            Scope::Batch => stack.forward(x, params, mode),
            Scope::Example | Scope::Either => stack.run(0..self.layers.len(), x.into(), params, mode),
        }
    }

    /// The layers as nodes of ONNX.
    pub(super) fn onnx(&self, graph: &mut Graph, params: &[Param<f32>], input: &[usize]) -> Result<()> {
        let (stack, _) = Stack::place(&self.layers, input)?;
        stack.onnx(graph, params, input)
    }
}
