//! Layers in a row. Every shape is checked once, when the model is built; afterwards nothing can go wrong.

use super::Activation;
use super::layer::{Describe, Layer};
use super::model::{Model, Param, Placed};
use crate::{Error, Result, Scalar, Seed};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// A network as a list of layers, without weights: small, printable, comparable.
///
/// ```
/// use tonegrad::Seed;
/// use tonegrad::nn::{Conv1d, Dense, Flatten, Sequential};
///
/// let network = Sequential::new([518, 1]).then(Conv1d::new(32, 3).same().relu()).then(Flatten {}).then(Dense::new(16));
/// let model = network.build::<f32>(Seed(0))?;
/// assert_eq!(model.output(), [16]);
///
/// let network = Sequential::new([518, 1]).then(Conv1d::new(32, 3)).then(Dense::new(16));
/// let error = network.build::<f32>(Seed(0)).unwrap_err();
/// assert_eq!(error.to_string(), "layer 2, dense: found input [516, 32], wanted a vector; add Flatten before it");
/// # Ok::<(), tonegrad::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sequential {
    input: Vec<usize>,
    layers: Vec<Layer>,
}

impl Sequential {
    /// A network whose examples have this shape: (features), or (length, channels).
    pub fn new(input: impl Into<Vec<usize>>) -> Self {
        Sequential { input: input.into(), layers: Vec::new() }
    }

    /// Adds a layer.
    pub fn then(mut self, layer: impl Into<Layer>) -> Self {
        self.layers.push(layer.into());
        self
    }

    /// The shape of an example.
    pub fn input(&self) -> &[usize] {
        &self.input
    }

    /// The layers.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Checks every shape and draws every weight. The last layer must give logits: the loss, and
    /// [`Model::predict`], apply the softmax themselves.
    ///
    /// # Errors
    /// The first layer that does not fit, with its number and name, what it got, what it wants, and a remedy.
    pub fn build<F: Scalar>(&self, seed: Seed) -> Result<Model<F>> {
        if self.layers.is_empty() || self.input.is_empty() || self.input.contains(&0) {
            return Err(Error::shape("network")
                .found(format!("{} layers on input {:?}", self.layers.len(), self.input))
                .wanted("at least one layer, and an input without empty axes"));
        }
        let mut names = HashMap::new();
        let mut shape = self.input.clone();
        let mut placed = Vec::new();
        let mut params = Vec::new();
        for (i, &layer) in self.layers.iter().enumerate() {
            let (kind, title) = layer.kind();
            let place = format!("layer {}, {kind}", i + 1);
            let output = layer.output(&shape).map_err(|e| e.at(place.as_str()))?;
            let name = match names.entry(kind).and_modify(|n| *n += 1).or_insert(0) {
                0 => kind.to_string(),
                n => format!("{kind}_{n}"),
            };
            let first = params.len();
            for spec in layer.params(&shape) {
                let full = format!("{name}.{}", spec.name);
                let value = spec.init.sample(&spec.shape, spec.fans, seed, &full);
                params.push(Param { name: full, value, penalty: spec.penalty });
            }
            shape.clone_from(&output);
            placed.push(Placed { name, title, layer, output, params: first..params.len() });
        }
        let last = &placed[placed.len() - 1];
        // Layers that keep the scores as they are do not hide a softmax before them.
        let keeps =
            |layer| matches!(layer, Layer::Dropout(_) | Layer::Flatten(_) | Layer::Activation(Activation::Linear));
        let scores = placed.iter().enumerate().rfind(|(_, placed)| !keeps(placed.layer));
        if let Some((i, Placed { name, layer, .. })) = scores.filter(|(_, p)| p.layer.activation().normalises()) {
            return Err(Error::shape(format!("layer {}, {name}", i + 1))
                .found(format!("{:?} at the end of the network", layer.activation()))
                .wanted("logits")
                .fix("remove it: the loss and `predict` apply the softmax themselves, and twice would flatten the gradients"));
        }
        if last.output.len() != 1 {
            return Err(Error::shape(format!("layer {}, {}", placed.len(), last.name))
                .found(format!("output {:?}", last.output))
                .wanted("a vector of one score for each class")
                .fix("end with Flatten and Dense"));
        }
        Ok(Model::new(self.clone(), placed, params))
    }
}
