//! Early stopping, as a rule.

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
    let mut best = 1;
    for (epoch, loss) in (1..).zip(losses) {
        if *loss < losses[best - 1] {
            best = epoch;
        }
        if epoch - best >= patience {
            return Decision { best, last: epoch };
        }
    }
    Decision { best, last: losses.len() }
}
