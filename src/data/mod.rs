//! Tables of tracks, their splits, and the standardiser: data that cannot leak.
//!
//! | file | idea |
//! |---|---|
//! | [`dataset`] | rows of features with a class each; the training part is a type of its own |
//! | [`fma`] | the Free Music Archive's tables, from a folder or from its zip archive |
//! | [`synthetic`] | a table in FMA's layout and proportions, for machines without the download |
//! | [`split`] | random, stratified, by artist, official |
//! | [`folds`] | cross-validation: stratified, or by artist |
//! | [`standardize`] | zero mean, unit variance, fitted on the training part |
//! | [`balance`] | SMOTE and random sampling, of the training part alone |
//! | [`protocol`] | split first and balance then, or the report's order, which leaks |
//! | [`lineage`] | what a test row owes to the training part, where that order was taken |

pub mod balance;
pub mod dataset;
pub mod fma;
pub mod folds;
pub mod lineage;
pub mod protocol;
pub mod split;
pub mod standardize;
pub mod synthetic;

pub use balance::{RandomOverSampler, RandomUnderSampler, Smote};
pub use dataset::{Dataset, Train};
pub use fma::{Column, Dropped, Fma, FmaReader, Series, Set, Subset};
pub use folds::{Fold, Folds};
pub use lineage::{Leak, Lineage};
pub use protocol::{Balance, Preparation, Prepared, Protocol};
pub use split::{Parts, Split};
pub use standardize::Standardize;
