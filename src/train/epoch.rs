//! The figures of one epoch: loss, accuracy, learning rate.

/// The figures of one epoch: losses, accuracies, learning rate. Losses include the penalties; those of training are
/// averages over the epoch's mini-batches, with dropout at work, as in Keras. Where targets are numbers, every accuracy is NaN;
/// in files nothing stands for it, an empty cell or `null`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Epoch {
    /// Counted from 1.
    pub epoch: usize,
    /// Mean training loss.
    pub loss: f64,
    /// Training accuracy: the share of training rows that are classified correctly.
    #[cfg_attr(feature = "serde", serde(with = "or_nothing"))]
    pub accuracy: f64,
    /// Validation loss.
    pub val_loss: f64,
    /// Validation accuracy: the share of validation rows that are classified correctly.
    #[cfg_attr(feature = "serde", serde(with = "or_nothing"))]
    pub val_accuracy: f64,
    /// Balanced accuracy, the mean recall of the classes, on the validation rows.
    #[cfg_attr(feature = "serde", serde(with = "or_nothing"))]
    pub val_balanced_accuracy: f64,
    /// Macro F1, the mean F1 of the classes, on the validation rows.
    #[cfg_attr(feature = "serde", serde(with = "or_nothing"))]
    pub val_macro_f1: f64,
    /// Learning rate of the last step.
    pub learning_rate: f64,
    /// Seconds since training began.
    pub seconds: f64,
}

/// NaN as nothing, in files.
#[cfg(feature = "serde")]
mod or_nothing {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        if value.is_nan() { None::<f64>.serialize(serializer) } else { value.serialize(serializer) }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
    }
}
