//! Training: the loop of epochs and mini-batches, callbacks, checkpoints, early stopping.
//!
//! | file | idea |
//! |---|---|
//! | [`step`] | one training step: forward pass, loss, backpropagation, update: read this first |
//! | [`objective`] | the loss of one mini-batch: its targets, and what weighs how much |
//! | [`gradients`] | the gradients of one mini-batch by themselves, for a loop of your own |
//! | [`trainer`] | everything that can be chosen about training |
//! | `fit` | the training loop: epochs of shuffled mini-batches, a step on each, an evaluation after each epoch |
//! | `evaluate` | loss and metrics of a model on rows with known targets |
//! | [`epoch`], [`history`] | loss and accuracy, epoch by epoch |
//! | [`monitor`] | early stopping: which figure decides which weights are best, and when to stop |
//! | `run` | what is carried from epoch to epoch |
//! | `checkpoint`, `settings` | a run in a file, and which run may go on from it (feature `store`) |
//! | [`callback`] | what the loop calls after each mini-batch and each epoch |
//! | [`observer`] | what an observer sees of each step: parameters and gradients |
//! | `progress` | a progress bar on a terminal, plain lines elsewhere (feature `progress`) |
//! | `csv_log` | the history as a CSV file, a line more after every epoch (feature `csv`) |

pub mod callback;
#[cfg(feature = "store")]
mod checkpoint;
#[cfg(feature = "csv")]
mod csv_log;
pub mod epoch;
mod evaluate;
mod fit;
pub mod gradients;
pub mod history;
pub mod monitor;
pub mod objective;
pub mod observer;
#[cfg(feature = "progress")]
mod progress;
mod run;
#[cfg(feature = "store")]
mod settings;
pub mod step;
pub mod trainer;

pub use callback::{BatchEnd, Callback, Plan};
#[cfg(feature = "csv")]
pub use csv_log::CsvLog;
pub use epoch::Epoch;
pub use gradients::BatchGradients;
pub use history::{History, Stopped};
pub use monitor::{EarlyStopping, Monitor};
pub use objective::{Objective, Targets};
pub use observer::StepView;
#[cfg(feature = "progress")]
pub use progress::Progress;
pub use step::{Step, train_step};
pub use trainer::Trainer;
