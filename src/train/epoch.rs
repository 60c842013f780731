//! The figures of one epoch.

/// The figures of one epoch. Losses include the penalties; those of training are averages over the epoch's batches, with
/// dropout at work, as in Keras.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Epoch {
    /// Counted from 1.
    pub epoch: usize,
    /// Mean training loss.
    pub loss: f64,
    /// Share of training rows told right.
    pub accuracy: f64,
    /// Loss on the validation rows.
    pub val_loss: f64,
    /// Share of validation rows told right.
    pub val_accuracy: f64,
    /// Mean recall of the genres on the validation rows.
    pub val_balanced_accuracy: f64,
    /// Mean F1 of the genres on the validation rows.
    pub val_macro_f1: f64,
    /// Learning rate of the last step.
    pub learning_rate: f64,
    /// Seconds since training began.
    pub seconds: f64,
}
