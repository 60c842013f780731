//! A small deep-learning library, written from scratch: it proves its own gradients, and tells the genre of a song.
//!
//! New to the field? The [course](https://docs.rs/crate/tonegrad/latest/source/course/src/README.md), in the folder `course` of the source, builds
//! all of this from a single number to the genre of a song: sixteen chapters with programs, derivations, and exercises that the gradient
//! checker grades.
//!
//! Or read the source from the ground up; nothing imports upwards.
//!
//! | floor | what |
//! |---|---|
//! | [`Tensor`], [`Scalar`], [`mod@product`], [`random`], [`Error`] | ground: arrays of f32 or f64, the matrix product, one seed, one error |
//! | [`autograd`] | reverse-mode differentiation: the tape, what an operation is, the gradient check |
//! | [`ops`] | one file per operation: mathematics, forward rule, backward rule |
//! | [`nn`] | layers, networks whose shapes are checked when they are built |
//! | [`optim`] | Adam, AdamW, SGD, schedules |
//! | [`data`], [`metrics`] | beside: data sets, splits, the standardiser; confusion matrix and scores |
//! | [`mod@store`] | beside: model files, weights of others, ONNX |
//! | [`train`] | one training step, and the loop around it |
//! | [`linalg`] | how it gets fast: register tiles, skipped zeros, recycled storage |
//! | [`neighbours`], [`balance`], [`classical`] | exact nearest neighbours, SMOTE; logistic regression, support-vector machines |
//! | [`audio`], [`pictures`] | beside: features of sound; charts and pages |
//! | [`fma`] | everything that knows about music: tables, networks, recipes, protocols, the study |
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

#[cfg(test)]
extern crate self as tonegrad;

#[cfg(feature = "audio")]
pub mod audio;
pub mod autograd;
pub mod balance;
#[doc(hidden)]
pub mod buffer;
pub mod classical;
mod clock;
pub mod data;
mod error;
#[doc(hidden)]
pub mod files;
#[cfg(feature = "fma")]
pub mod fma;
#[doc(hidden)]
pub mod isa;
pub mod linalg;
pub mod metrics;
mod names;
pub mod neighbours;
pub mod nn;
pub mod ops;
pub mod optim;
#[cfg(feature = "pictures")]
pub mod pictures;
pub mod product;
pub mod random;
mod scalar;
#[cfg(feature = "store")]
pub mod store;
mod tensor;
pub mod train;

pub use error::{Error, ErrorKind, Result};
pub use ndarray;
pub use random::Seed;
pub use scalar::Scalar;
pub use tensor::Tensor;

/// What most programs need.
pub mod prelude {
    pub use crate::autograd::{Tape, Var};
    pub use crate::balance::Smote;
    pub use crate::data::{Dataset, Partition, Parts, Standardize, Train};
    #[cfg(feature = "fma")]
    pub use crate::fma::{Fma, FmaReader, Split, Subset, networks};
    pub use crate::nn::{
        Activation, AvgPool1d, BatchNorm, Conv1d, Dense, Dropout, Embedding, Flatten, Gather, GaussianNoise,
        GlobalAvgPool1d, GlobalMaxPool1d, Gru, Init, LayerNorm, Loss, MaxPool1d, Model, Parallel, Residual, Row,
        Sequential,
    };
    pub use crate::optim::{Adam, AdamW, Schedule, Sgd};
    #[cfg(feature = "store")]
    pub use crate::store::{Card, Classifier};
    #[cfg(feature = "csv")]
    pub use crate::train::CsvLog;
    #[cfg(feature = "progress")]
    pub use crate::train::Progress;
    pub use crate::train::{EarlyStopping, History, Monitor, Trainer, train_step};
    pub use crate::{Error, Result, Seed, Tensor};
}

/// The README's programs, compiled and run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The course's programs, compiled as tests.
#[cfg(doctest)]
mod course {
    macro_rules! chapters {
        ($($chapter:ident: $text:expr;)*) => {
            $(#[doc = $text] struct $chapter;)*
        };
    }
    chapters! {
        Chapter01: include_str!("../course/src/01-a-number-that-remembers.md");
        Chapter02: include_str!("../course/src/02-believe-nothing.md");
        Chapter03: include_str!("../course/src/03-arrays.md");
        Chapter04: include_str!("../course/src/04-learning.md");
        Chapter05: include_str!("../course/src/05-classes.md");
        Chapter06: include_str!("../course/src/06-the-loop.md");
        Chapter07: include_str!("../course/src/07-depth.md");
        Chapter08: include_str!("../course/src/08-patterns.md");
        Chapter09: include_str!("../course/src/09-not-fooling-yourself.md");
        Chapter10: include_str!("../course/src/10-not-fooling-others.md");
        Chapter11: include_str!("../course/src/11-the-genre-cnn.md");
        Chapter12: include_str!("../course/src/12-normalisation-and-shortcuts.md");
        Chapter13: include_str!("../course/src/13-memory-and-attention.md");
        Chapter14: include_str!("../course/src/14-pictures-of-sound.md");
        Chapter15: include_str!("../course/src/15-making-it-fast.md");
        Chapter16: include_str!("../course/src/16-a-song.md");
    }
}
