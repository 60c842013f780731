//! Saving and loading the weights of a network that is already built, under Keras's names: `conv1d.kernel` (taps,
//! inputs, outputs), `dense_1.bias` (outputs), and so on.

use super::tensors::{Tensors, TensorsWriter};
use crate::nn::{Model, Param};
use crate::{Error, Result, Scalar};
use std::collections::HashMap;
use std::path::Path;

/// Before the names of the tensors that are no weights.
pub(super) const STANDARDIZE: &str = "standardize.";

impl<F: Scalar> Model<F> {
    /// Writes the weights alone, as a safetensors file.
    ///
    /// ```
    /// use tonegrad::Seed;
    /// use tonegrad::nn::{Dense, Sequential};
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("weights.safetensors");
    /// let network = Sequential::new([5]).then(Dense::new(8).relu()).then(Dense::new(2));
    /// let (one, mut other) = (network.build::<f32>(Seed(1))?, network.build::<f32>(Seed(2))?);
    /// one.save_weights(&path)?;
    /// other.load_weights(&path)?;
    /// assert_eq!(one.params(), other.params());
    /// # Ok::<(), tonegrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// When a weight is not finite, or the file cannot be written.
    pub fn save_weights(&self, path: impl AsRef<Path>) -> Result<()> {
        let mut file = TensorsWriter::default();
        self.params().iter().try_for_each(|p| file.add(p.name.as_str(), &p.value))?;
        file.write(path, "")
    }

    /// Takes the weights from a safetensors file, of any program: all of them, or none if one does not fit. Names are
    /// those of Keras, with a dot or a slash between layer and weight. [`Model::load_weights_as`] reads other names and layouts.
    ///
    /// # Errors
    /// When the file is not sound; when a weight is missing, too many, of another shape or type, or not finite.
    pub fn load_weights(&mut self, path: impl AsRef<Path>) -> Result<()> {
        self.take_weights(&Tensors::open(path)?)
    }

    /// The same from a file that was read already.
    ///
    /// # Errors
    /// As [`Model::load_weights`].
    pub fn take_weights(&mut self, file: &Tensors) -> Result<()> {
        let theirs: HashMap<String, String> = file.names().into_iter().map(|name| (plain(&name), name)).collect();
        let ours: Vec<&str> = self.params().iter().map(|p| p.name.as_str()).collect();
        let value = |p: &Param<F>| file.get(theirs.get(&p.name).unwrap_or(&p.name), p.value.shape());
        let values = self.params().iter().map(value).collect::<Result<Vec<_>>>()?;
        only(file, |name| ours.contains(&plain(name).as_str()) || name.starts_with(STANDARDIZE))?;
        self.params_mut().iter_mut().zip(values).for_each(|(param, value)| param.value = value);
        Ok(())
    }
}

/// Keras itself writes `conv1d/kernel:0`.
fn plain(name: &str) -> String {
    name.strip_suffix(":0").unwrap_or(name).replace('/', ".")
}

/// Whether the file holds nothing but tensors that are known.
pub(super) fn only(file: &Tensors, known: impl Fn(&str) -> bool) -> Result<()> {
    match file.names().into_iter().find(|name| !known(name)) {
        Some(name) => Err(Error::data(format!("{}, {name}", file.name()))
            .found("a tensor that the network does not have")
            .wanted("its weights alone")
            .fix("build the network that the file was written for")),
        None => Ok(()),
    }
}
