//! The trainer and its hyperparameters: everything that can be chosen about training.

use super::callback::Callback;
use super::monitor::{EarlyStopping, Monitor};
use super::observer::{Observer, StepView};
use crate::nn::Loss;
use crate::ops::Reduction;
use crate::optim::{Optimizer, Schedule};
use crate::{Error, ErrorKind, Result, Scalar};
#[cfg(feature = "store")]
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Trains a model on mini-batches, epoch by epoch.
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
    pub(super) loss: Loss,
    pub(super) schedule: Schedule,
    pub(super) own_schedule: Option<OwnSchedule<'a>>,
    pub(super) clip_norm: Option<f64>,
    pub(super) class_weights: Option<Arc<[f64]>>,
    pub(super) smoothing: f64,
    pub(super) reduction: Reduction,
    pub(super) stopping: EarlyStopping,
    pub(super) callbacks: Vec<Box<dyn Callback + 'a>>,
    pub(super) observers: Vec<Observer<'a, F>>,
    pub(super) interrupt: Arc<AtomicBool>,
    /// Told of what could not be written, where that does not end the training.
    pub(super) tolerant: Option<Report<'a>>,
    /// Epochs between two checkpoints.
    pub(super) checkpoint_every: Option<usize>,
    #[cfg(feature = "store")]
    pub(super) checkpoint_path: PathBuf,
    #[cfg(feature = "store")]
    pub(super) resume: bool,
}

/// What is told of errors.
type Report<'a> = Box<dyn FnMut(&Error) + 'a>;

/// A schedule of the caller's: its name, and the factor at a time in epochs.
type OwnSchedule<'a> = (String, Box<dyn Fn(f64) -> f64 + 'a>);

impl<'a, F: Scalar> Trainer<'a, F> {
    /// 30 epochs of mini-batches of 400 rows, mean cross-entropy; keeps the weights with the least validation loss.
    pub fn new(optimizer: impl Optimizer<F> + 'a) -> Self {
        Trainer {
            optimizer: Box::new(optimizer),
            epochs: 30,
            batch_size: 400,
            loss: Loss::CrossEntropy,
            schedule: Schedule::Constant,
            own_schedule: None,
            clip_norm: None,
            class_weights: None,
            smoothing: 0.0,
            reduction: Reduction::Mean,
            stopping: EarlyStopping::on(Monitor::ValLoss),
            callbacks: Vec::new(),
            observers: Vec::new(),
            interrupt: Arc::default(),
            tolerant: None,
            checkpoint_every: None,
            #[cfg(feature = "store")]
            checkpoint_path: PathBuf::new(),
            #[cfg(feature = "store")]
            resume: false,
        }
    }

    /// At most so many epochs, passes over the training rows.
    pub fn epochs(self, epochs: usize) -> Self {
        Trainer { epochs, ..self }
    }

    /// Mini-batch size, the rows in a step; the last mini-batch of an epoch may be smaller.
    pub fn batch_size(self, batch_size: usize) -> Self {
        Trainer { batch_size, ..self }
    }

    /// The loss, cross-entropy unless another one is chosen. It decides what the data set must have for targets, and what the
    /// model [predicts](crate::nn::Model::predict) from then on.
    ///
    /// ```
    /// use ndarray::Array2;
    /// use tonegrad::prelude::*;
    /// // A number from two others.
    /// let x = Array2::from_shape_fn((64, 2), |(i, j)| ((i * 37 + j * 11) % 64) as f32 / 64.0);
    /// let targets = Array2::from_shape_fn((64, 1), |(i, _)| 3.0 * x[[i, 0]] - x[[i, 1]] + 0.5);
    /// let rows = Dataset::regression(x, targets)?;
    ///
    /// let mut model = Sequential::new([2]).then(Dense::new(1)).build::<f32>(Seed(0))?;
    /// let mut trainer = Trainer::new(Adam::new(0.1)).loss(Loss::SquaredError).epochs(60).batch_size(16);
    /// trainer.fit(&mut model, &Train::new(rows.clone()), &rows, Seed(0))?;
    /// assert!(model.evaluate_regression(&rows)?.r2 > 0.99);
    /// # Ok::<(), tonegrad::Error>(())
    /// ```
    pub fn loss(self, loss: Loss) -> Self {
        Trainer { loss, ..self }
    }

    /// The learning-rate schedule.
    pub fn schedule(self, schedule: Schedule) -> Self {
        Trainer { schedule, own_schedule: None, ..self }
    }

    /// A learning-rate schedule of your own, in place of [`schedule`](Trainer::schedule): `factor` gets the time in epochs, as
    /// 2.5 in the middle of the third, and gives what the optimiser's rate is multiplied by. A checkpoint knows it by its `name`.
    pub fn own_schedule(self, name: impl Into<String>, factor: impl Fn(f64) -> f64 + 'a) -> Self {
        Trainer { schedule: Schedule::Constant, own_schedule: Some((name.into(), Box::new(factor))), ..self }
    }

