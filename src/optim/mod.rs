//! From gradients to better weights.
//!
//! | file | idea |
//! |---|---|
//! | [`adam`] | Adam and AdamW, exactly as Keras computes them |
//! | [`sgd`] | gradient descent with momentum, also Nesterov's |
//! | [`state`] | what an optimiser remembers, and the parallel step over all parameters |
//! | [`clip`] | gradients scaled down to a global norm |
//! | [`schedule`] | the learning rate over time |

pub mod adam;
pub mod clip;
pub mod schedule;
pub mod sgd;
pub mod state;

pub use adam::{Adam, AdamW};
pub use clip::clip_global_norm;
pub use schedule::Schedule;
pub use sgd::Sgd;
pub use state::{Optimizer, State};
