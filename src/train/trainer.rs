//! Everything that can be chosen about training.

use super::checkpoint::Checkpoints;
use super::run::{Job, Run};
use super::settings::Settings;
use super::{Callback, EarlyStopping, History, Monitor, Plan};
use crate::data::{Dataset, Train};
use crate::nn::Model;
use crate::ops::Reduction;
use crate::optim::{Optimizer, Schedule};
use crate::{Error, Result, Scalar, Seed};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Trains a model.
///
/// ```
/// use ndarray::Array2;
/// use tonegrad::data::{Dataset, Train};
/// use tonegrad::nn::{Dense, Sequential};
/// use tonegrad::{Seed, optim::Adam, train::Trainer};
///
/// // Is the first of two numbers the larger one?
/// let x = Array2::from_shape_fn((64, 2), |(i, j)| ((i * 37 + j * 11) % 64) as f32 / 64.0);
/// let y = x.rows().into_iter().map(|row| usize::from(row[0] > row[1])).collect();
/// let rows = Dataset::new(x, y, ["no", "yes"])?;
///
/// let mut model = Sequential::new([2]).then(Dense::new(2)).build::<f32>(Seed(0))?;
/// let history = Trainer::new(Adam::new(0.1)).epochs(20).batch_size(16).fit(&mut model, &Train::new(rows.clone()), &rows, Seed(0))?;
/// assert!(history.best().unwrap().val_accuracy > 0.9);
/// # Ok::<(), tonegrad::Error>(())
/// ```
pub struct Trainer<'a, F: Scalar> {
    pub(super) optimizer: Box<dyn Optimizer<F> + 'a>,
    pub(super) epochs: usize,
    pub(super) batch_size: usize,
    pub(super) schedule: Schedule,
    pub(super) clip_norm: Option<f64>,
    pub(super) class_weights: Option<Arc<[f64]>>,
    pub(super) smoothing: f64,
    pub(super) reduction: Reduction,
    pub(super) stopping: EarlyStopping,
    pub(super) callbacks: Vec<Box<dyn Callback + 'a>>,
    pub(super) interrupt: Arc<AtomicBool>,
    pub(super) checkpoints: Option<Checkpoints>,
    resume: bool,
}

impl<'a, F: Scalar> Trainer<'a, F> {
    /// 30 epochs of batches of 400 rows, mean cross-entropy; keeps the weights with the least validation loss.
    pub fn new(optimizer: impl Optimizer<F> + 'a) -> Self {
        Trainer {
            optimizer: Box::new(optimizer),
            epochs: 30,
            batch_size: 400,
            schedule: Schedule::Constant,
            clip_norm: None,
            class_weights: None,
            smoothing: 0.0,
            reduction: Reduction::Mean,
            stopping: EarlyStopping::on(Monitor::ValLoss),
            callbacks: Vec::new(),
            interrupt: Arc::default(),
            checkpoints: None,
            resume: false,
        }
    }

    /// At most so many passes over the training rows.
    pub fn epochs(self, epochs: usize) -> Self {
        Trainer { epochs, ..self }
    }

    /// Rows in a step; the last batch of an epoch may be smaller.
    pub fn batch_size(self, batch_size: usize) -> Self {
        Trainer { batch_size, ..self }
    }

    /// How the learning rate changes.
    pub fn schedule(self, schedule: Schedule) -> Self {
        Trainer { schedule, ..self }
    }

    /// Scales gradients down to this global norm.
    pub fn clip_norm(self, norm: f64) -> Self {
        Trainer { clip_norm: Some(norm), ..self }
    }

    /// Multiplies each row's loss by its class's weight (in training, not in validation).
    pub fn class_weights(self, weights: impl Into<Arc<[f64]>>) -> Self {
        Trainer { class_weights: Some(weights.into()), ..self }
    }

    /// Spreads this share of each target evenly over all classes.
    pub fn label_smoothing(self, smoothing: f64) -> Self {
        Trainer { smoothing, ..self }
    }

    /// Mean or sum of the rows' losses.
    pub fn reduction(self, reduction: Reduction) -> Self {
        Trainer { reduction, ..self }
    }

    /// Which weights are the best, and when to stop looking.
    pub fn early_stopping(self, stopping: EarlyStopping) -> Self {
        Trainer { stopping, ..self }
    }

