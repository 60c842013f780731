//! A trained classifier (a network, what its features pass through, and its card): from raw features to classes.

use super::card::Card;
use crate::data::{Quantile, Standardize};
use crate::nn::Model;
use crate::{Error, Result, Scalar};
use ndarray::{Array2, ArrayView1, Axis};

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
    quantile: Option<Quantile>,
    standardize: Standardize,
    card: Card,
}

impl<F: Scalar> Classifier<F> {
    /// Puts together what belongs together.
    ///
    /// # Errors
    /// When network, standardiser and card differ in their numbers of features or classes; when the network's outputs are no
    /// predictions under its [`loss`](Model::loss). Where it predicts numbers, the card's classes are the names of those.
    pub fn new(model: Model<F>, standardize: Standardize, card: Card) -> Result<Self> {
        Self::checked("classifier", model, None, standardize, card)
    }

    /// The same classifier, whose features pass through this quantile transform before they are standardised.
    ///
    /// ```
    /// use tonegrad::Seed;
    /// use tonegrad::data::{Dataset, Quantile, Standardize, Train};
    /// use tonegrad::nn::{Dense, Sequential};
    /// use tonegrad::store::{Card, Classifier};
    /// # use ndarray::array;
    /// let mut train = Train::new(Dataset::new(array![[120.0], [80.0], [9e9]], vec![0, 1, 1], ["Folk", "Rock"])?);
    /// let quantile = Quantile::fit(&train)?;
    /// quantile.apply(train.rows_mut())?;
    /// let model = Sequential::new([1]).then(Dense::new(2)).build::<f32>(Seed(0))?;
    /// let card = Card::plain(["Folk", "Rock"], ["tempo"]);
    /// let ours = Classifier::new(model, Standardize::fit(&train)?, card)?.with_quantile(quantile)?;
    /// assert_eq!(ours.probabilities(array![[1e9], [9e9]])?.nrows(), 2);
    /// # Ok::<(), tonegrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// When it has another number of columns.
    pub fn with_quantile(self, quantile: Quantile) -> Result<Self> {
        let Classifier { model, standardize, card, .. } = self;
        Self::checked("classifier", model, Some(quantile), standardize, card)
    }

    pub(super) fn checked(
        place: &str,
        model: Model<F>,
        quantile: Option<Quantile>,
        standardize: Standardize,
        card: Card,
    ) -> Result<Self> {
        let features = model.input().iter().product();
        model.suits(model.loss()).map_err(|e| e.within(place))?;
        card.check(place, features, model.loss().answers(model.output().iter().product()))?;
        let transformed = quantile.as_ref().map_or(features, |quantile| quantile.knots().nrows());
        for (what, columns) in [("standardiser", standardize.mean().len()), ("quantile transform", transformed)] {
            if columns != features {
                return Err(Error::shape(format!("{place}, {what}"))
                    .found(format!("{columns} columns"))
                    .wanted(format!("{features}, as the network has")));
            }
        }
        Ok(Classifier { model, quantile, standardize, card })
    }

    /// The network.
    pub fn model(&self) -> &Model<F> {
        &self.model
    }

    /// The network alone.
    pub(super) fn into_model(self) -> Model<F> {
        self.model
    }

    /// What raw features pass through first, if they do.
    pub fn quantile(&self) -> Option<&Quantile> {
        self.quantile.as_ref()
    }

    /// What features pass through then.
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
        let probabilities = self.model.probabilities(self.prepared(raw)?.view())?;
        finite(&probabilities, "class", "a probability: features or weights are too large")?;
        Ok(probabilities)
    }

    /// What the network [predicts](Model::predict), (rows, outputs), for raw features: the numbers of a regression, or
    /// probabilities.
    ///
    /// # Errors
    /// As [`probabilities`](Self::probabilities).
    pub fn predict<T: Scalar>(&self, raw: Array2<T>) -> Result<Array2<F>> {
        let predicted = self.model.try_predict(self.prepared(raw)?.view())?;
        finite(&predicted, "output", "a prediction: features or weights are too large")?;
        Ok(predicted)
    }

    /// What the network takes, for raw features (rows, features): through the quantile transform, if there is one, and
    /// standardised.
    ///
    /// # Errors
    /// When the number of columns is another, a feature is not finite, or too large to be standardised.
    pub fn prepared<T: Scalar>(&self, mut raw: Array2<T>) -> Result<Array2<T>> {
        finite(&raw, "feature", "a finite number")?;
        self.quantile.iter().try_for_each(|quantile| quantile.apply_to(&mut raw))?;
        self.standardize.apply_to(&mut raw)?;
        Ok(raw)
    }

    /// Whether a raw row is finite, and still is when it is prepared.
    pub fn fits<T: Scalar>(&self, row: ArrayView1<T>) -> bool {
        match self.quantile {
            Some(_) => row.iter().all(|v| v.is_finite()),
            None => self.standardize.fits(row),
        }
    }

    /// The same for those rows alone that have finite features and finite probabilities: their probabilities, and which
    /// rows they are.
    ///
    /// # Errors
    /// When the number of columns is another; when the network predicts numbers.
    pub fn probabilities_where_finite<T: Scalar>(&self, raw: &Array2<T>) -> Result<(Array2<F>, Vec<usize>)> {
        let mut rows: Vec<usize> = (0..raw.nrows()).filter(|&row| self.fits(raw.row(row))).collect();
        let x = self.prepared(raw.select(Axis(0), &rows))?;
        let probabilities = self.model.probabilities(x.view())?;
        let finite = |row: &usize| probabilities.row(*row).iter().all(|p| p.is_finite());
        let finite: Vec<usize> = (0..rows.len()).filter(finite).collect();
        rows = finite.iter().map(|&row| rows[row]).collect();
        Ok((probabilities.select(Axis(0), &finite), rows))
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
