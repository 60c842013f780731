//! The training loop: epochs of shuffled mini-batches, a step on each, an evaluation after each epoch.

use super::callback::BatchEnd;
#[cfg(feature = "store")]
use super::checkpoint::Checkpoint;
use super::epoch::Epoch;
use super::history::{History, Stopped};
use super::objective::{Objective, Targets};
use super::observer::StepView;
use super::run::Run;
use super::step::train_step;
use super::trainer::Trainer;
use crate::clock::Instant;
use crate::data::{Dataset, Train};
use crate::metrics::Evaluation;
use crate::nn::{Mode, Model};
use crate::ops::Reduction;
use crate::optim::clip_global_norm;
use crate::scalar::concrete;
use crate::{Error, ErrorKind, Result, Scalar, Seed, Tensor};
use rand::seq::SliceRandom;
use std::ops::Bound;
use std::sync::atomic::Ordering;

concrete! {
    fn fit<F, T>(
        trainer: &mut Trainer<F>,
        model: &mut Model<F>,
        train: &Train<T>,
        valid: &Dataset<T>,
        seed: Seed,
    ) -> Result<History> = fit_here;
}

fn fit_here<F: Scalar, T: Scalar>(
    trainer: &mut Trainer<F>,
    model: &mut Model<F>,
    train: &Train<T>,
    valid: &Dataset<T>,
    seed: Seed,
) -> Result<History> {
    trainer.train(model, train, valid, seed)
}