    /// Tells this one how training goes.
    pub fn with(mut self, callback: impl Callback + 'a) -> Self {
        self.callbacks.push(Box::new(callback));
        self
    }

    /// Ends training, in good order, after the batch during which this turns true.
    pub fn interrupt(self, flag: Arc<AtomicBool>) -> Self {
        Trainer { interrupt: flag, ..self }
    }

    /// After every so many epochs, and when it is interrupted after a whole one, writes all that the run needs to go on
    /// into this file.
    pub fn checkpoint(self, path: impl Into<PathBuf>, every: usize) -> Self {
        Trainer { checkpoints: Some(Checkpoints { path: path.into(), every }), ..self }
    }

    /// Goes on from the checkpoint, and ends with the same bits as a run that was never interrupted; begins at the
    /// beginning where no checkpoint was written yet. More epochs and more patience than before are welcome; whatever else
    /// decides a figure must be the same.
    pub fn resume(self, resume: bool) -> Self {
        Trainer { resume, ..self }
    }

    /// Trains the model and leaves in it the best weights that were met. `seed` decides the order of the rows and what
    /// dropout drops.
    ///
    /// # Errors
    /// Settings out of range; rows that do not fit the model; an empty part; a callback's error; a checkpoint that cannot
    /// be written, or belongs to another run; a loss that is not finite, with the epoch, the batch and the first layer to
    /// blame. The model has the best weights so far then, too.
    pub fn fit(&mut self, model: &mut Model<F>, train: &Train, valid: &Dataset, seed: Seed) -> Result<History> {
        self.check(model, train, valid)?;
        let batches = train.len().div_ceil(self.batch_size);
        let plan = Plan { epochs: self.epochs, batches, rows: train.len() };
        let settings = self.checkpoints.is_some().then(|| Settings::of(self, model, (train, valid), seed));
        let job = Job { train, valid, seed, plan, settings };
        let mut run = Run::new(self, model);
        let resumed = self.restore(model, &job, &mut run)?;
        self.callbacks.iter_mut().try_for_each(|c| c.on_start(&plan))?;
        if resumed {
            self.callbacks.iter_mut().try_for_each(|c| c.on_resume(&run.standing.history.epochs))?;
        }
        let outcome = self.run(model, &job, &mut run);
        model.params_mut().clone_from_slice(&run.best);
        outcome?;
        let history = run.standing.history;
        self.callbacks.iter_mut().try_for_each(|c| c.on_end(&history))?;
        Ok(history)
    }

    /// Takes up the run of the checkpoint, where one is asked for and there is one.
    fn restore(&self, model: &mut Model<F>, job: &Job, run: &mut Run<F>) -> Result<bool> {
        match (&self.checkpoints, &job.settings) {
            (Some(checkpoints), Some(settings)) if self.resume && checkpoints.path.exists() => {
                checkpoints.load(settings, model, run, job.plan.batches).map(|()| true)
            }
            _ => Ok(false),
        }
    }

    fn check(&self, model: &Model<F>, train: &Dataset, valid: &Dataset) -> Result<()> {
        let mut positive = vec![("epochs", self.epochs), ("batch size", self.batch_size)];
        positive.extend(self.checkpoints.as_ref().map(|c| ("epochs between checkpoints", c.every)));
        if let Some((what, _)) = positive.iter().find(|(_, n)| *n == 0) {
            return Err(Error::config(*what).found("0").wanted("at least 1"));
        }
        let rate = self.optimizer.learning_rate();
        if !(rate.is_finite() && rate > 0.0) {
            return Err(Error::config("learning rate").found(rate.to_string()).wanted("a positive number"));
        }
        if !(0.0..=1.0).contains(&self.smoothing) {
            return Err(Error::config("label smoothing").found(self.smoothing.to_string()).wanted("0 to 1"));
        }
        if let Some(weights) = self.class_weights.as_ref().filter(|w| w.len() != train.classes().len()) {
            let (found, wanted) = (weights.len(), train.classes().len());
            return Err(Error::config("class weights")
                .found(format!("{found}"))
                .wanted(format!("{wanted}, one a class")));
        }
        for (part, rows) in [("training", train), ("validation", valid)] {
            if rows.is_empty() {
                return Err(Error::data(format!("{part} part")).found("no rows").wanted("at least one"));
            }
            model.check(rows)?;
        }
        Ok(())
    }
}
