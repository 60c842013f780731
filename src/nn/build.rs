//! Building a model from a network: every shape is checked once, here, and every weight initialised.

use super::activation::Activation;
use super::layer::Describe;
use super::layers::Layer;
use super::model::{Model, Param, Placed};
use super::sequential::Sequential;
use super::weights::ParamSpec;
use crate::{Error, Result, Scalar, Seed, Tensor};
use std::collections::HashMap;

impl Sequential {
    /// Builds the model: checks every shape and draws every weight. The last layer must give logits: the loss, and
    /// [`Model::predict`], apply the softmax themselves.
    ///
    /// # Errors
    /// The first layer that does not fit, with its number and name, what it got, what it wants, and a remedy.
    pub fn build<F: Scalar>(&self, seed: Seed) -> Result<Model<F>> {
        self.assemble(|name, spec| Ok(spec.init.sample(&spec.shape, spec.fans, seed, name)))
    }

    /// Checks every shape, and only then asks for the value of each parameter.
    pub(crate) fn assemble<F: Scalar>(
        &self,
        mut value: impl FnMut(&str, &ParamSpec) -> Result<Tensor<F>>,
    ) -> Result<Model<F>> {
        let (placed, specs) = self.placed()?;
        let param =
            |(name, spec): (String, ParamSpec)| Ok(Param { value: value(&name, &spec)?, name, penalty: spec.penalty });
        Ok(Model::new(self.clone(), placed, specs.into_iter().map(param).collect::<Result<_>>()?))
    }

    /// The layers with their names and output shapes, and the parameters that they ask for, by name.
    fn placed(&self) -> Result<(Vec<Placed>, Vec<NamedSpec>)> {
        if self.layers().is_empty() || self.input().is_empty() || self.input().contains(&0) {
            return Err(Error::shape("network")
                .found(format!("{} layers on input {:?}", self.layers().len(), self.input()))
                .wanted("at least one layer, and an input without empty axes"));
        }
        let mut names = HashMap::new();
        let mut shape = self.input().to_vec();
        let mut room = Room(MOST_VALUES);
        room.take(&shape).map_err(|e| e.at("network, input"))?;
        let mut placed = Vec::new();
        let mut params = Vec::new();
        for (i, layer) in self.layers().iter().enumerate() {
            let (kind, title) = layer.kind();
            let place = format!("layer {}, {kind}", i + 1);
            let output = layer.output(&shape).map_err(|e| e.at(place.as_str()))?;
            room.take(&output).map_err(|e| e.at(place.as_str()))?;
            let name = match names.entry(kind).and_modify(|n| *n += 1).or_insert(0) {
                0 => kind.to_string(),
                n => format!("{kind}_{n}"),
            };
            let first = params.len();
            for spec in layer.params(&shape) {
                let sound = Room(MOST_WEIGHTS).take(&spec.shape).and(spec.init.check()).and(spec.penalty.check());
                sound.map_err(|e| e.at(place.as_str()))?;
                params.push((format!("{name}.{}", spec.name), spec));
            }
            shape.clone_from(&output);
            placed.push(Placed { name, title, layer: layer.clone(), output, params: first..params.len() });
        }
        ends_in_logits(&placed)?;
        Ok((placed, params))
    }
}

/// A parameter that a layer asks for, under its full name.
type NamedSpec = (String, ParamSpec);

/// The last layer gives one logit for each class, and no softmax comes before the end.
fn ends_in_logits(placed: &[Placed]) -> Result<()> {
    // Layers that keep the logits as they are do not hide a softmax before them.
    let keeps =
        |layer: &_| matches!(layer, Layer::Dropout(_) | Layer::Flatten(_) | Layer::Activation(Activation::Linear));
    let scores = placed.iter().enumerate().rfind(|(_, placed)| !keeps(&placed.layer));
    if let Some((i, Placed { name, layer, .. })) = scores.filter(|(_, p)| p.layer.activation().normalises()) {
        return Err(Error::shape(format!("layer {}, {name}", i + 1))
            .found(format!("{:?} at the end of the network", layer.activation()))
            .wanted("logits")
            .fix(
                "remove it: the loss and `predict` apply the softmax themselves, and twice would flatten the gradients",
            ));
    }
    match placed.last() {
        Some(last) if last.output.len() != 1 => Err(Error::shape(format!("layer {}, {}", placed.len(), last.name))
            .found(format!("output {:?}", last.output))
            .wanted("a vector of one logit for each class")
            .fix("end with Flatten and Dense")),
        _ => Ok(()),
    }
}

/// Values that one example may become on its way through a network, all layers together: 256 MiB in `f32`. A description
/// may come from a file, and a few bytes of it can ask for any size.
const MOST_VALUES: usize = 1 << 26;

/// Values in one parameter: 4 GiB in `f32`.
const MOST_WEIGHTS: usize = 1 << 30;

/// How many more values there may be.
struct Room(usize);

impl Room {
    fn take(&mut self, shape: &[usize]) -> Result<()> {
        let values = shape.iter().try_fold(1, |n: usize, &size| n.checked_mul(size));
        let left = values.and_then(|n| self.0.checked_sub(n));
        self.0 = left.ok_or_else(|| {
            Error::shape("").found(format!("values of shape {shape:?}")).wanted(format!("at most {} more", self.0))
        })?;
        Ok(())
    }
}