    /// Gradient clipping: scales gradients down to this global norm.
    pub fn clip_norm(self, norm: f64) -> Self {
        Trainer { clip_norm: Some(norm), ..self }
    }

    /// Class weights: multiplies each row's loss by its class's weight (in training, not in validation).
    pub fn class_weights(self, weights: impl Into<Arc<[f64]>>) -> Self {
        Trainer { class_weights: Some(weights.into()), ..self }
    }

    /// Label smoothing: spreads this share of each target evenly over all classes.
    pub fn label_smoothing(self, smoothing: f64) -> Self {
        Trainer { smoothing, ..self }
    }

    /// Mean or sum of the rows' losses.
    pub fn reduction(self, reduction: Reduction) -> Self {
        Trainer { reduction, ..self }
    }

    /// Early stopping: which weights are the best, and when to stop looking.
    pub fn early_stopping(self, stopping: EarlyStopping) -> Self {
        Trainer { stopping, ..self }
    }

    /// Adds a callback, which is called after each mini-batch and each epoch.
    pub fn with(mut self, callback: impl Callback + 'a) -> Self {
        self.callbacks.push(Box::new(callback));
        self
    }

    /// Shows every step to `observer` before it is taken: parameters, gradients, learning rate. An error ends the training, before
    /// that step.
    ///
    /// ```
    /// # use ndarray::Array2;
    /// # use tonegrad::prelude::*;
    /// # use tonegrad::train::StepView;
    /// # let x = Array2::from_shape_fn((64, 2), |(i, j)| ((i * 37 + j * 11) % 64) as f32 / 64.0);
    /// # let y = x.rows().into_iter().map(|row| usize::from(row[0] > row[1])).collect();
    /// # let rows = Dataset::new(x, y, ["no", "yes"])?;
    /// # let mut model = Sequential::new([2]).then(Dense::new(2)).build::<f32>(Seed(0))?;
    /// let mut largest = Vec::new();
    /// Trainer::new(Adam::new(0.1))
    ///     .epochs(2)
    ///     .batch_size(32)
    ///     .own_schedule("halved each epoch", |epoch| 0.5_f64.powf(epoch))
    ///     .observe(|step: &StepView<f32>| {
    ///         largest.push(step.gradients[0].as_slice().iter().fold(0.0_f32, |most, g| most.max(g.abs())));
    ///         Ok(())
    ///     })
    ///     .fit(&mut model, &Train::new(rows.clone()), &rows, Seed(0))?;
    /// assert_eq!(largest.len(), 4);
    /// # Ok::<(), tonegrad::Error>(())
    /// ```
    pub fn observe(mut self, observer: impl FnMut(&StepView<F>) -> Result<()> + Send + 'a) -> Self {
        self.observers.push(Box::new(observer));
        self
    }

    /// Ends training, in good order, after the mini-batch during which this becomes true.
    pub fn interrupt(self, flag: Arc<AtomicBool>) -> Self {
        Trainer { interrupt: flag, ..self }
    }

    /// What cannot be written while the model is being trained, a checkpoint or what a callback writes (an error of
    /// [`ErrorKind::Io`]), is told to `report`, and training goes on. Otherwise it ends the
    /// training.
    pub fn tolerant(self, report: impl FnMut(&Error) + 'a) -> Self {
        Trainer { tolerant: Some(Box::new(report)), ..self }
    }

    /// After every so many epochs, and when it is interrupted after a whole one, writes all that the run needs to go on
    /// into this file.
    #[cfg(feature = "store")]
    pub fn checkpoint(self, path: impl Into<PathBuf>, every: usize) -> Self {
        Trainer { checkpoint_every: Some(every), checkpoint_path: path.into(), ..self }
    }

    /// Goes on from the checkpoint, and ends with the same bits as a run that was never interrupted; begins at the
    /// beginning where no checkpoint was written yet. More epochs and more patience than before are welcome, less where the
    /// run has not gone beyond it yet; whatever else decides a figure must be the same.
    #[cfg(feature = "store")]
    pub fn resume(self, resume: bool) -> Self {
        Trainer { resume, ..self }
    }
}

impl<F: Scalar> Trainer<'_, F> {
    /// Tells the callbacks of an event, until the first error that ends the training.
    pub(super) fn tell(&mut self, mut event: impl FnMut(&mut dyn Callback) -> Result<()>) -> Result<()> {
        for callback in &mut self.callbacks {
            match (event(&mut **callback), &mut self.tolerant) {
                (Err(error), Some(report)) if error.kind() == ErrorKind::Io => report(&error),
                (outcome, _) => outcome?,
            }
        }
        Ok(())
    }
}
