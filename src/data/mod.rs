//! Data sets, their splits, cross-validation and the standardiser: data that cannot leak.
//!
//! | file | idea |
//! |---|---|
//! | [`dataset`] | rows of features with a class each; the training part is a type of its own |
//! | `csv` | a data set from a CSV file (feature `csv`) |
//! | [`split`] | training, validation and test: random, stratified, or by group |
//! | [`folds`] | cross-validation: stratified, or by group |
//! | [`standardize`] | zero mean, unit variance, fitted on the training part |

#[cfg(feature = "csv")]
mod csv;
pub mod dataset;
pub mod folds;
pub mod split;
pub mod standardize;

pub use dataset::{Dataset, Train};
pub use folds::{Fold, Folds};
pub use split::{Partition, Parts};
pub use standardize::Standardize;
