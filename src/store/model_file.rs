//! `model.safetensors`: a classifier on disk, written whole, and read with suspicion.

use super::card::Card;
use super::classifier::Classifier;
use super::keys;
use super::tensors::{Tensors, TensorsWriter};
use super::weights::{QUANTILE, STANDARDIZE, is_prepared, only};
use crate::data::{Quantile, Standardize};
use crate::nn::{Loss, Model, Sequential};
use crate::scalar::concrete;
use crate::{Error, Result, Scalar, Tensor};
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The version of the text in a model file. It changes when a reader of the old one would go wrong: the first knew no loss but
/// cross-entropy, the second no quantile transform. A file is of the first version that can say what is in it.
const FORMAT: u32 = 3;
const LOSSES: u32 = 2;
const FIRST: u32 = 1;

/// Room in a file's header for the figures of a test, more than they take.
const FIGURES: usize = 1 << 10;

/// What the text of a model file says.
#[derive(Serialize, Deserialize)]
struct ModelText {
    format: u32,
    architecture: Sequential,
    #[serde(default, skip_serializing_if = "is_default")]
    loss: Loss,
    #[serde(flatten)]
    card: Card,
}

fn is_default(loss: &Loss) -> bool {
    *loss == Loss::default()
}

/// The part of the text that every version has.
#[derive(Deserialize)]
struct Version {
    format: u32,
}

impl<F: Scalar> Classifier<F> {
    /// Whether a file can hold the classifier's names, and figures of a test that may come later: better asked before hours
    /// of training than after.
    ///
    /// # Errors
    /// When they would be longer than a reader takes; when a weight is not finite.
    pub fn savable(&self) -> Result<()> {
        self.tensors()?.header(&(self.text()? + &" ".repeat(FIGURES))).map(drop)
    }

    /// Writes `model.safetensors`: a reader sees the old file or the new one, never half of it.
    ///
    /// # Errors
    /// When a weight is not finite, or the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        write(self, path.as_ref())
    }

    fn tensors(&self) -> Result<TensorsWriter> {
        let mut file = TensorsWriter::default();
        self.model().params().iter().try_for_each(|p| file.add(p.name.as_str(), &p.value))?;
        if let Some(quantile) = self.quantile() {
            let knots = quantile.knots();
            let (columns, count) = knots.dim();
            file.add(format!("{QUANTILE}knots"), &Tensor::new([columns, count], knots.iter().copied().collect()))?;
        }
        for (name, values) in [("mean", self.standardize().mean()), ("scale", self.standardize().scale())] {
            file.add(format!("{STANDARDIZE}{name}"), &Tensor::new([values.len()], values.to_vec()))?;
        }
        Ok(file)
    }

    /// The card and the architecture, as JSON.
    pub(super) fn text(&self) -> Result<String> {
        let (architecture, loss, card) = (self.model().network().clone(), self.model().loss(), self.card().clone());
        let format = match self.quantile() {
            Some(_) => FORMAT,
            None if is_default(&loss) => FIRST,
            None => LOSSES,
        };
        let text = ModelText { format, architecture, loss, card };
        serde_json::to_string(&text).map_err(|e| Error::data("card").found(e.to_string()))
    }

    /// Reads a model file, and rebuilds the network from it alone.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged; when it is of a newer format; when its architecture is none; when a
    /// name, a shape or a type is not as the architecture wants it; when a value is not finite.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        Self::from_tensors(&Tensors::open(path)?)
    }

    /// The same from a file that was read already.
    ///
    /// # Errors
    /// As [`Classifier::load`].
    pub fn from_tensors(file: &Tensors) -> Result<Self> {
        read(file)
    }

    fn rebuilt(file: &Tensors) -> Result<Self> {
        let ModelText { format, architecture, loss, card } = read_text(file)?;
        let model =
            architecture.assemble(|name, spec| file.get(name, &spec.shape)).map_err(|e| e.within(file.name()))?;
        let model = model.with_loss(loss).map_err(|e| e.within(file.name()))?;
        let [mean, scale] = ["mean", "scale"].map(|what| {
            let values = file.get::<f32>(&format!("{STANDARDIZE}{what}"), &[card.features.len()])?;
            Ok(values.as_slice().to_vec())
        });
        let standardize = Standardize::new(mean?, scale?).map_err(|e: Error| e.within(file.name()))?;
        let knots = format!("{QUANTILE}knots");
        let shape = (format == FORMAT).then(|| file.shape(&knots)).transpose()?;
        let quantile = shape.map(|shape| {
            let [rows, count] = shape[..] else {
                let place = format!("{}, {knots}", file.name());
                return Err(Error::shape(place).found(format!("{shape:?}")).wanted("(features, knots)"));
            };
            let values = file.get::<f32>(&knots, &shape)?.as_slice().to_vec();
            let knots = Array2::from_shape_vec((rows, count), values).map_err(|e| Error::shape(e.to_string()))?;
            Quantile::new(knots).map_err(|e| e.within(file.name()))
        });
        only(file, |name| is_prepared(name) || model.params().iter().any(|p| p.name == name))?;
        Self::checked(file.name(), model, quantile.transpose()?, standardize, card)
    }
}

impl<F: Scalar> Model<F> {
    /// The network of a model file alone: see [`Classifier::load`].
    ///
    /// # Errors
    /// As there.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        Classifier::load(path).map(|classifier| classifier.into_model())
    }
}

concrete! {
    fn write<F>(classifier: &Classifier<F>, path: &Path) -> Result<()> = write_here;
}

fn write_here<F: Scalar>(classifier: &Classifier<F>, path: &Path) -> Result<()> {
    classifier.tensors()?.write(path, &classifier.text()?)
}

concrete! {
    fn read<F>(file: &Tensors) -> Result<Classifier<F>> = read_here;
}

fn read_here<F: Scalar>(file: &Tensors) -> Result<Classifier<F>> {
    Classifier::rebuilt(file)
}

fn read_text(file: &Tensors) -> Result<ModelText> {
    let wanted = "a model file of tonegrad";
    let text = file.text().ok_or_else(|| {
        let fix = "take its weights into a network that is built already: Model::load_weights";
        Error::data(file.name()).found("tensors without a card").wanted(wanted).fix(fix)
    })?;
    let unread = |e: serde_json::Error| Error::data(file.name()).found(format!("a card with {e}")).wanted(wanted);
    keys::each_once(text.as_bytes()).map_err(unread)?;
    let Version { format } = serde_json::from_str(text).map_err(unread)?;
    if !(FIRST..=FORMAT).contains(&format) {
        return Err(Error::data(file.name())
            .found(format!("format {format}"))
            .wanted(format!("format {FIRST} to {FORMAT}"))
            .fix("use the version of the crate that wrote it"));
    }
    serde_json::from_str(text).map_err(unread)
}
