//! A trained classifier (a network, its standardiser and its card): from raw features to classes, and
//! `model.safetensors`.

use super::card::Card;
use super::keys;
use super::tensors::{Tensors, TensorsWriter};
use super::weights::{STANDARDIZE, only};
use crate::data::Standardize;
use crate::nn::{Loss, Model, Sequential};
use crate::{Error, Result, Scalar, Tensor};
use ndarray::{Array2, Axis};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The version of the text in a model file. It changes when a reader of the old one would go wrong: the first knew no loss but
/// cross-entropy, and is still what such a network is written in.
const FORMAT: u32 = 2;
const FIRST: u32 = 1;

/// A trained network and all that it takes to use it.
///
/// ```
/// use ndarray::array;
/// use tonegrad::data::{Dataset, Standardize, Train};
/// use tonegrad::nn::{Dense, Sequential};
/// use tonegrad::store::{Card, Classifier};
/// use tonegrad::Seed;
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("model.safetensors");
/// let songs = array![[120.0, 0.1], [80.0, 0.3]];
/// let train = Train::new(Dataset::new(songs.clone(), vec![0, 1], ["Folk", "Rock"])?);
/// let model = Sequential::new([2]).then(Dense::new(2)).build::<f32>(Seed(0))?;
/// let card = Card::new(train.classes(), ["tempo", "loudness"], "softmax", Seed(0));
///
/// let ours = Classifier::new(model, Standardize::fit(&train)?, card)?;
/// ours.save(&path)?;
/// let theirs = Classifier::<f32>::load(&path)?;
/// assert_eq!(theirs.probabilities(songs.clone())?, ours.probabilities(songs)?);
/// # Ok::<(), tonegrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Classifier<F: Scalar> {
    model: Model<F>,
    standardize: Standardize,
    card: Card,
}

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
    /// Puts together what belongs together.
    ///
    /// # Errors
    /// When network, standardiser and card differ in their numbers of features or classes; when the network's outputs are no
    /// predictions under its [`loss`](Model::loss). Where it predicts numbers, the card's classes are the names of those.
    pub fn new(model: Model<F>, standardize: Standardize, card: Card) -> Result<Self> {
        Self::checked("classifier", model, standardize, card)
    }

    fn checked(place: &str, model: Model<F>, standardize: Standardize, card: Card) -> Result<Self> {
        let features = model.input().iter().product();
        model.suits(model.loss()).map_err(|e| e.within(place))?;
        card.check(place, features, model.loss().answers(model.output().iter().product()))?;
        if standardize.mean().len() != features {
            return Err(Error::shape(format!("{place}, standardiser"))
                .found(format!("{} columns", standardize.mean().len()))
                .wanted(format!("{features}, as the network has")));
        }
        Ok(Classifier { model, standardize, card })
    }

    /// The network.
    pub fn model(&self) -> &Model<F> {
        &self.model
    }

    /// What raw features pass through first.
    pub fn standardize(&self) -> &Standardize {
        &self.standardize
    }

    /// What is known about it.
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// The probability of each class, (rows, classes), for raw features (rows, features) as they stand in the table.
    ///
    /// # Errors
    /// When the number of columns is another, a feature is not finite, or a sum in the network is too large to be; when the
    /// network predicts numbers, see [`Classifier::predict`].
    pub fn probabilities<T: Scalar>(&self, raw: Array2<T>) -> Result<Array2<F>> {
        let probabilities = self.model.probabilities(self.standardized(raw)?.view())?;
        finite(&probabilities, "class", "a probability: features or weights are too large")?;
        Ok(probabilities)
    }

    /// What the network [predicts](Model::predict), (rows, outputs), for raw features: the numbers of a regression, or
    /// probabilities.
    ///
    /// # Errors
    /// As [`probabilities`](Self::probabilities).
    pub fn predict<T: Scalar>(&self, raw: Array2<T>) -> Result<Array2<F>> {
        let predicted = self.model.try_predict(self.standardized(raw)?.view())?;
        finite(&predicted, "output", "a prediction: features or weights are too large")?;
        Ok(predicted)
    }

    fn standardized<T: Scalar>(&self, mut raw: Array2<T>) -> Result<Array2<T>> {
        finite(&raw, "feature", "a finite number")?;
        self.standardize.apply_to(&mut raw)?;
        Ok(raw)
    }

    /// The same for those rows alone that have finite features and finite probabilities: their probabilities, and which
    /// rows they are.
    ///
    /// # Errors
    /// When the number of columns is another; when the network predicts numbers.
    pub fn probabilities_where_finite<T: Scalar>(&self, raw: &Array2<T>) -> Result<(Array2<F>, Vec<usize>)> {
        let mut rows: Vec<usize> = (0..raw.nrows()).filter(|&row| self.standardize.fits(raw.row(row))).collect();
        let mut x = raw.select(Axis(0), &rows);
        self.standardize.apply_to(&mut x)?;
        let probabilities = self.model.probabilities(x.view())?;
        let finite = |row: &usize| probabilities.row(*row).iter().all(|p| p.is_finite());
        let finite: Vec<usize> = (0..rows.len()).filter(finite).collect();
        rows = finite.iter().map(|&row| rows[row]).collect();
        Ok((probabilities.select(Axis(0), &finite), rows))
    }

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
        self.tensors()?.write(path, &self.text()?)
    }

    fn tensors(&self) -> Result<TensorsWriter> {
        let mut file = TensorsWriter::default();
        self.model.params().iter().try_for_each(|p| file.add(p.name.as_str(), &p.value))?;
        for (name, values) in [("mean", self.standardize.mean()), ("scale", self.standardize.scale())] {
            file.add(format!("{STANDARDIZE}{name}"), &Tensor::new([values.len()], values.to_vec()))?;
        }
        Ok(file)
    }

    /// The card and the architecture, as JSON.
    pub(super) fn text(&self) -> Result<String> {
        let (architecture, loss, card) = (self.model.network().clone(), self.model.loss(), self.card.clone());
        let format = if is_default(&loss) { FIRST } else { FORMAT };
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
        let ModelText { architecture, loss, card, .. } = read_text(file)?;
        let model =
            architecture.assemble(|name, spec| file.get(name, &spec.shape)).map_err(|e| e.within(file.name()))?;
        let model = model.with_loss(loss).map_err(|e| e.within(file.name()))?;
        let [mean, scale] = ["mean", "scale"].map(|what| {
            let values = file.get::<f32>(&format!("{STANDARDIZE}{what}"), &[card.features.len()])?;
            Ok(values.as_slice().to_vec())
        });
        let standardize = Standardize::new(mean?, scale?).map_err(|e: Error| e.within(file.name()))?;
        only(file, |name| name.starts_with(STANDARDIZE) || model.params().iter().any(|p| p.name == name))?;
        Self::checked(file.name(), model, standardize, card)
    }
}

impl<F: Scalar> Model<F> {
    /// The network of a model file alone: see [`Classifier::load`].
    ///
    /// # Errors
    /// As there.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        Classifier::load(path).map(|classifier| classifier.model)
    }
}

fn finite<F: Scalar>(values: &Array2<F>, column: &str, wanted: &str) -> Result<()> {
    match values.indexed_iter().find(|(_, value)| !value.is_finite()) {
        Some(((row, i), value)) => {
            Err(Error::non_finite(format!("row {row}, {column} {i}")).found(value.to_string()).wanted(wanted))
        }
        None => Ok(()),
    }
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
            .wanted(format!("format {FIRST} or {FORMAT}"))
            .fix("use the version of the crate that wrote it"));
    }
    serde_json::from_str(text).map_err(unread)
}
