//! A network as a list of layers in a row.

use super::layer::AnyLayer;

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
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Sequential {
    input: Vec<usize>,
    layers: Vec<AnyLayer>,
}

impl Sequential {
    /// A network whose examples have this shape: (features), or (length, channels).
    pub fn new(input: impl Into<Vec<usize>>) -> Self {
        Sequential { input: input.into(), layers: Vec::new() }
    }

    /// Adds a layer.
    pub fn then(mut self, layer: impl Into<AnyLayer>) -> Self {
        self.layers.push(layer.into());
        self
    }

    /// The shape of an example.
    pub fn input(&self) -> &[usize] {
        &self.input
    }

    /// The layers.
    pub fn layers(&self) -> &[AnyLayer] {
        &self.layers
    }
}
