//! A small deep-learning library, written from scratch: it proves its own gradients, and tells the genre of a song.
//!
//! Read it from the ground up, as a course; nothing refers upwards.
//!
//! | floor | what |
//! |---|---|
//! | [`Tensor`], [`buffer`], [`Scalar`], [`random`], [`Error`] | arrays with recycled storage, f32 or f64, one seed, one error |
//! | [`linalg`] | the matrix product, and the register tile under it |
//! | [`autograd`] | the tape, what an operation is, the gradient check, a network mapped over a batch |
//! | [`ops`] | one file per operation: mathematics, forward rule, backward rule |
//! | [`nn`], [`models`] | layers; networks whose shapes are checked when they are built; those of the report |
//! | [`store`] | model files, weights of others, ONNX |
//! | [`optim`], [`train`] | Adam, AdamW, SGD, schedules; the training loop, its checkpoints, and what watches it |
//! | [`data`], [`metrics`] | FMA's tables, splits, balancing, the standardiser; confusion matrix and scores |
//! | [`classical`], [`recipes`] | logistic regression, support-vector machines, neighbours; networks with their training; one trait for all |
//! | [`study`] | every model on the same tables, prepared honestly and as in the report |
//! | [`report`], [`pictures`], [`files`] | what a run leaves behind: figures, pictures on one page, files written whole or not at all |
//!
//! Differentiating by hand takes a tape:
//!
//! ```
//! use tonegrad::{Tensor, autograd::Tape};
//! let tape = Tape::new();
//! let x = tape.leaf(Tensor::new([3], vec![1.0, 2.0, 3.0]));
//! let loss = (&x * &x).sum();
//! assert_eq!(tape.gradients(&loss).of(&x).as_slice(), [2.0, 4.0, 6.0]);
//! ```
//!
//! A whole job takes the [`prelude`]: see the first program of the README.

pub mod autograd;
pub mod buffer;
pub mod classical;
pub mod data;
mod error;
pub mod files;
pub mod linalg;
pub mod metrics;
pub mod models;
pub mod nn;
pub mod ops;
pub mod optim;
pub mod pictures;
pub mod random;
pub mod recipes;
pub mod report;
mod scalar;
pub mod store;
pub mod study;
mod tensor;
pub mod train;

pub use error::{Error, ErrorKind, Result};
pub use random::Seed;
pub use scalar::Scalar;
pub use tensor::Tensor;

/// What most programs need.
pub mod prelude {
    pub use crate::data::{Dataset, Fma, FmaReader, Parts, Smote, Split, Standardize, Subset, Train};
    pub use crate::nn::{
        Activation, AvgPool1d, Conv1d, Dense, Dropout, Flatten, Gather, GlobalAvgPool1d, GlobalMaxPool1d, Init,
        MaxPool1d, Model, Sequential,
    };
    pub use crate::optim::{Adam, AdamW, Schedule, Sgd};
    pub use crate::store::{Card, Classifier};
    pub use crate::train::{CsvLog, EarlyStopping, History, Monitor, Progress, Trainer};
    pub use crate::{Error, Result, Seed, Tensor, models};
}

/// The README's programs, compiled and run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
