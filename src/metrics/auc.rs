//! The area under the ROC curve: how well scores rank one class before the other, whatever the threshold.
//!
//! It is the probability that a row of the class, drawn at random, has a higher score than a row of the other, a tie counting
//! one half (Hanley and McNeil 1982). With the rows ranked by score, tied ones sharing the mean of their ranks, and P rows of
//! the class among them, N of the other:
//!
//! ```text
//! AUC = (Σ ranks of the class - P (P + 1) / 2) / (P N)
//! ```

use super::{in_range, no_rows};
use crate::{Error, Result};

/// ROC AUC, the area under the receiver operating characteristic: 1 where every row of class 1 has a higher score than every
/// row of class 0, ½ for scores that say nothing.
///
/// ```
/// use tonegrad::metrics::roc_auc;
/// assert_eq!(roc_auc(&[0.1, 0.4, 0.35, 0.8], &[0, 0, 1, 1])?, 0.75);
/// assert_eq!(roc_auc(&[0.5, 0.5, 0.5], &[0, 1, 1])?, 0.5);
/// # Ok::<(), tonegrad::Error>(())
/// ```
///
/// # Errors
/// When scores and classes differ in number, a class is neither 0 nor 1, one of the two has no row, or a score is NaN.
pub fn roc_auc(scores: &[f32], truth: &[usize]) -> Result<f64> {
    if scores.len() != truth.len() {
        return Err(Error::shape("roc_auc")
            .found(format!("{} scores and {} classes", scores.len(), truth.len()))
            .wanted("one class for each score"));
    }
    if truth.is_empty() {
        return Err(no_rows("roc_auc"));
    }
    in_range("roc_auc", "truth", truth, 2)?;
    if let Some(row) = scores.iter().position(|score| score.is_nan()) {
        return Err(Error::non_finite(format!("roc_auc, row {row}")).found("NaN").wanted("a score"));
    }
    let positives = truth.iter().sum::<usize>();
    let negatives = truth.len() - positives;
    if positives == 0 || negatives == 0 {
        return Err(Error::data("roc_auc")
            .found(format!("{negatives} rows of class 0 and {positives} of class 1"))
            .wanted("at least one of each"));
    }
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[a].partial_cmp(&scores[b]).expect("no score is NaN"));
    let (mut ranks, mut below) = (0.0, 0);
    for tied in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
        // Ranks count from 1: those of the tied rows are below + 1 to below + n.
        let rank = below as f64 + (tied.len() + 1) as f64 / 2.0;
        ranks += rank * tied.iter().map(|&row| truth[row]).sum::<usize>() as f64;
        below += tied.len();
    }
    let (p, n) = (positives as f64, negatives as f64);
    Ok((ranks - p * (p + 1.0) / 2.0) / (p * n))
}
