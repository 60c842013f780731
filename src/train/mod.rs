//! The training loop and what watches it.
//!
//! | file | idea |
//! |---|---|
//! | [`trainer`] | everything that can be chosen |
//! | `run` | shuffled batches, one step after another, an evaluation after each epoch |
//! | `step` | forward, backward, update |
//! | `checkpoint`, `settings` | a run in a file, and which run may go on from it |
//! | [`monitor`] | which figure decides what is best, and when to stop |
//! | [`history`] | what happened, epoch by epoch |
//! | [`callback`] | whoever wants to be told |
//! | [`progress`] | a bar on a terminal, plain lines elsewhere |
//! | [`csv_log`] | the history in a file, whole after every epoch |

pub mod callback;
mod checkpoint;
pub mod csv_log;
pub mod history;
pub mod monitor;
pub mod progress;
mod run;
mod settings;
mod step;
pub mod trainer;

pub use callback::{BatchEnd, Callback, Plan};
pub use csv_log::CsvLog;
pub use history::{Epoch, History, Stopped};
pub use monitor::{EarlyStopping, Monitor};
pub use progress::Progress;
pub use trainer::Trainer;
