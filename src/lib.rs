//! A small deep-learning library, written from scratch.

pub mod autograd;
pub mod buffer;
pub mod data;
mod error;
pub mod files;
pub mod linalg;
pub mod metrics;
pub mod models;
pub mod nn;
pub mod ops;
pub mod optim;
pub mod random;
pub mod report;
mod scalar;
mod tensor;
pub mod train;

pub use error::{Error, ErrorKind, Result};
pub use random::Seed;
pub use scalar::Scalar;
pub use tensor::Tensor;

/// What most programs need.
pub mod prelude {
    pub use crate::data::{Dataset, Fma, FmaReader, Parts, Split, Standardize, Subset, Train};
    pub use crate::nn::{
        Activation, AvgPool1d, Conv1d, Dense, Dropout, Flatten, GlobalAvgPool1d, GlobalMaxPool1d, Init, MaxPool1d,
        Model, Sequential,
    };
    pub use crate::optim::{Adam, AdamW, Schedule, Sgd};
    pub use crate::train::{CsvLog, EarlyStopping, History, Monitor, Progress, Trainer};
    pub use crate::{Error, Result, Seed, Tensor, models};
}
