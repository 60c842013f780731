//! The state of a training run, which it carries from epoch to epoch.

use super::callback::Plan;
use super::epoch::Epoch;
use super::history::{History, Stopped};
use super::monitor::{EarlyStopping, Watch};
use super::trainer::Trainer;
use crate::data::{Dataset, Train};
use crate::nn::{Model, Param};
use crate::optim::{Schedule, State};
use crate::{Scalar, Seed};

/// A run: what it works on, and what it carries from epoch to epoch besides the model's weights. Random streams are not
/// among it: they are named by epoch and step.
pub(super) struct Run<'a, F: Scalar, T: Scalar> {
    pub train: &'a Train<T>,
    pub valid: &'a Dataset<T>,
    pub seed: Seed,
    pub plan: Plan,
    pub optimizer: State<F>,
    pub best: Vec<Param<F>>,
    pub standing: Standing,
}

/// The part of it that is neither data nor tensors.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Standing {
    pub history: History,
    pub watch: Watch,
    pub plateau: Watch,
    /// Reductions of the learning rate on plateaus.
    pub reductions: usize,
}

impl<'a, F: Scalar, T: Scalar> Run<'a, F, T> {
    /// A run that begins.
    pub fn new(
        trainer: &Trainer<F>,
        model: &Model<F>,
        (train, valid): (&'a Train<T>, &'a Dataset<T>),
        seed: Seed,
    ) -> Self {
        let batches = train.len().div_ceil(trainer.batch_size);
        let history = History {
            epochs: Vec::new(),
            best_epoch: 0,
            monitor: trainer.stopping.monitor,
            stopped: Stopped::Finished,
        };
        Run {
            train,
            valid,
            seed,
            plan: Plan { epochs: trainer.epochs, batches, rows: train.len() },
            optimizer: State::new(&*trainer.optimizer, model.params()),
            best: model.params().to_vec(),
            standing: Standing { history, watch: Watch::default(), plateau: Watch::default(), reductions: 0 },
        }
    }
}

impl Standing {
    pub fn reduce_on_plateau(&mut self, schedule: Schedule, stopping: &EarlyStopping, epoch: &Epoch) {
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
