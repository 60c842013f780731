//! Early stopping: which figure decides which weights are best, and when to stop.

use super::epoch::Epoch;
use crate::names::named;

named! {
    "monitor",
    /// The figure of an epoch that decides which is best.
    #[non_exhaustive]
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
    #[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
    pub enum Monitor {
        /// Training loss: less is better.
        Loss = "loss",
        /// Training accuracy: more is better.
        Accuracy = "accuracy",
        /// Validation loss: less is better.
        ValLoss = "val_loss",
        /// Validation accuracy: more is better.
        ValAccuracy = "val_accuracy",
        /// Balanced accuracy, the mean recall of the classes, on the validation rows.
        ValBalancedAccuracy = "val_balanced_accuracy",
        /// Macro F1, the mean F1 of the classes, on the validation rows.
        ValMacroF1 = "val_macro_f1",
        /// The number of the epoch: the last one is the best, whatever its figures. For a learning rate that falls to nothing.
        Last = "last",
    }
}

impl Monitor {
    /// Its value in an epoch.
    pub fn of(self, epoch: &Epoch) -> f64 {
        match self {
            Monitor::Loss => epoch.loss,
            Monitor::Accuracy => epoch.accuracy,
            Monitor::ValLoss => epoch.val_loss,
            Monitor::ValAccuracy => epoch.val_accuracy,
            Monitor::ValBalancedAccuracy => epoch.val_balanced_accuracy,
            Monitor::ValMacroF1 => epoch.val_macro_f1,
            Monitor::Last => epoch.epoch as f64,
        }
    }

    /// Whether it is counted from classes: a regression does not have it.
    pub fn counts_classes(self) -> bool {
        !matches!(self, Monitor::Loss | Monitor::ValLoss | Monitor::Last)
    }

    /// Whether it is a figure of the training rows.
    pub fn trains(self) -> bool {
        matches!(self, Monitor::Loss | Monitor::Accuracy)
    }

    /// By how much `new` is better than `old`; negative where it is worse.
    pub fn gain(self, old: f64, new: f64) -> f64 {
        match self {
            Monitor::Loss | Monitor::ValLoss => old - new,
            _ => new - old,
        }
    }
}

/// Early stopping: which weights are the best, and when to give up looking for better ones. The best always come back,
/// whatever ended the training.
///
/// ```
/// use tonegrad::train::{EarlyStopping, Monitor};
/// let rule = EarlyStopping::on(Monitor::ValAccuracy).patience(5).min_delta(1e-3);
/// # let _ = rule;
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EarlyStopping {
    /// The figure.
    pub monitor: Monitor,
    /// Epochs in a row without an improvement that are tolerated; `None` never stops early.
    pub patience: Option<usize>,
    /// What gains no more than this over the best so far is no improvement, as in Keras: it neither becomes the best nor
    /// resets the wait. Slow gains add up until they are one.
    pub min_delta: f64,
    /// What gains no more than this over the best so far becomes the best, but does not reset the wait: scikit-learn's
    /// `tol`. Slow gains never add up.
    #[cfg_attr(feature = "serde", serde(default))]
    pub tol: f64,
    /// Keeps the weights of the last epoch, whichever was the best.
    pub last: bool,
}

impl EarlyStopping {
    /// Keeps the weights of the epoch that is best by `monitor`; never stops early unless [`EarlyStopping::patience`] is set.
    pub fn on(monitor: Monitor) -> Self {
        EarlyStopping { monitor, patience: None, min_delta: 0.0, tol: 0.0, last: false }
    }

    /// Stops after so many epochs in a row without an improvement.
    pub fn patience(self, epochs: usize) -> Self {
        EarlyStopping { patience: Some(epochs), ..self }
    }

    /// Takes for an improvement only what gains more than this over the best so far, as Keras does.
    pub fn min_delta(self, min_delta: f64) -> Self {
        EarlyStopping { min_delta, ..self }
    }

    /// Goes on waiting while an epoch gains no more than this over the one before it that was the best, as scikit-learn
    /// does.
    pub fn tol(self, tol: f64) -> Self {
        EarlyStopping { tol, ..self }
    }

    /// Keeps the weights of the last epoch, whichever was the best, as scikit-learn does.
    pub fn keep_last(self) -> Self {
        EarlyStopping { last: true, ..self }
    }
}

/// The best so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Watch {
    /// The best epoch, counted from 1, and its value.
    pub best: Option<(usize, f64)>,
    /// Epochs since.
    pub waited: usize,
}

impl Watch {
    /// Takes an epoch in; whether it is the best so far.
    pub fn improves(&mut self, rule: &EarlyStopping, epoch: &Epoch) -> bool {
        let value = rule.monitor.of(epoch);
        let gain = self.best.map_or(f64::INFINITY, |(_, best)| rule.monitor.gain(best, value));
        self.waited = if gain > rule.min_delta.max(rule.tol) { 0 } else { self.waited + 1 };
        let best = gain > rule.min_delta;
        if best {
            self.best = Some((epoch.epoch, value));
        }
        best
    }

    /// Whether patience is over.
    pub fn gives_up(&self, rule: &EarlyStopping) -> bool {
        rule.patience.is_some_and(|patience| self.waited >= patience.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Best epochs and waits, epoch by epoch, of these validation losses.
    fn watched(rule: EarlyStopping, losses: &[f64]) -> Vec<(usize, usize)> {
        let mut watch = Watch::default();
        let (loss, accuracy, learning_rate, seconds) = (0.0, 0.0, 0.1, 0.0);
        let (val_accuracy, val_balanced_accuracy, val_macro_f1) = (0.0, 0.0, 0.0);
        let epoch = |(i, &val_loss): (usize, &f64)| Epoch {
            epoch: i + 1,
            loss,
            accuracy,
            val_loss,
            val_accuracy,
            val_balanced_accuracy,
            val_macro_f1,
            learning_rate,
            seconds,
        };
        let mut step = |epoch: Epoch| {
            watch.improves(&rule, &epoch);
            (watch.best.unwrap().0, watch.waited)
        };
        losses.iter().enumerate().map(|one| step(epoch(one))).collect()
    }

    /// By hand, from `EarlyStopping` of Keras 3: 0.875 and 0.75 gain no more than a quarter, but 0.5 gains a half on the last best.
    #[test]
    fn slow_gains_add_up_as_in_keras_and_never_do_as_in_scikit_learn() {
        let (rule, losses) = (EarlyStopping::on(Monitor::ValLoss), [1.0, 0.875, 0.75, 0.5, 0.375]);
        assert_eq!(watched(rule.min_delta(0.25), &losses), [(1, 0), (1, 1), (1, 2), (4, 0), (4, 1)]);
        assert_eq!(watched(rule.tol(0.25), &losses), [(1, 0), (2, 1), (3, 2), (4, 3), (5, 4)]);
        assert_eq!(watched(rule, &losses), [(1, 0), (2, 0), (3, 0), (4, 0), (5, 0)]);
    }
}
