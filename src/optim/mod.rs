//! Optimisers: gradient descent, from gradients to better weights.
//!
//! | file | idea |
//! |---|---|
//! | [`adam`] | Adam and AdamW, exactly as Keras computes them |
//! | [`sgd`] | stochastic gradient descent with momentum, also Nesterov's |
//! | [`state`] | an optimiser's moments, and the parallel step over all parameters |
//! | [`clip`] | gradient clipping by the global norm |
//! | [`schedule`] | learning-rate schedules |

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
