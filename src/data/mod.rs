//! Data sets, their splits, cross-validation and the standardiser: data that cannot leak.
//!
//! | file | idea |
//! |---|---|
//! | [`dataset`] | rows of features, each with a class or with numbers to predict; the training part is a type of its own |
//! | `csv` | a data set from a CSV file (feature `csv`) |
//! | `folder` | with the feature `images`: a folder of pictures, one sub-folder a class |
//! | [`groups`] | rows that belong together, and that no split may part |
//! | [`images`] | pictures with classes, and which recording each was cut from |
//! | [`split`] | training, validation and test: random, stratified, or by group |
//! | [`folds`] | cross-validation: stratified, or by group |
//! | [`quantile`] | every column normally distributed, by rank, fitted on the training part |
//! | [`standardize`] | zero mean, unit variance, fitted on the training part |

#[cfg(feature = "csv")]
mod csv;
pub mod dataset;
#[cfg(feature = "images")]
mod folder;
pub mod folds;
pub mod groups;
pub mod images;
pub mod quantile;
pub mod split;
pub mod standardize;

pub use dataset::{Dataset, Train};
pub use folds::{Fold, Folds};
pub use groups::Groups;
pub use images::Images;
pub use quantile::Quantile;
pub use split::{Partition, Parts};
pub use standardize::Standardize;
