//! Callbacks, which the training loop calls after each mini-batch and each epoch.

use super::epoch::Epoch;
use super::history::History;
use crate::Result;

/// What a training run is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// At most so many epochs.
    pub epochs: usize,
    /// Mini-batches in each.
    pub batches: usize,
    /// Training rows.
    pub rows: usize,
}

/// How the current epoch stands after a mini-batch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct BatchEnd {
    /// The epoch, counted from 1.
    pub epoch: usize,
    /// Mini-batches done in it.
    pub batch: usize,
    /// Rows done in it.
    pub rows: usize,
    /// Mean loss so far in it.
    pub loss: f64,
    /// Accuracy so far in it.
    pub accuracy: f64,
    /// The learning rate of its last step.
    pub learning_rate: f64,
}

/// A callback of the training loop: a method for each event, which does nothing unless it is written. An error ends the
/// training.
pub trait Callback {
    /// Called before the first mini-batch.
    fn on_start(&mut self, plan: &Plan) -> Result<()> {
        let _ = plan;
        Ok(())
    }

    /// Called after the start, where training goes on from a checkpoint: the epochs that were trained before.
    fn on_resume(&mut self, epochs: &[Epoch]) -> Result<()> {
        let _ = epochs;
        Ok(())
    }

    /// Called after each mini-batch.
    fn on_batch(&mut self, end: &BatchEnd) -> Result<()> {
        let _ = end;
        Ok(())
    }

    /// Called after each epoch and its validation.
    fn on_epoch(&mut self, epoch: &Epoch) -> Result<()> {
        let _ = epoch;
        Ok(())
    }

    /// Called at the end of training.
    fn on_end(&mut self, history: &History) -> Result<()> {
        let _ = history;
        Ok(())
    }
}