impl<F: Scalar> Trainer<'_, F> {
    /// Trains the model and leaves in it the best weights that were met. `seed` decides the order of the rows and what
    /// dropout drops.
    ///
    /// # Errors
    /// Settings out of range; rows that do not fit the model; an empty part; a checkpoint of another run; a callback's
    /// error or a checkpoint that cannot be written, unless the trainer is [`tolerant`](Trainer::tolerant); a loss that
    /// is not finite, with the epoch, the mini-batch and the first layer to blame. The model has the best weights so
    /// far then, too.
    pub fn fit<T: Scalar>(
        &mut self,
        model: &mut Model<F>,
        train: &Train<T>,
        valid: &Dataset<T>,
        seed: Seed,
    ) -> Result<History> {
        fit(self, model, train, valid, seed)
    }

    /// The same, compiled in this crate.
    fn train<T: Scalar>(
        &mut self,
        model: &mut Model<F>,
        train: &Train<T>,
        valid: &Dataset<T>,
        seed: Seed,
    ) -> Result<History> {
        self.check(model, train, valid)?;
        let mut run = Run::new(self, model, (train, valid), seed);
        #[cfg(feature = "store")]
        let checkpoint = Checkpoint::of(self, model, &run);
        #[cfg(feature = "store")]
        let resumed = match checkpoint.as_ref().filter(|checkpoint| self.resume && checkpoint.exists()) {
            Some(checkpoint) => checkpoint.load(model, &mut run).map(|()| true)?,
            None => false,
        };
        model.set_loss(self.loss)?;
        self.callbacks.iter_mut().try_for_each(|c| c.on_start(&run.plan))?;
        #[cfg(feature = "store")]
        if resumed {
            self.callbacks.iter_mut().try_for_each(|c| c.on_resume(&run.standing.history.epochs))?;
        }
        let outcome = self.run(model, &mut run, |_model, _run| {
            #[cfg(feature = "store")]
            if let Some(checkpoint) = &checkpoint {
                return checkpoint.save(_model, _run);
            }
            Ok(())
        });
        model.params_mut().clone_from_slice(&run.best);
        outcome?;
        let history = run.standing.history;
        self.tell(|callback| callback.on_end(&history))?;
        Ok(history)
    }

    /// Goes on from where the run stands until training is over. `save` is called where a checkpoint is due.
    fn run<T: Scalar>(
        &mut self,
        model: &mut Model<F>,
        run: &mut Run<F, T>,
        save: impl Fn(&Model<F>, &Run<F, T>) -> Result<()>,
    ) -> Result<()> {
        let (began, before) = (Instant::now(), run.standing.history.epochs.last().map_or(0.0, |e| e.seconds));
        run.standing.history.stopped = loop {
            let epoch = run.standing.history.epochs.len() + 1;
            if run.standing.watch.gives_up(&self.stopping) {
                break Stopped::Early;
            }
            if epoch > self.epochs {
                break Stopped::Finished;
            }
            let end = self.epoch(epoch, model, run)?;
            let seconds = || before + began.elapsed().as_secs_f64();
            let figures = validate(&end, model, run.valid, seconds)?;
            let standing = &mut run.standing;
            standing.history.epochs.push(figures);
            // A part of an epoch, which an interruption leaves, is the best only where there is no other.
            let counts = end.rows == run.plan.rows || standing.watch.best.is_none();
            if counts && (standing.watch.improves(&self.stopping, &figures) || self.stopping.last) {
                // Shares the storage: the copy is made by the next step, which writes.
                run.best = model.params().to_vec();
                standing.history.best_epoch = epoch;
            }
            standing.reduce_on_plateau(self.schedule, &self.stopping, &figures);
            self.tell(|callback| callback.on_epoch(&figures))?;
            let (interrupted, whole) = (self.interrupt.load(Ordering::Relaxed), end.rows == run.plan.rows);
            if whole && (interrupted || self.checkpoint_every.is_some_and(|every| epoch.is_multiple_of(every))) {
                match (save(model, run), &mut self.tolerant) {
                    (Err(error), Some(report)) => report(&error),
                    (outcome, _) => outcome?,
                }
            }
            if interrupted {
                break Stopped::Interrupted;
            }
        };
        Ok(())
    }

    /// One epoch, a pass over the shuffled training rows; how it ended.
    fn epoch<T: Scalar>(&mut self, epoch: usize, model: &mut Model<F>, run: &mut Run<F, T>) -> Result<BatchEnd> {
        let &mut Run { train, seed, plan, .. } = run;
        let mut order: Vec<usize> = (0..train.len()).collect();
        order.shuffle(&mut seed.stream(&format!("shuffle {epoch}")));
        // Where targets are numbers, no row is correct or not, and the accuracy is NaN.
        let (mut loss, mut correct) = (0.0, if self.loss.wants_classes() { 0.0 } else { f64::NAN });
        let mut end = BatchEnd { epoch, ..BatchEnd::default() };
        for (batch, chosen) in order.chunks(self.batch_size).enumerate() {
            let x = model.batch_of(train.x(), chosen.iter().copied());
            let objective = Objective {
                loss: self.loss,
                targets: Targets::of(train, chosen),
                class_weights: self.class_weights.clone(),
                smoothing: self.smoothing,
                reduction: self.reduction,
            };
            let time = (epoch - 1) as f64 + batch as f64 / plan.batches as f64;
            let learning_rate = self.optimizer.learning_rate() * self.factor(time, run.standing.reductions)?;
            let key = seed.key("dropout").child(run.optimizer.step as usize);

            // A sum of losses has the penalties once, not once for each row.
            let penalty = if self.reduction == Reduction::Sum { model.penalty() } else { 0.0 };
            let (rule, clip_norm, state) = (&*self.optimizer, self.clip_norm, &mut run.optimizer);
            let (observers, mut observed) = (&mut self.observers, Ok(()));
            let step = train_step(model, x.clone(), objective, key, |params, gradients| {
                let view = StepView { epoch, batch: batch + 1, learning_rate, params, gradients };
                observed = observers.iter_mut().try_for_each(|observer| observer(&view));
                if observed.is_ok() {
                    if let Some(norm) = clip_norm {
                        clip_global_norm(gradients, norm);
                    }
                    state.step(rule, learning_rate, params, gradients);
                }
            });
            observed?;
            if !step.loss.is_finite() {
                return Err(blame(&format!("epoch {epoch}, batch {}", batch + 1), model, x, Mode::Train(key)));
            }
            // Means or sums are minimised, means are shown, with the penalties once: they compare with those of the
            // validation rows.
            let rows = chosen.len() as f64;
            loss +=
                if self.reduction == Reduction::Sum { step.loss + (rows - 1.0) * penalty } else { step.loss * rows };
            correct += step.correct.unwrap_or(0) as f64;
            let rows = end.rows + chosen.len();
            let (mean, accuracy) = (loss / rows as f64, correct / rows as f64);
            end = BatchEnd { epoch, batch: batch + 1, rows, loss: mean, accuracy, learning_rate };
            self.tell(|callback| callback.on_batch(&end))?;
            if self.interrupt.load(Ordering::Relaxed) {
                break;
            }
        }
        Ok(end)
    }

    /// What the schedule multiplies the learning rate by at a time in epochs.
    fn factor(&self, time: f64, reductions: usize) -> Result<f64> {
        let Some((name, factor)) = &self.own_schedule else {
            return Ok(self.schedule.factor(time, self.epochs, reductions));
        };
        let factor = factor(time);
        let place = format!("schedule {name:?}, epoch {time:.2}");
        Error::unless(&place, factor, 0.0..f64::INFINITY, "a finite factor, at least 0").map(|()| factor)
    }

    fn check<T: Scalar>(&self, model: &Model<F>, train: &Dataset<T>, valid: &Dataset<T>) -> Result<()> {
        let mut positive = vec![("epochs", self.epochs), ("batch size", self.batch_size)];
        positive.extend(self.checkpoint_every.map(|every| ("epochs between checkpoints", every)));
        if let Some((what, _)) = positive.iter().find(|(_, n)| *n == 0) {
            return Err(Error::config(*what).found("0").wanted("at least 1"));
        }
        let rate = self.optimizer.learning_rate();
        if !(rate.is_finite() && rate > 0.0) {
            return Err(Error::config("learning rate").found(rate.to_string()).wanted("a positive number"));
        }
        self.optimizer.check()?;
        self.schedule.check()?;
        Error::unless("label smoothing", self.smoothing, 0.0..=1.0, "0 to 1")?;
        Error::unless("early stopping, min_delta", self.stopping.min_delta, 0.0.., "at least 0")?;
        let above_0 = (Bound::Excluded(0.0), Bound::Unbounded);
        Error::unless("gradient clipping", self.clip_norm.unwrap_or(1.0), above_0, "a norm above 0")?;
        self.class_weights.as_ref().map_or(Ok(()), |weights| check_weights(weights, train.classes()))?;
        self.check_loss()?;
        model.suits(self.loss)?;
        for (part, rows) in [("training", train), ("validation", valid)] {
            if rows.is_empty() {
                return Err(Error::data(format!("{part} part")).found("no rows").wanted("at least one"));
            }
            model.check_for(self.loss, rows)?;
        }
        // Class 0 of the one must be class 0 of the other.
        match train.classes().iter().zip(valid.classes()).position(|(trained, validated)| trained != validated) {
            None => Ok(()),
            Some(class) => Err(Error::data(format!("validation part, class {class}"))
                .found(format!("{:?}", valid.classes()[class]))
                .wanted(format!("{:?}, as in the training part", train.classes()[class]))
                .fix("take both parts from one data set")),
        }
    }
}

