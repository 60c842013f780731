//! A small deep-learning library, written from scratch.

pub mod data;
mod error;
pub mod metrics;
pub mod random;

pub use error::{Error, ErrorKind, Result};
pub use random::Seed;
