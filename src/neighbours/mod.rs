//! Exact k-nearest-neighbour search by matrix products.
//!
//! | file | idea |
//! |---|---|
//! | [`search`] | the k nearest rows, exactly |
//! | `block` | rows made ready for products: centred, rounded to integers, transposed |
//! | `bound` | how far rounding can have moved a distance |
//! | `candidates` | which rows may be among the nearest, and the proof that no other row is |
//! | `scores` | the scores of one row with a block of others, many at a time |

mod block;
mod bound;
mod candidates;
mod scores;
pub mod search;

pub use search::{Neighbours, nearest, nearest_others};
pub(crate) use search::{nearest_among, slices};
