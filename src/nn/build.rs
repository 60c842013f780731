//! Building a model from a network: every shape is checked once, here, and every weight initialised.

use super::model::Model;
use super::param::{Param, ParamSpec};
use super::sequential::Sequential;
use super::stack::Stack;
use crate::scalar::concrete;
use crate::{Error, Result, Scalar, Seed, Tensor};

impl Sequential {
    /// Builds the model: checks every shape and draws every weight. What the last layer must give, the loss decides:
    /// [`Trainer::fit`](crate::train::Trainer::fit) and [`Model::predict`] ask.
    ///
    /// # Errors
    /// The first layer that does not fit, with its number and name, what it got, what it wants, and a remedy.
    pub fn build<F: Scalar>(&self, seed: Seed) -> Result<Model<F>> {
        build(self, seed)
    }

    /// Checks every shape, and makes nothing.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn check(&self) -> Result<()> {
        self.placed().map(drop)
    }

    /// Checks every shape, and only then asks for the value of each parameter.
    pub(crate) fn assemble<F: Scalar>(
        &self,
        mut value: impl FnMut(&str, &ParamSpec) -> Result<Tensor<F>>,
    ) -> Result<Model<F>> {
        let (stack, specs) = self.placed()?;
        let param = |spec: ParamSpec| {
            let value = value(&spec.name, &spec)?;
            Ok(Param { name: spec.name.into(), value, penalty: spec.penalty, role: spec.role })
        };
        Ok(Model::new(self.clone(), stack, specs.into_iter().map(param).collect::<Result<_>>()?))
    }

    /// The layers in their places, and the parameters that they ask for.
    fn placed(&self) -> Result<(Stack, Vec<ParamSpec>)> {
        if self.layers().is_empty() || self.input().is_empty() || self.input().contains(&0) {
            return Err(Error::shape("network")
                .found(format!("{} layers on input {:?}", self.layers().len(), self.input()))
                .wanted("at least one layer, and an input without empty axes"));
        }
        if let Some((i, layer)) = self.layers().iter().enumerate().find(|(_, layer)| layer.depth() > MOST_DEPTH) {
            return Err(Error::shape(format!("layer {}, {}", i + 1, layer.kind().0))
                .found(format!("layers in layers, {} deep", layer.depth()))
                .wanted(format!("at most {MOST_DEPTH}")));
        }
        Stack::place(self.layers(), self.input())
    }
}

concrete! {
    fn build<F>(network: &Sequential, seed: Seed) -> Result<Model<F>> = build_here;
}

fn build_here<F: Scalar>(network: &Sequential, seed: Seed) -> Result<Model<F>> {
    network.assemble(|name, spec| Ok(spec.init.sample(&spec.shape, spec.fans, seed, name)))
}

/// How deep layers may be nested: each asks those inside of it for their shapes several times.
const MOST_DEPTH: usize = 6;
