//! The training loop: shuffled batches, one step after another, an evaluation after each epoch.

use super::monitor::Watch;
use super::{BatchEnd, Callback, EarlyStopping, Epoch, History, Monitor, Plan, Stopped};
use crate::autograd::Tape;
use crate::data::{Dataset, Train};
use crate::nn::{Mode, Model};
use crate::ops::{Reduction, SoftmaxCrossEntropy};
use crate::optim::{Optimizer, Schedule, State, clip_global_norm};
use crate::random::Key;
use crate::{Error, ErrorKind, Result, Scalar, Seed, Tensor};
use ndarray::Axis;
use rand::seq::SliceRandom;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

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
    optimizer: Box<dyn Optimizer<F> + 'a>,
    epochs: usize,
    batch_size: usize,
    schedule: Schedule,
    clip_norm: Option<f64>,
    class_weights: Option<Arc<[f64]>>,
    smoothing: f64,
    reduction: Reduction,
    stopping: EarlyStopping,
    callbacks: Vec<Box<dyn Callback + 'a>>,
    interrupt: Arc<AtomicBool>,
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

    /// Trains the model and leaves in it the best weights that were met. `seed` decides the order of the rows and what
    /// dropout drops.
    ///
    /// # Errors
    /// Settings out of range; rows that do not fit the model; an empty part; a callback's error; a loss that is not finite,
    /// with the epoch, the batch and the first layer to blame. The model has the best weights so far then, too.
    pub fn fit(&mut self, model: &mut Model<F>, train: &Train, valid: &Dataset, seed: Seed) -> Result<History> {
        self.check(model, train, valid)?;
        let batches = train.len().div_ceil(self.batch_size);
        let plan = Plan { epochs: self.epochs, batches, rows: train.len() };
        self.callbacks.iter_mut().try_for_each(|c| c.on_start(&plan))?;

        let mut run =
            Run { state: State::new(&*self.optimizer, model.params()), plateau: Watch::default(), reductions: 0 };
        let mut best = model.params().to_vec();
        let outcome = self.run(model, train, valid, seed, &plan, &mut run, &mut best);
        model.params_mut().clone_from_slice(&best);
        let history = outcome?;
        self.callbacks.iter_mut().try_for_each(|c| c.on_end(&history))?;
        Ok(history)
    }

    fn check(&self, model: &Model<F>, train: &Dataset, valid: &Dataset) -> Result<()> {
        let positive = [("epochs", self.epochs), ("batch size", self.batch_size)];
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

    #[expect(clippy::too_many_arguments, reason = "the loop's whole state, named once")]
    fn run(
        &mut self,
        model: &mut Model<F>,
        train: &Train,
        valid: &Dataset,
        seed: Seed,
        plan: &Plan,
        run: &mut Run<F>,
        best: &mut Vec<crate::nn::Param<F>>,
    ) -> Result<History> {
        let began = Instant::now();
        let mut history =
            History { epochs: Vec::new(), best_epoch: 0, monitor: self.stopping.monitor, stopped: Stopped::Finished };
        let mut watch = Watch::default();
        for epoch in 1..=self.epochs {
            let (loss, accuracy, learning_rate) = self.epoch(epoch, model, train, seed, plan, run)?;
            let valid = model.evaluate(valid).map_err(|error| match error.kind() {
                ErrorKind::NonFinite => {
                    let batch = model.batch(valid.x());
                    blame(&format!("epoch {epoch}, validation"), model, batch, Mode::Eval)
                }
                _ => error,
            })?;
            let figures = Epoch {
                epoch,
                loss,
                accuracy,
                val_loss: valid.loss,
                val_accuracy: valid.confusion.accuracy(),
                val_balanced_accuracy: valid.confusion.balanced_accuracy(),
                val_macro_f1: valid.confusion.macro_mean().f1,
                learning_rate,
                seconds: began.elapsed().as_secs_f64(),
            };
            history.epochs.push(figures);
            if watch.improves(&self.stopping, &figures) {
                // Shares the storage: the copy is made by the next step, which writes.
                *best = model.params().to_vec();
                history.best_epoch = epoch;
            }
            run.reduce_on_plateau(self.schedule, &self.stopping, &figures);
            self.callbacks.iter_mut().try_for_each(|c| c.on_epoch(&figures))?;
            if self.interrupt.load(Ordering::Relaxed) {
                history.stopped = Stopped::Interrupted;
                break;
            }
            if watch.gives_up(&self.stopping) {
                history.stopped = Stopped::Early;
                break;
            }
        }
        Ok(history)
    }

    /// One pass over the shuffled training rows: mean loss, accuracy, last learning rate.
    fn epoch(
        &mut self,
        epoch: usize,
        model: &mut Model<F>,
        train: &Train,
        seed: Seed,
        plan: &Plan,
        run: &mut Run<F>,
    ) -> Result<(f64, f64, f64)> {
        let mut order: Vec<usize> = (0..train.len()).collect();
        order.shuffle(&mut seed.stream(&format!("shuffle {epoch}")));
        let (mut rows, mut loss, mut right, mut learning_rate) = (0, 0.0, 0, 0.0);
        for (batch, chosen) in order.chunks(self.batch_size).enumerate() {
            let x = model.batch(train.x().select(Axis(0), chosen).view());
            let labels: Vec<usize> = chosen.iter().map(|&row| train.y()[row]).collect();
            let time = (epoch - 1) as f64 + batch as f64 / plan.batches as f64;
            learning_rate = self.optimizer.learning_rate() * self.schedule.factor(time, self.epochs, run.reductions);
            let key = seed.key("dropout").child(run.state.step as usize);

            let (batch_loss, batch_right) = self.step(model, x.clone(), &labels, key, learning_rate, &mut run.state);
            if !batch_loss.is_finite() {
                return Err(blame(&format!("epoch {epoch}, batch {}", batch + 1), model, x, Mode::Train(key)));
            }
            rows += chosen.len();
            loss += batch_loss * chosen.len() as f64;
            right += batch_right;
            let (mean, accuracy) = (loss / rows as f64, right as f64 / rows as f64);
            let end = BatchEnd { epoch, batch: batch + 1, rows, loss: mean, accuracy };
            self.callbacks.iter_mut().try_for_each(|c| c.on_batch(&end))?;
            if self.interrupt.load(Ordering::Relaxed) {
                break;
            }
        }
        Ok((loss / rows as f64, right as f64 / rows as f64, learning_rate))
    }

    /// Forward, backward, update: the loss of the batch, and how many of its rows were told right. Weights do not move
    /// where the loss is not finite.
    fn step(
        &self,
        model: &mut Model<F>,
        x: Tensor<F>,
        labels: &[usize],
        key: Key,
        learning_rate: f64,
        state: &mut State<F>,
    ) -> (f64, usize) {
        let tape = Tape::new();
        let params: Vec<_> = model.params().iter().map(|p| tape.leaf(p.value.clone())).collect();
        let logits = model.forward(tape.constant(x), &params, Mode::Train(key));
        let told_right = |(row, &label): (&[F], &usize)| {
            label == row.iter().enumerate().fold(0, |best, (i, v)| if *v > row[best] { i } else { best })
        };
        let classes = logits.shape()[1];
        let right = logits.value().as_slice().chunks_exact(classes).zip(labels).filter(|&row| told_right(row)).count();
        let cross_entropy = SoftmaxCrossEntropy {
            labels: labels.into(),
            class_weights: self.class_weights.clone(),
            smoothing: self.smoothing,
            reduction: self.reduction,
        };
        let penalties = model.params().iter().zip(&params).filter_map(|(param, var)| param.penalty.of(var));
        let loss = penalties.fold(logits.cross_entropy(cross_entropy), |loss, penalty| &loss + &penalty);
        let value = loss.value().item().as_f64();
        if value.is_finite() {
            let gradients = tape.gradients(&loss);
            let mut gradients: Vec<_> = params.iter().map(|p| gradients.of(p)).collect();
            // The tape's references to the weights go first, so that the step writes in place.
            drop((params, loss));
            if let Some(norm) = self.clip_norm {
                clip_global_norm(&mut gradients, norm);
            }
            state.step(&*self.optimizer, learning_rate, model.params_mut(), &gradients);
        }
        (value, right)
    }
}

/// What a run carries from step to step.
struct Run<F: Scalar> {
    state: State<F>,
    plateau: Watch,
    reductions: usize,
}

impl<F: Scalar> Run<F> {
    fn reduce_on_plateau(&mut self, schedule: Schedule, stopping: &EarlyStopping, epoch: &Epoch) {
        if let Schedule::Plateau { patience, .. } = schedule {
            let rule = stopping.patience(patience);
            self.plateau.improves(&rule, epoch);
            if self.plateau.gives_up(&rule) {
                self.plateau.waited = 0;
                self.reductions += 1;
            }
        }
    }
}

/// The error of a loss that is not finite: when, and the first layer whose output on this batch is not finite either.
fn blame<F: Scalar>(when: &str, model: &Model<F>, batch: Tensor<F>, mode: Mode) -> Error {
    let culprit = model.first_non_finite(batch, mode);
    let culprit = culprit.unwrap_or_else(|| "loss or penalties: every layer's output is finite".into());
    Error::non_finite(format!("{when}, {culprit}"))
        .found("a loss that is not finite")
        .wanted("a finite one")
        .fix("lower the learning rate, clip the gradients, or standardise the features")
}
