//! Saving and loading the weights of a network that is already built, under Keras's names: `conv1d.kernel` (taps,
//! inputs, outputs), `dense_1.bias` (outputs), and so on.

use super::tensors::{Tensors, TensorsWriter};
use crate::nn::{Model, Param};
use crate::{Error, Result, Scalar};
use std::collections::HashMap;
use std::path::Path;

/// Before the names of the tensors that are no weights.
pub(super) const STANDARDIZE: &str = "standardize.";

/// The same of the knots of a quantile transform.
pub(super) const QUANTILE: &str = "quantile.";

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
        only(file, |name| ours.contains(&plain(name).as_str()) || is_prepared(name))?;
        self.params_mut().iter_mut().zip(values).for_each(|(param, value)| param.value = value);
        Ok(())
    }
}

impl<F: Scalar> Model<F> {
    /// Takes the weights of some layers, `conv1d`, or single ones, `dense.kernel`, from a safetensors file, of which the
    /// rest may belong to another network: for fine-tuning, with [`Model::freeze`]. All of them, or none if one does not fit.
    ///
    /// ```
    /// use tonegrad::Seed;
    /// use tonegrad::nn::{Dense, Sequential};
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("weights.safetensors");
    /// let trunk = Sequential::new([5]).then(Dense::new(8).relu());
    /// let trained = trunk.clone().then(Dense::new(100)).build::<f32>(Seed(1))?;
    /// trained.save_weights(&path)?;
    /// let mut ours = trunk.then(Dense::new(2)).build::<f32>(Seed(2))?;
    /// ours.load_weights_of(&path, &["dense"])?;
    /// ours.freeze("dense")?;
    /// assert_eq!(ours.params()[0].value, trained.params()[0].value);
    /// # Ok::<(), tonegrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the file is not sound; when this network has no such name; when a weight is missing in the file, of another
    /// shape or type, or not finite.
    pub fn load_weights_of(&mut self, path: impl AsRef<Path>, names: &[&str]) -> Result<()> {
        let file = Tensors::open(path)?;
        if let Some(name) = names.iter().find(|name| !self.params().iter().any(|p| p.is_of(name))) {
            let place = format!("{}, {name}", file.name());
            return Err(Error::config(place)
                .found("no such layer or parameter in this network")
                .wanted("one that it has"));
        }
        let theirs: HashMap<String, String> = file.names().into_iter().map(|name| (plain(&name), name)).collect();
        let chosen = |p: &Param<F>| names.iter().any(|name| p.is_of(name));
        let value = |p: &Param<F>| file.get(theirs.get(&p.name).unwrap_or(&p.name), p.value.shape());
        let values = self.params().iter().filter(|p| chosen(p)).map(value).collect::<Result<Vec<_>>>()?;
        let params = self.params_mut().iter_mut().filter(|p| chosen(p));
        params.zip(values).for_each(|(param, value)| param.value = value);
        Ok(())
    }
}

/// Whether a tensor says what features pass through, and is no weight.
pub(super) fn is_prepared(name: &str) -> bool {
    [STANDARDIZE, QUANTILE].iter().any(|prefix| name.starts_with(prefix))
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
