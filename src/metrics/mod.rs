//! Metrics: of a classifier, confusion matrix, accuracy, precision, recall, F1, ROC AUC; of a regression, R², MAE.
//!
//! | file | idea |
//! |---|---|
//! | `confusion` | the confusion matrix, and every score that can be counted from it |
//! | `evaluation` | the evaluation of a model: a table for people, JSON for programs |
//! | `auc` | ROC AUC: how well scores rank one of two classes before the other |
//! | `ranking` | every class against the others: ROC AUC, average precision |
//! | `calibration` | whether probabilities mean what they say: negative log-likelihood, reliability, temperature |
//! | `interval` | how far a figure of so many rows reaches: Wilson's interval, the bootstrap by groups |
//! | `compare` | whether one model is better: corrected resampled t-test, McNemar |
//! | `assessment` | all that a test part says beside its evaluation |
//! | `regression` | R², MAE, RMSE of predicted numbers |
//! | `spread` | a figure over several seeds: mean and standard deviation |
//!
//! A row's prediction is always its [`argmax`]. Thresholding each probability at 0.5 instead would leave every row whose
//! best class stays below one half without any class at all: the paper that this crate follows did so in its
//! per-class table, which is how it came to print 87.5 % beside an accuracy of 89.55 %.

mod assessment;
mod auc;
mod calibration;
mod compare;
mod confusion;
mod evaluation;
mod interval;
mod ranking;
mod regression;
mod spread;

pub use assessment::{Assessment, Intervals};
pub use auc::roc_auc;
pub use calibration::{Bin, Reliability, nll, temperature};
pub use compare::{Difference, corrected_t, mcnemar};
pub use confusion::{ClassScore, Confusion, MeanScores};
pub use evaluation::Evaluation;
pub use interval::{Interval, bootstrap};
pub use ranking::{Ranking, average_precision};
pub use regression::Regression;
pub use spread::Spread;

use crate::{Error, Result};
use ndarray::{ArrayView1, ArrayView2};

/// The most probable class of each row of `probabilities`, (rows, classes); of equal ones the first.
///
/// ```
/// use ndarray::array;
/// let probabilities = array![[0.4, 0.3, 0.3], [0.1, 0.45, 0.45]];
/// assert_eq!(tonegrad::metrics::argmax(probabilities.view())?, [0, 1]);
/// # Ok::<(), tonegrad::Error>(())
/// ```
///
/// # Errors
/// When there are rows but no classes, or a value is not a number.
pub fn argmax(probabilities: ArrayView2<f32>) -> Result<Vec<usize>> {
    comparable(probabilities)?;
    let best =
        |row: ArrayView1<f32>| (1..row.len()).fold(0, |best, class| if row[class] > row[best] { class } else { best });
    Ok(probabilities.rows().into_iter().map(best).collect())
}

/// Top-k accuracy: the share of rows whose true class is among the `k` most probable ones; ties go to the lower index,
/// so that `k = 1` is the accuracy of [`argmax`].
///
/// ```
/// use ndarray::array;
/// use tonegrad::metrics::top_k;
/// let probabilities = array![[0.5, 0.3, 0.2], [0.5, 0.2, 0.3]];
/// assert_eq!(top_k(probabilities.view(), &[1, 1], 2)?, 0.5);
/// # Ok::<(), tonegrad::Error>(())
/// ```
///
/// # Errors
/// When `k` is zero, there are no rows, rows and `truth` differ in number, a class is out of range, or a value is not
/// a number.
pub fn top_k(probabilities: ArrayView2<f32>, truth: &[usize], k: usize) -> Result<f64> {
    if k == 0 {
        return Err(Error::config("top_k").found("k = 0").wanted("k of at least 1"));
    }
    comparable(probabilities)?;
    if truth.is_empty() {
        return Err(no_rows("top_k"));
    }
    if probabilities.nrows() != truth.len() {
        return Err(Error::shape("top_k")
            .found(format!("{} rows of probabilities and {} classes", probabilities.nrows(), truth.len()))
            .wanted("one class for each row"));
    }
    in_range("top_k", "truth", truth, probabilities.ncols())?;
    let hits = probabilities.rows().into_iter().zip(truth).filter(|(row, t)| {
        let ahead = |&(class, &p): &(usize, &f32)| p > row[**t] || (p == row[**t] && class < **t);
        row.iter().enumerate().filter(ahead).count() < k
    });
    Ok(hits.count() as f64 / truth.len() as f64)
}

/// Rows must have something in them to be the largest, and NaN is neither above nor below anything.
fn comparable(probabilities: ArrayView2<f32>) -> Result<()> {
    if probabilities.nrows() > 0 && probabilities.ncols() == 0 {
        return Err(Error::shape("metrics, probabilities").found("no classes").wanted("at least one column"));
    }
    match probabilities.indexed_iter().find(|(_, p)| p.is_nan()) {
        Some(((row, class), _)) => Err(Error::non_finite(format!("metrics, row {row}, class {class}"))
            .found("NaN")
            .wanted("a probability or a score")
            .fix("lower the learning rate if training diverged, and look for missing values in the features")),
        None => Ok(()),
    }
}

fn no_rows(place: &str) -> Error {
    Error::data(place).found("no rows").wanted("at least one").fix("evaluate on a part of the split that holds rows")
}

fn in_range(place: &str, what: &str, labels: &[usize], classes: usize) -> Result<()> {
    match labels.iter().enumerate().find(|&(_, &c)| c >= classes) {
        Some((row, class)) => Err(Error::data(format!("{place}, row {row}"))
            .found(format!("class {class} as {what}"))
            .wanted(format!("a class below {classes}"))),
        None => Ok(()),
    }
}
