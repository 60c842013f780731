//! Evaluation of a model on rows with known targets: loss and metrics.

use super::objective::{Objective, Targets};
use crate::autograd::Tape;
use crate::data::Dataset;
use crate::metrics::{Evaluation, Regression};
use crate::nn::{Loss, Model};
use crate::scalar::concrete;
use crate::{Error, Result, Scalar};
use ndarray::Array2;

impl<F: Scalar> Model<F> {
    /// Whether rows fit this model under its [`loss`](Model::loss).
    ///
    /// # Errors
    /// When the number of features, of classes or of targets is another, or there are numbers in place of classes.
    pub fn check<T: Scalar>(&self, data: &Dataset<T>) -> Result<()> {
        self.check_for(self.loss(), data)
    }

    /// The same under another loss.
    pub(super) fn check_for<T: Scalar>(&self, loss: Loss, data: &Dataset<T>) -> Result<()> {
        let (targets, what) = match data.targets() {
            None => (data.classes().len(), "classes"),
            Some(targets) => (targets.ncols(), "targets"),
        };
        if loss.wants_classes() != data.targets().is_none() {
            let (wanted, fix) = match loss.wants_classes() {
                true => ("a class for each row", "choose Loss::SquaredError for numbers"),
                false => ("numbers", "make the data set with Dataset::regression, or choose Loss::CrossEntropy"),
            };
            return Err(Error::data(format!("dataset, {loss}"))
                .found(format!("{} as targets", kind(data)))
                .wanted(wanted)
                .fix(fix));
        }
        let found = (data.x().ncols(), targets);
        let wanted = (self.input().iter().product(), loss.answers(self.output().iter().product()));
        if found != wanted {
            return Err(Error::shape("dataset")
                .found(format!("{} features and {} {what}", found.0, found.1))
                .wanted(format!("{} features and {} {what}", wanted.0, wanted.1))
                .fix("build the model for this dataset"));
        }
        Ok(())
    }

    /// Evaluates the model on these rows: loss, accuracy, confusion matrix. The loss is the mean of the rows, for
    /// classes the negative log-likelihood; what training minimises, and histories show, is that and the
    /// [penalties](Model::penalty).
    ///
    /// # Errors
    /// When the rows do not fit the model, or there are none; when the model predicts numbers, see
    /// [`Model::evaluate_regression`].
    pub fn evaluate<T: Scalar>(&self, data: &Dataset<T>) -> Result<Evaluation> {
        if !self.loss().wants_classes() {
            return Err(Error::config("evaluate")
                .found(format!("a network trained on {}", self.loss()))
                .wanted("one that tells classes")
                .fix("call evaluate_regression"));
        }
        let (loss, outputs) = loss_and_outputs(self, data)?;
        let probabilities = self.loss().probabilities(outputs)?.mapv(|p| p.as_f64() as f32);
        Evaluation::new(loss, probabilities.view(), data.y(), data.classes())
    }

    /// Evaluates a regression on these rows: loss, R², MAE, RMSE. The loss is the mean of the rows, without the penalties.
    ///
    /// # Errors
    /// When the rows do not fit the model, or there are none; when the model tells classes, see [`Model::evaluate`].
    pub fn evaluate_regression<T: Scalar>(&self, data: &Dataset<T>) -> Result<Regression> {
        let Some(targets) = data.targets().filter(|_| !self.loss().wants_classes()) else {
            return Err(Error::config("evaluate_regression")
                .found(format!(
                    "a network trained on {}, and targets of the data set that are {}",
                    self.loss(),
                    kind(data)
                ))
                .wanted("numbers from both")
                .fix("call evaluate for classes"));
        };
        let (loss, outputs) = loss_and_outputs(self, data)?;
        let predicted = self.loss().predictions(outputs).mapv(Scalar::as_f64);
        Regression::new(loss, predicted.view(), targets.mapv(Scalar::as_f64).view())
    }
}

concrete! {
    fn loss_and_outputs<F, T>(model: &Model<F>, data: &Dataset<T>) -> Result<(f64, Array2<F>)> = loss_and_outputs_here;
}

fn loss_and_outputs_here<F: Scalar, T: Scalar>(model: &Model<F>, data: &Dataset<T>) -> Result<(f64, Array2<F>)> {
    model.check(data)?;
    let outputs = model.sound_outputs(data.x())?;
    let rows: Vec<usize> = (0..data.len()).collect();
    let (tape, objective) = (Tape::new(), Objective::new(model.loss(), Targets::of(data, &rows)));
    let loss = objective.value(tape.constant(outputs.clone().into())).value().item().as_f64();
    Ok((loss, outputs))
}

fn kind<T: Scalar>(data: &Dataset<T>) -> &'static str {
    if data.targets().is_some() { "numbers" } else { "classes" }
}
