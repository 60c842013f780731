//! A small deep-learning library, written from scratch.

pub mod autograd;
pub mod buffer;
mod error;
pub mod linalg;
pub mod ops;
pub mod random;
mod scalar;
mod tensor;

pub use error::{Error, ErrorKind, Result};
pub use random::Seed;
pub use scalar::Scalar;
pub use tensor::Tensor;
