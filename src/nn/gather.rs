//! The layer that gathers a table's columns into a signal: which of them are neighbours, and which are channels.

use super::layer::{Layer, Mode, Output, Scope, compiled_here};
use super::onnx::{Attribute, Graph};
use super::param::Param;
use crate::autograd::Var;
use crate::{Error, Result, Scalar};
use std::sync::Arc;

/// Gathers features into a signal, (features) to (length, channels): channel c at position t is feature `index[t ·
/// channels + c]`. Nothing is learned.
///
/// ```
/// use tonegrad::Seed;
/// use tonegrad::nn::{Flatten, Gather, Sequential};
/// // Two series of three features each, which stood one after the other: three positions of two channels.
/// let signal = Sequential::new([6]).then(Gather::new(2, [0, 3, 1, 4, 2, 5])).then(Flatten {}).build::<f32>(Seed(0))?;
/// let logits = signal.logits(ndarray::array![[0.0, 0.1, 0.2, 1.0, 1.1, 1.2]].view());
/// assert_eq!(logits, ndarray::array![[0.0, 1.0, 0.1, 1.1, 0.2, 1.2]]);
/// # Ok::<(), tonegrad::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Gather {
    channels: usize,
    index: Arc<[usize]>,
}

impl Gather {
    /// A signal of so many channels from the features with these indices, position after position.
    pub fn new(channels: usize, index: impl Into<Arc<[usize]>>) -> Self {
        Gather { channels, index: index.into() }
    }

    /// For each channel, the feature at each position: (channels · length).
    fn by_channel(&self) -> Vec<usize> {
        (0..self.channels).flat_map(|c| self.index.iter().skip(c).step_by(self.channels)).copied().collect()
    }
}

impl Layer for Gather {
    compiled_here!();

    fn kind(&self) -> (&'static str, &'static str) {
        ("gather", "Gather")
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
        let &[features] = input else {
            return Err(Error::shape("")
                .found(format!("input {input:?}"))
                .wanted("a vector of features")
                .fix("make it the first layer"));
        };
        if self.index.is_empty() || self.channels == 0 || !self.index.len().is_multiple_of(self.channels) {
            return Err(Error::shape("")
                .found(format!("{} features for {} channels", self.index.len(), self.channels))
                .wanted("as many for each position as there are channels, and at least one position"));
        }
        if let Some(beyond) = self.index.iter().find(|&&i| i >= features) {
            return Err(Error::shape("").found(format!("feature {beyond}")).wanted(format!("one below {features}")));
        }
        Ok(vec![self.index.len() / self.channels, self.channels])
    }

    fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, _: &[Var<'t, F>], _: Mode) -> Output<'t, F> {
        let n = x.shape()[0];
        x.gather(self.index.clone()).reshape([n, self.index.len() / self.channels, self.channels]).into()
    }

    fn scope(&self) -> Scope {
        Scope::Example
    }

    /// Transposed at once: the indices lie as the signal shall.
    fn onnx(&self, graph: &mut Graph, _: &[Param<f32>], _: &[usize]) -> Result<()> {
        let sizes = [self.channels, self.index.len() / self.channels];
        let index = graph.integers("index", &sizes, &self.by_channel());
        graph.then("Gather", &[index], vec![("axis", Attribute::Int(1))]);
        Ok(())
    }
}
