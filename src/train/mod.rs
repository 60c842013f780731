//! The training loop and what watches it.
//!
//! | file | idea |
//! |---|---|
//! | [`step`] | forward, loss, backward, update: read this first |
//! | [`trainer`] | everything that can be chosen about training |
//! | `fit` | the loop: shuffled mini-batches, one step after another, an evaluation after each epoch |
//! | `evaluate` | a model on rows with known classes |
//! | [`epoch`], [`history`] | what happened, epoch by epoch |
//! | [`monitor`] | which figure decides what is best, and when to stop |
//! | `run` | what is carried from epoch to epoch |
//! | `checkpoint`, `settings` | a run in a file, and which run may go on from it (feature `store`) |
//! | [`callback`] | what is told how training goes |
//! | `progress` | a bar on a terminal, plain lines elsewhere (feature `progress`) |
//! | `csv_log` | the history in a file, whole after every epoch (feature `csv`) |

pub mod callback;
#[cfg(feature = "store")]
mod checkpoint;
#[cfg(feature = "csv")]
mod csv_log;
pub mod epoch;
mod evaluate;
mod fit;
pub mod history;
pub mod monitor;
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
pub use history::{History, Stopped};
pub use monitor::{EarlyStopping, Monitor};
#[cfg(feature = "progress")]
pub use progress::Progress;
pub use step::{Step, train_step};
pub use trainer::Trainer;
