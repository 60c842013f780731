//! Balanced classes: synthetic rows between neighbours, repeated rows, or fewer rows.
//!
//! | file | idea |
//! |---|---|
//! | [`strategy`] | how many rows each class shall have |
//! | [`smote`] | new rows on the segments between neighbours of a class |
//! | [`sampling`] | rows repeated, or left out, at random |
//! | [`neighbours`] | the exact k nearest neighbours, by matrix products |
//!
//! Only a [`Train`](super::Train) can be balanced. A synthetic row lies between two real ones: balance before the split,
//! and its parents land on both sides of it, so that the test part holds what the network was trained on, all but copied.
//! Accuracies obtained so are far too high. Whoever must reproduce such a protocol says so aloud: wrap everything in
//! [`Train::new`](super::Train::new), balance, and split the rows afterwards.

mod block;
mod candidates;
pub mod neighbours;
pub mod sampling;
mod scores;
pub mod smote;
pub mod strategy;

pub use neighbours::{Neighbours, nearest, nearest_others};
pub use sampling::{RandomOverSampler, RandomUnderSampler, cap};
pub use smote::{Parents, Smote};
pub use strategy::Strategy;

use super::Dataset;

/// The rows of each class, in their order.
fn rows_by_class(data: &Dataset) -> Vec<Vec<usize>> {
    let mut rows = vec![Vec::new(); data.classes().len()];
    data.y().iter().enumerate().for_each(|(row, &class)| rows[class].push(row));
    rows
}
