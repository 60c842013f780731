//! The training loop: shuffled batches, one step after another, an evaluation after each epoch.

use super::monitor::Watch;
use super::settings::Settings;
use super::step::blame;
use super::{BatchEnd, EarlyStopping, Epoch, History, Plan, Stopped, Trainer};
use crate::data::{Dataset, Train};
use crate::nn::{Mode, Model, Param};
use crate::ops::Reduction;
use crate::optim::{Schedule, State};
use crate::{ErrorKind, Result, Scalar, Seed};
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};
use std::sync::atomic::Ordering;
use std::time::Instant;

/// What a run works on.
pub(super) struct Job<'a> {
    pub train: &'a Train,
    pub valid: &'a Dataset,
    pub seed: Seed,
    pub plan: Plan,
    /// What a checkpoint must have in common with this run, where one is asked for.
    pub settings: Option<Settings>,
}

/// What a run carries from epoch to epoch, besides the model's weights. Random streams are not among it: they are named
/// by epoch and step.
pub(super) struct Run<F: Scalar> {
    pub optimizer: State<F>,
    pub best: Vec<Param<F>>,
    pub standing: Standing,
}

/// The part of it that is not tensors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Standing {
    pub history: History,
    pub watch: Watch,
    pub plateau: Watch,
    /// Reductions of the learning rate on plateaus.
    pub reductions: usize,
}

impl<F: Scalar> Run<F> {
    /// A run that begins.
    pub fn new(trainer: &Trainer<F>, model: &Model<F>) -> Self {
        let history = History {
            epochs: Vec::new(),
            best_epoch: 0,
            monitor: trainer.stopping.monitor,
            stopped: Stopped::Finished,
        };
        let standing = Standing { history, watch: Watch::default(), plateau: Watch::default(), reductions: 0 };
        Run { optimizer: State::new(&*trainer.optimizer, model.params()), best: model.params().to_vec(), standing }
    }
}

impl Standing {
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

/// The figures of one pass over the training rows.
struct Pass {
    loss: f64,
    accuracy: f64,
    learning_rate: f64,
    /// Whether no interruption cut it short.
    whole: bool,
}

impl<F: Scalar> Trainer<'_, F> {
    /// Goes on from where the run stands until training is over.
    pub(super) fn run(&mut self, model: &mut Model<F>, job: &Job, run: &mut Run<F>) -> Result<()> {
        let (began, before) = (Instant::now(), run.standing.history.epochs.last().map_or(0.0, |e| e.seconds));
        run.standing.history.stopped = loop {
            let epoch = run.standing.history.epochs.len() + 1;
            if run.standing.watch.gives_up(&self.stopping) {
                break Stopped::Early;
            }
            if epoch > self.epochs {
                break Stopped::Finished;
            }
            let pass = self.epoch(epoch, model, job, run)?;
            let seconds = || before + began.elapsed().as_secs_f64();
            let figures = validate(epoch, &pass, model, job.valid, seconds)?;
            let standing = &mut run.standing;
            standing.history.epochs.push(figures);
            if standing.watch.improves(&self.stopping, &figures) || self.stopping.last {
                // Shares the storage: the copy is made by the next step, which writes.
                run.best = model.params().to_vec();
                standing.history.best_epoch = epoch;
            }
            standing.reduce_on_plateau(self.schedule, &self.stopping, &figures);
            self.callbacks.iter_mut().try_for_each(|c| c.on_epoch(&figures))?;
            let interrupted = self.interrupt.load(Ordering::Relaxed);
            if let (Some(checkpoints), Some(settings)) = (&self.checkpoints, &job.settings)
                && pass.whole
                && (interrupted || epoch.is_multiple_of(checkpoints.every))
            {
                checkpoints.save(settings, model, run)?;
            }
            if interrupted {
                break Stopped::Interrupted;
            }
        };
        Ok(())
    }

    /// One pass over the shuffled training rows.
    fn epoch(&mut self, epoch: usize, model: &mut Model<F>, job: &Job, run: &mut Run<F>) -> Result<Pass> {
        let &Job { train, seed, plan, .. } = job;
        let mut order: Vec<usize> = (0..train.len()).collect();
        order.shuffle(&mut seed.stream(&format!("shuffle {epoch}")));
        let (mut rows, mut loss, mut right, mut learning_rate) = (0, 0.0, 0, 0.0);
        let reductions = run.standing.reductions;
        for (batch, chosen) in order.chunks(self.batch_size).enumerate() {
            let x = model.batch_of(train.x(), chosen.iter().copied());
            let labels: Vec<usize> = chosen.iter().map(|&row| train.y()[row]).collect();
            let time = (epoch - 1) as f64 + batch as f64 / plan.batches as f64;
            learning_rate = self.optimizer.learning_rate() * self.schedule.factor(time, self.epochs, reductions);
            let key = seed.key("dropout").child(run.optimizer.step as usize);

            let (batch_loss, batch_right) =
                self.step(model, x.clone(), &labels, key, learning_rate, &mut run.optimizer);
            if !batch_loss.is_finite() {
                return Err(blame(&format!("epoch {epoch}, batch {}", batch + 1), model, x, Mode::Train(key)));
            }
            rows += chosen.len();
            // Means or sums are learned from, means are reported: they compare with those of the validation rows.
            loss += batch_loss * if self.reduction == Reduction::Sum { 1.0 } else { chosen.len() as f64 };
            right += batch_right;
            let (mean, accuracy) = (loss / rows as f64, right as f64 / rows as f64);
            let end = BatchEnd { epoch, batch: batch + 1, rows, loss: mean, accuracy };
            self.callbacks.iter_mut().try_for_each(|c| c.on_batch(&end))?;
            if self.interrupt.load(Ordering::Relaxed) {
                break;
            }
        }
        let (loss, accuracy) = (loss / rows as f64, right as f64 / rows as f64);
        Ok(Pass { loss, accuracy, learning_rate, whole: rows == train.len() })
    }
}

/// The figures of an epoch, those of the validation rows among them.
fn validate<F: Scalar>(
    epoch: usize,
    pass: &Pass,
    model: &Model<F>,
    valid: &Dataset,
    seconds: impl FnOnce() -> f64,
) -> Result<Epoch> {
    let figures = model.evaluate(valid).map_err(|error| match error.kind() {
        ErrorKind::NonFinite => {
            let batch = model.batch(valid.x());
            blame(&format!("epoch {epoch}, validation"), model, batch, Mode::Eval)
        }
        _ => error,
    })?;
    Ok(Epoch {
        epoch,
        loss: pass.loss,
        accuracy: pass.accuracy,
        val_loss: figures.loss,
        val_accuracy: figures.confusion.accuracy(),
        val_balanced_accuracy: figures.confusion.balanced_accuracy(),
        val_macro_f1: figures.confusion.macro_mean().f1,
        learning_rate: pass.learning_rate,
        seconds: seconds(),
    })
}
