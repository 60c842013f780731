//! Learning-rate schedules: the rate over time, as a factor of the optimiser's own.

use crate::{Error, Result};
use std::f64::consts::PI;

/// A learning-rate schedule: how the rate changes over time. Time is counted in epochs, also in parts of one: batch 5
/// of 10 of the third is 2.5.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Schedule {
    /// A constant learning rate.
    #[default]
    Constant,
    /// Step decay: multiplied by `factor` every so many epochs.
    Step {
        /// Epochs between two steps.
        every: usize,
        /// What each step multiplies by.
        factor: f64,
    },
    /// Warm-up and cosine decay: rises linearly from 0 for `warm_up` epochs, then falls along half a cosine to `floor`
    /// (a share of the whole) at the end: Loshchilov and Hutter 2017.
    Cosine {
        /// Epochs of the rise.
        warm_up: f64,
        /// The share that remains at the end.
        floor: f64,
    },
    /// Reduction on plateaus: multiplied by `factor` whenever the monitored value has not improved for `patience`
    /// epochs, down to `floor`.
    Plateau {
        /// Epochs without an improvement that are tolerated.
        patience: usize,
        /// What each reduction multiplies by.
        factor: f64,
        /// The share that is never gone below.
        floor: f64,
    },
}

impl Schedule {
    /// Whether its settings are in range. [`Trainer::fit`](crate::train::Trainer::fit) asks before it begins.
    ///
    /// # Errors
    /// The first setting that is not.
    pub fn check(self) -> Result<()> {
        let factor = |f| Error::unless("schedule, factor", f, 0.0..f64::INFINITY, "a finite number, at least 0");
        let floor = |f| Error::unless("schedule, floor", f, 0.0..=1.0, "0 to 1, a share of the learning rate");
        match self {
            Schedule::Constant => Ok(()),
            Schedule::Step { every: 0, .. } => {
                Err(Error::config("schedule, epochs between steps").found("0").wanted("at least 1"))
            }
            Schedule::Step { factor: f, .. } => factor(f),
            Schedule::Cosine { warm_up, floor: f } => {
                Error::unless(
                    "schedule, warm-up",
                    warm_up,
                    0.0..f64::INFINITY,
                    "a finite number of epochs, at least 0",
                )?;
                floor(f)
            }
            Schedule::Plateau { factor: f, floor: least, .. } => factor(f).and(floor(least)),
        }
    }

    /// The factor at `epoch` of `epochs`, after so many `reductions` on plateaus.
    ///
    /// ```
    /// use tonegrad::optim::Schedule;
    /// let cosine = Schedule::Cosine { warm_up: 2.0, floor: 0.1 };
    /// assert_eq!([0.0, 1.0, 2.0, 10.0].map(|e| cosine.factor(e, 10, 0)), [0.0, 0.5, 1.0, 0.1]);
    /// assert_eq!(Schedule::Step { every: 3, factor: 0.5 }.factor(6.9, 10, 0), 0.25);
    /// ```
    pub fn factor(self, epoch: f64, epochs: usize, reductions: usize) -> f64 {
        match self {
            Schedule::Constant => 1.0,
            Schedule::Step { every, factor } => factor.powf((epoch / every.max(1) as f64).floor()),
            Schedule::Cosine { warm_up, .. } if epoch < warm_up => epoch / warm_up,
            Schedule::Cosine { warm_up, floor } => {
                let done = ((epoch - warm_up) / (epochs as f64 - warm_up).max(f64::MIN_POSITIVE)).min(1.0);
                floor + (1.0 - floor) * (0.5 + 0.5 * (PI * done).cos())
            }
            Schedule::Plateau { factor, floor, .. } => factor.powf(reductions as f64).max(floor),
        }
    }
}
