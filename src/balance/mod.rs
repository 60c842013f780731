//! Class imbalance: over-sampling by SMOTE or by repeated rows, under-sampling by fewer rows.
//!
//! | file | idea |
//! |---|---|
//! | [`strategy`] | how many rows each class shall have |
//! | [`smote`] | new rows on the segments between neighbours of a class |
//! | [`sampling`] | rows repeated, or left out, at random |
//! | [`lineage`] | which rows of a balanced table descend from which, and what leaks where it is split afterwards |
//!
//! Only a [`Train`](crate::data::Train) can be balanced. A synthetic row lies between two real ones: balance before the split,
//! and its parents land on both sides of it, so that the test part holds what the network was trained on, all but copied.
//! Accuracies obtained so are far too high. A caller who must reproduce such a protocol says so aloud: wrap everything
//! in [`Train::new`](crate::data::Train::new), balance, and split the rows afterwards.

pub mod lineage;
pub mod sampling;
pub mod smote;
pub mod strategy;

pub use lineage::{Leak, Lineage, Origin};
pub use sampling::{RandomOverSampler, RandomUnderSampler, cap};
pub use smote::{Parents, Smote};
pub use strategy::Strategy;

use crate::data::Dataset;

/// The rows of each class, in their order.
fn rows_by_class(data: &Dataset) -> Vec<Vec<usize>> {
    let mut rows = vec![Vec::new(); data.classes().len()];
    data.y().iter().enumerate().for_each(|(row, &class)| rows[class].push(row));
    rows
}
