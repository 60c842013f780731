//! Exercise 31: a figure that goes wrong (chapter 11). Repair it.

/// The share of rows whose most probable class is the true one. Where two classes are equally probable, the first counts.
///
/// `rows` holds the probabilities of each row, which add up to 1.
///
/// This is how the report counted: a class is predicted where its probability is above one half. What of a row whose
/// most probable class has 0.4?
pub fn accuracy(rows: &[Vec<f64>], truth: &[usize]) -> f64 {
    let right = rows.iter().zip(truth).filter(|(row, truth)| row[**truth] > 0.5);
    right.count() as f64 / rows.len() as f64
}
