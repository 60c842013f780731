//! The training history: what happened, epoch by epoch.

use super::epoch::Epoch;
use super::monitor::Monitor;
use std::fmt;

/// Why training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Stopped {
    /// All epochs are done.
    Finished,
    /// No improvement for as long as was tolerated.
    Early,
    /// The caller's interrupt flag was set.
    Interrupted,
}

/// The history of a training run, epoch by epoch.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct History {
    /// The epochs, in order.
    pub epochs: Vec<Epoch>,
    /// The epoch whose weights the model has now, counted from 1: the best, unless the last was asked for.
    pub best_epoch: usize,
    /// What "best" means.
    pub monitor: Monitor,
    /// Why training ended.
    pub stopped: Stopped,
}

impl History {
    /// The epoch whose weights the model has now.
    pub fn best(&self) -> Option<&Epoch> {
        self.epochs.iter().find(|epoch| epoch.epoch == self.best_epoch)
    }

    /// How many epochs were trained, also where not all of them are kept here.
    pub fn trained(&self) -> usize {
        self.epochs.last().map_or(0, |epoch| epoch.epoch)
    }

    /// At most so many epochs, evenly chosen, and besides them the best and the last.
    pub fn thinned(mut self, most: usize) -> History {
        let (last, best) = (self.epochs.len(), self.best_epoch);
        let every = last.div_ceil(most.max(1)).max(1);
        self.epochs.retain(|e| (e.epoch - 1).is_multiple_of(every) || [best, last].contains(&e.epoch));
        self
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let reason = match self.stopped {
            Stopped::Finished => "all epochs done",
            Stopped::Early => "stopped early",
            Stopped::Interrupted => "interrupted",
        };
        write!(f, "{} epochs, {reason}", self.epochs.len())?;
        if self.monitor == Monitor::Last {
            write!(f, "; the last weights are kept")?;
        } else if let Some(best) = self.best() {
            write!(
                f,
                "; best epoch {} by {} = {:.4}, its weights are kept",
                best.epoch,
                self.monitor,
                self.monitor.of(best)
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thinned_history_keeps_its_ends_and_its_best() {
        let epoch = |epoch| Epoch {
            epoch,
            loss: 1.0,
            accuracy: 0.0,
            val_loss: 1.0,
            val_accuracy: 0.0,
            val_balanced_accuracy: 0.0,
            val_macro_f1: 0.0,
            learning_rate: 1e-3,
            seconds: 0.0,
        };
        for (epochs, most) in [(0, 3), (1, 3), (3, 3), (10, 3), (20_001, 100), (5, 0)] {
            for best_epoch in [1, epochs / 2, epochs] {
                let all = (1..=epochs).map(epoch).collect();
                let history = History { epochs: all, best_epoch, monitor: Monitor::Loss, stopped: Stopped::Finished };
                let thinned = history.clone().thinned(most);
                assert_eq!((thinned.trained(), thinned.best()), (epochs, history.best()));
                assert!(thinned.epochs.len() <= most.max(1) + 2 && thinned.epochs.first() == history.epochs.first());
            }
        }
    }
}
