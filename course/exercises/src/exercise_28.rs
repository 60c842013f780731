//! SMOTE's interpolation.
//!
//! A synthetic row lies on the segment from a row a to one of its neighbours b, at a random place u:
//!
//! ```text
//! child = a + u (b - a)        0 ≤ u < 1
//! ```
//!
//! First find the neighbours: the `k` rows nearest to row `of`, by Euclidean distance, nearest first, without the row itself
//! (but with a copy of it, if there is one), the first of equals first. Then make the child. How many random numbers does
//! it take, one for each feature or one for all of them?

/// The `k` nearest neighbours of row `of` among all rows.
pub fn neighbours(rows: &[Vec<f64>], of: usize, k: usize) -> Vec<usize> {
    todo!("sort the other rows by their distance")
}

/// A child of two parents. `random` gives a number from 0 to 1, another one each time it is called.
pub fn child(a: &[f64], b: &[f64], random: &mut impl FnMut() -> f64) -> Vec<f64> {
    todo!("a point on the segment")
}
