//! Early stopping, as a rule.
//!
//! After each epoch, look at the validation loss. If it is less than the least so far, this epoch is the best. If there
//! have been `patience` epochs in a row without a new best one, stop.

/// What the rule decides, with epochs counted from 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decision {
    /// The epoch whose weights are kept.
    pub best: usize,
    /// The last epoch that is trained.
    pub last: usize,
}

/// The decision, if training would give these validation losses, epoch by epoch (one at least). If patience never ends, the last
/// epoch is that of the last loss.
pub fn early_stopping(losses: &[f64], patience: usize) -> Decision {
    todo!("one pass over the losses, without a look ahead")
}
