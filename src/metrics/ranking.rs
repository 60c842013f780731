//! How well a class's probability ranks its rows before the others: average precision, and ROC AUC beside it.

use super::{in_range, no_rows, roc_auc};
use crate::{Error, Result};
use ndarray::ArrayView2;

/// One class against the others.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Ranking {
    /// Rows of the class.
    pub support: u64,
    /// The area under its ROC curve; none where there are no rows of the class, or no others.
    pub roc_auc: Option<f64>,
    /// The area under its precision-recall curve; none where there are no rows of the class. A class drawn by lot gets
    /// its share of the rows.
    pub average_precision: Option<f64>,
}

impl Ranking {
    /// Every class against the others. `probabilities` is (rows, classes), `truth` the class of each row.
    ///
    /// # Errors
    /// When rows and `truth` differ in number, a class is out of range, or a value is not a number.
    pub fn of_each(probabilities: ArrayView2<f32>, truth: &[usize]) -> Result<Vec<Ranking>> {
        in_range("ranking", "truth", truth, probabilities.ncols())?;
        let one = |(class, scores): (usize, ndarray::ArrayView1<f32>)| {
            let is: Vec<usize> = truth.iter().map(|&t| usize::from(t == class)).collect();
            let (scores, support) = (scores.to_vec(), is.iter().sum::<usize>());
            Ok(Ranking {
                support: support as u64,
                roc_auc: (0 < support && support < is.len()).then(|| roc_auc(&scores, &is)).transpose()?,
                average_precision: (support > 0).then(|| average_precision(&scores, &is)).transpose()?,
            })
        };
        probabilities.columns().into_iter().enumerate().map(one).collect()
    }
}

/// Average precision, the area under the precision-recall curve as a sum of steps: with the rows by falling score, Σ over the
/// thresholds of (recall gained there) · (precision there). Rows of one score pass a threshold together.
///
/// ```
/// use tonegrad::metrics::average_precision;
/// let ap = average_precision(&[0.1, 0.4, 0.35, 0.8], &[0, 0, 1, 1])?;
/// assert!((ap - 0.8333333333333333).abs() < 1e-15);
/// # Ok::<(), tonegrad::Error>(())
/// ```
///
/// # Errors
/// When scores and classes differ in number, a class is neither 0 nor 1, class 1 has no row, or a score is NaN.
pub fn average_precision(scores: &[f32], truth: &[usize]) -> Result<f64> {
    if scores.len() != truth.len() {
        return Err(Error::shape("average precision")
            .found(format!("{} scores and {} classes", scores.len(), truth.len()))
            .wanted("one class for each score"));
    }
    if truth.is_empty() {
        return Err(no_rows("average precision"));
    }
    in_range("average precision", "truth", truth, 2)?;
    if let Some(row) = scores.iter().position(|score| score.is_nan()) {
        return Err(Error::non_finite(format!("average precision, row {row}")).found("NaN").wanted("a score"));
    }
    let positives = truth.iter().sum::<usize>();
    if positives == 0 {
        return Err(Error::data("average precision").found("no row of class 1").wanted("at least one"));
    }
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let (mut passed, mut hits, mut area) = (0, 0, 0.0);
    for tied in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
        let gained = tied.iter().map(|&row| truth[row]).sum::<usize>();
        passed += tied.len();
        hits += gained;
        area += gained as f64 / positives as f64 * hits as f64 / passed as f64;
    }
    Ok(area)
}
