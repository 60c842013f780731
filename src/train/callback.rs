//! Whoever wants to be told how training goes.

use super::epoch::Epoch;
use super::history::History;
use crate::Result;

/// What is about to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// At most so many epochs.
    pub epochs: usize,
    /// Batches in each.
    pub batches: usize,
    /// Training rows.
    pub rows: usize,
}

/// How the current epoch stands after a mini-batch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BatchEnd {
    /// The epoch, counted from 1.
    pub epoch: usize,
    /// Batches done in it.
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

/// Is told of each event; does nothing unless it says otherwise. An error ends the training.
pub trait Callback {
    /// Before the first batch.
    fn on_start(&mut self, plan: &Plan) -> Result<()> {
        let _ = plan;
        Ok(())
    }

    /// After the start, where training goes on from a checkpoint: the epochs that were trained before.
    fn on_resume(&mut self, epochs: &[Epoch]) -> Result<()> {
        let _ = epochs;
        Ok(())
    }

    /// After each batch.
    fn on_batch(&mut self, end: &BatchEnd) -> Result<()> {
        let _ = end;
        Ok(())
    }

    /// After each epoch and its validation.
    fn on_epoch(&mut self, epoch: &Epoch) -> Result<()> {
        let _ = epoch;
        Ok(())
    }

    /// When all is over.
    fn on_end(&mut self, history: &History) -> Result<()> {
        let _ = history;
        Ok(())
    }
}
