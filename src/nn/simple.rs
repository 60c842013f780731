//! Layers without weights or windows: dropout, flatten, and an activation function by itself.

use super::activation::Activation;
use super::layer::{Layer, Mode, Output, Scope, compiled_here};
use super::onnx::Graph;
use super::param::Param;
use crate::autograd::Var;
use crate::{Error, Result, Scalar, ops};

/// Dropout: while training, sets each element to zero with a probability.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Dropout {
    rate: f64,
}

impl Dropout {
    /// Dropout of each element with probability `rate`, at least 0 and below 1.
    pub fn new(rate: f64) -> Self {
        Dropout { rate }
    }
}

impl Layer for Dropout {
    compiled_here!();

    fn kind(&self) -> (&'static str, &'static str) {
        ("dropout", "Dropout")
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
        if !(0.0..1.0).contains(&self.rate) {
            let found = format!("a rate of {}", self.rate);
            return Err(Error::shape("")
                .found(found)
                .wanted("at least 0 and below 1")
                .fix("a rate of 1 would drop everything"));
        }
        Ok(input.to_vec())
    }

    fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, _: &[Var<'t, F>], mode: Mode) -> Output<'t, F> {
        match mode {
            Mode::Train(key) if self.rate > 0.0 => x.dropout(ops::Dropout { rate: self.rate, key }).into(),
            _ => x.into(),
        }
    }

    fn scope(&self) -> Scope {
        Scope::Either
    }

    fn ends_in(&self) -> Option<Activation> {
        None
    }

    /// It lets everything pass when a network is asked.
    fn onnx(&self, _: &mut Graph, _: &[Param<f32>], _: &[usize]) -> Result<()> {
        Ok(())
    }
}

/// Flattens a signal into a vector: (length, channels) to (length · channels).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Flatten {}

impl Layer for Flatten {
    compiled_here!();

    fn kind(&self) -> (&'static str, &'static str) {
        ("flatten", "Flatten")
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
        Ok(vec![input.iter().product()])
    }

    fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, _: &[Var<'t, F>], _: Mode) -> Output<'t, F> {
        x.flatten().into()
    }

    fn scope(&self) -> Scope {
        Scope::Either
    }

    fn ends_in(&self) -> Option<Activation> {
        None
    }

    fn onnx(&self, graph: &mut Graph, _: &[Param<f32>], input: &[usize]) -> Result<()> {
        graph.channels_last(input.len());
        graph.reshape(&[input.iter().product()]);
        Ok(())
    }
}

impl Layer for Activation {
    compiled_here!();

    fn kind(&self) -> (&'static str, &'static str) {
        ("activation", "Activation")
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
        Ok(input.to_vec())
    }

    fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, _: &[Var<'t, F>], _: Mode) -> Output<'t, F> {
        Activation::forward(*self, x).into()
    }

    fn scope(&self) -> Scope {
        Scope::Either
    }

    fn ends_in(&self) -> Option<Activation> {
        (*self != Activation::Linear).then_some(*self)
    }

    fn onnx(&self, graph: &mut Graph, _: &[Param<f32>], input: &[usize]) -> Result<()> {
        graph.activate(*self, input.len());
        Ok(())
    }
}
