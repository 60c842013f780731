//! Estimators and predictors: a method that is fitted on training rows, and then predicts classes.

use crate::data::{Dataset, Train};
use crate::metrics::{Confusion, argmax};
use crate::nn::Model;
use crate::{Error, Result, Seed};
use ndarray::{Array2, ArrayView2};

/// A classifier before it is fitted: a method, with its hyperparameters.
pub trait Estimator: Send + Sync {
    /// Fits a predictor on the training part. `valid` is for those that choose by it (when to stop, which weights to
    /// keep), `seed` for those that draw; others ignore them. Where there is no validation part, give the training part
    /// again.
    ///
    /// # Errors
    /// Settings out of range; no training row, or features that are not finite; what the method itself cannot do.
    fn fit(&self, train: &Train, valid: &Dataset, seed: Seed) -> Result<Box<dyn Predictor>>;

    /// Whether features should be standardised first. The caller, who prepares the parts, sees to it, since balancing
    /// comes in between.
    fn wants_standardized(&self) -> bool {
        true
    }

    /// Whether features should pass through the quantile transform before they are standardised:
    /// [`Parts::by_quantiles`](crate::data::Parts::by_quantiles).
    fn wants_quantiles(&self) -> bool {
        false
    }
}

/// A fitted [`Estimator`], which predicts classes.
pub trait Predictor: Send + Sync {
    /// A score for each class, (rows, classes): the class with the highest one is the prediction, of equal ones the
    /// first. Probabilities, shares of votes or votes, as the method has them.
    ///
    /// # Errors
    /// When rows have another number of features than those of training, or one is not finite.
    fn scores(&self, x: ArrayView2<f32>) -> Result<Array2<f32>>;

    /// How many parameters were learnt or stored.
    fn parameters(&self) -> usize;

    /// Whether scores are probabilities that were fitted as such, rather than votes.
    fn gives_probabilities(&self) -> bool {
        false
    }

    /// The hyperparameters that were chosen in fitting, where there was a choice.
    fn settings(&self) -> Option<String> {
        None
    }

    /// The predicted class of each row.
    ///
    /// # Errors
    /// As [`scores`](Self::scores).
    fn predict(&self, x: ArrayView2<f32>) -> Result<Vec<usize>> {
        argmax(self.scores(x)?.view())
    }

    /// The confusion matrix of these rows: accuracy, balanced accuracy, F1.
    ///
    /// # Errors
    /// As [`scores`](Self::scores), and when there is no row.
    fn evaluate(&self, data: &Dataset) -> Result<Confusion> {
        Confusion::new(data.classes().iter().cloned(), data.y(), &self.predict(data.x())?)
    }
}

/// What points to a predictor is one.
macro_rules! pointing {
    ($($pointer:ty),*) => {$(
        impl<P: Predictor + ?Sized> Predictor for $pointer {
            fn scores(&self, x: ArrayView2<f32>) -> Result<Array2<f32>> {
                (**self).scores(x)
            }

            fn parameters(&self) -> usize {
                (**self).parameters()
            }

            fn gives_probabilities(&self) -> bool {
                (**self).gives_probabilities()
            }

            fn settings(&self) -> Option<String> {
                (**self).settings()
            }
        }
    )*};
}

pointing!(&P, Box<P>);

impl Predictor for Model<f32> {
    fn scores(&self, x: ArrayView2<f32>) -> Result<Array2<f32>> {
        check_rows("network", x, self.input().iter().product())?;
        Ok(Model::predict(self, x))
    }

    fn parameters(&self) -> usize {
        Model::parameters(self)
    }

    fn gives_probabilities(&self) -> bool {
        true
    }
}

/// Refuses rows that do not have as many `features`, or hold one that is not finite.
pub(super) fn check_rows(place: &str, x: ArrayView2<f32>, features: usize) -> Result<()> {
    if x.ncols() != features {
        return Err(Error::shape(place)
            .found(format!("rows of {} features", x.ncols()))
            .wanted(format!("{features}, as in training")));
    }
    match x.indexed_iter().find(|(_, v)| !v.is_finite()) {
        None => Ok(()),
        Some(((row, column), v)) => Err(Error::non_finite(format!("{place}, row {row}, column {column}"))
            .found(v.to_string())
            .wanted("a finite number")),
    }
}

/// Refuses a training part without rows or features; returns the classes that have rows.
pub(super) fn check_train(place: &str, train: &Train) -> Result<Vec<usize>> {
    train.has_classes(place)?;
    if train.is_empty() || train.x().ncols() == 0 {
        return Err(Error::data(place)
            .found(format!("{} training rows of {} features", train.len(), train.x().ncols()))
            .wanted("at least one of both"));
    }
    check_rows(place, train.x(), train.x().ncols())?;
    let counts = train.counts();
    Ok((0..counts.len()).filter(|&class| counts[class] > 0).collect())
}

/// Refuses a setting that is not a positive number.
pub(super) fn positive(place: &str, value: f64) -> Result<()> {
    if value.is_finite() && value > 0.0 {
        return Ok(());
    }
    Err(Error::config(place).found(value.to_string()).wanted("a positive number"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::{Dense, Sequential};
    use ndarray::array;

    #[test]
    fn a_model_stands_behind_the_trait() {
        let model = Sequential::new([2]).then(Dense::new(2)).build::<f32>(Seed(1)).unwrap();
        let fitted: &dyn Predictor = &model;
        assert_eq!(fitted.parameters(), 6);
        assert_eq!(fitted.predict(array![[1.0, 2.0]].view()).unwrap().len(), 1);
        let message = fitted.predict(array![[1.0]].view()).unwrap_err().to_string();
        assert!(message.contains("rows of 1 features, wanted 2"), "{message}");
        let message = fitted.predict(array![[1.0, f32::NAN]].view()).unwrap_err().to_string();
        assert!(message.contains("row 0, column 1: found NaN"), "{message}");
    }
}