impl<F: Scalar> Trainer<'_, F> {
    /// Whether the loss is in range, and nothing is asked of classes where there are none.
    fn check_loss(&self) -> Result<()> {
        self.loss.check()?;
        let of_classes = [
            ("class weights", self.class_weights.is_some()),
            ("label smoothing", self.smoothing != 0.0),
            ("monitor", self.stopping.monitor.counts_classes()),
        ];
        match of_classes.iter().find(|(_, set)| *set && !self.loss.wants_classes()) {
            None => Ok(()),
            Some((setting, _)) => Err(Error::config(*setting)
                .found(format!("{}, whose targets are numbers", self.loss))
                .wanted("a loss of classes")
                .fix("leave the setting out; of the monitors, loss and val_loss do for numbers")),
        }
    }
}

/// Class weights are one a class, none below 0, and not all of them 0.
fn check_weights(weights: &[f64], classes: &[String]) -> Result<()> {
    let refused = |found: String, wanted: String| Err(Error::config("class weights").found(found).wanted(wanted));
    if weights.len() != classes.len() {
        return refused(weights.len().to_string(), format!("{}, one a class", classes.len()));
    }
    match weights.iter().zip(classes).find(|(weight, _)| !(0.0..f64::INFINITY).contains(*weight)) {
        Some((weight, class)) => refused(format!("{weight} for {class:?}"), "finite numbers, at least 0".into()),
        None if weights.iter().all(|&weight| weight == 0.0) => {
            refused("0 for every class".into(), "at least one above 0".into())
        }
        None => Ok(()),
    }
}

/// The figures of an epoch, those of validation among them.
fn validate<F: Scalar, T: Scalar>(
    end: &BatchEnd,
    model: &Model<F>,
    valid: &Dataset<T>,
    seconds: impl FnOnce() -> f64,
) -> Result<Epoch> {
    let blamed = || blame(&format!("epoch {}, validation", end.epoch), model, model.batch(valid.x()), Mode::Eval);
    let not_finite = |error: Error| if error.kind() == ErrorKind::NonFinite { blamed() } else { error };
    let (plain, [val_accuracy, val_balanced_accuracy, val_macro_f1]) = match model.loss().wants_classes() {
        true => {
            let Evaluation { loss, confusion, .. } = model.evaluate(valid).map_err(not_finite)?;
            (loss, [confusion.accuracy(), confusion.balanced_accuracy(), confusion.macro_mean().f1])
        }
        false => (model.evaluate_regression(valid).map_err(not_finite)?.loss, [f64::NAN; 3]),
    };
    // Training minimises the penalties, too.
    let val_loss = plain + model.penalty();
    if !val_loss.is_finite() {
        return Err(blamed());
    }
    Ok(Epoch {
        epoch: end.epoch,
        loss: end.loss,
        accuracy: end.accuracy,
        val_loss,
        val_accuracy,
        val_balanced_accuracy,
        val_macro_f1,
        learning_rate: end.learning_rate,
        seconds: seconds(),
    })
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
