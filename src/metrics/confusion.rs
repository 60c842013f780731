//! The confusion matrix, truth against prediction, and every score that can be counted from it: accuracy, precision,
//! recall, F1.

use super::{in_range, no_rows};
use crate::{Error, Result};
use ndarray::{Array2, ArrayView2, Axis};
use std::sync::Arc;

/// A confusion matrix: how often each class (row) was taken for each class (column).
///
/// Every score is a quotient of counts, and 0/0 counts as 0: the precision of a class never predicted, the recall of a
/// class without rows. No score is ever NaN.
///
/// ```
/// use tonegrad::metrics::Confusion;
/// let c = Confusion::new(["Folk", "Jazz", "Rock"], &[0, 0, 2, 2], &[0, 2, 2, 2])?;
/// assert_eq!(c.accuracy(), 0.75);
/// assert_eq!(c.balanced_accuracy(), 0.75); // recall 1/2 for Folk, 1 for Rock; Jazz has no rows
/// assert_eq!(c.per_class()[1].recall, 0.0);
/// # Ok::<(), tonegrad::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusion {
    counts: Array2<u64>,
    classes: Arc<[String]>,
}

/// Precision, recall and F1 of one class.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ClassScore {
    /// Name of the class.
    pub class: String,
    /// Of the rows predicted to be this class, the share that is.
    pub precision: f64,
    /// Of the rows of this class, the share that was found.
    pub recall: f64,
    /// Harmonic mean of precision and recall.
    pub f1: f64,
    /// Rows of this class.
    pub support: u64,
}

/// Means of the scores of several classes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MeanScores {
    /// Mean precision.
    pub precision: f64,
    /// Mean recall.
    pub recall: f64,
    /// Mean of the F1 scores (not the F1 of the means).
    pub f1: f64,
}

impl Confusion {
    /// Counts the pairs of `truth` and `predicted`, indices into `classes`.
    ///
    /// # Errors
    /// When there are no rows, the two differ in length, or a class is out of range.
    pub fn new<C: Into<String>>(
        classes: impl IntoIterator<Item = C>,
        truth: &[usize],
        predicted: &[usize],
    ) -> Result<Self> {
        let classes: Arc<[String]> = classes.into_iter().map(Into::into).collect();
        if truth.len() != predicted.len() {
            return Err(Error::shape("confusion")
                .found(format!("{} true and {} predicted classes", truth.len(), predicted.len()))
                .wanted("one prediction for each row"));
        }
        if truth.is_empty() {
            return Err(no_rows("confusion"));
        }
        in_range("confusion", "truth", truth, classes.len())?;
        in_range("confusion", "prediction", predicted, classes.len())?;
        let mut counts = Array2::zeros((classes.len(), classes.len()));
        truth.iter().zip(predicted).for_each(|(&t, &p)| counts[[t, p]] += 1);
        Ok(Confusion { counts, classes })
    }

    /// Rows of truth, columns of prediction; (classes, classes).
    pub fn counts(&self) -> ArrayView2<'_, u64> {
        self.counts.view()
    }

    /// Names of the classes, in the order of their indices.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Number of rows that were counted.
    pub fn total(&self) -> u64 {
        self.counts.sum()
    }

    /// Accuracy: the share of rows whose prediction is correct.
    pub fn accuracy(&self) -> f64 {
        ratio(self.counts.diag().sum(), self.total())
    }

    /// Balanced accuracy: the mean recall of the classes that have rows, as in scikit-learn.
    pub fn balanced_accuracy(&self) -> f64 {
        mean(self.per_class().iter().filter(|s| s.support > 0).map(|s| (s, 1.0))).recall
    }

    /// The scores of each class, in the order of the classes.
    pub fn per_class(&self) -> Vec<ClassScore> {
        let predicted = self.counts.sum_axis(Axis(0));
        let support = self.counts.sum_axis(Axis(1));
        let score = |(class, name): (usize, &String)| {
            let hits = self.counts[[class, class]];
            ClassScore {
                class: name.clone(),
                precision: ratio(hits, predicted[class]),
                recall: ratio(hits, support[class]),
                f1: ratio(2 * hits, predicted[class] + support[class]),
                support: support[class],
            }
        };
        self.classes.iter().enumerate().map(score).collect()
    }

    /// The macro average, the mean over the classes that occur, in truth or prediction, each counting alike: what
    /// scikit-learn's `classification_report` calls "macro avg".
    pub fn macro_mean(&self) -> MeanScores {
        let occurs = |class: usize| self.counts.row(class).sum() + self.counts.column(class).sum() > 0;
        mean(self.per_class().iter().enumerate().filter(|&(class, _)| occurs(class)).map(|(_, s)| (s, 1.0)))
    }

    /// The weighted average, the mean over the classes, each counting by its rows: "weighted avg".
    pub fn weighted_mean(&self) -> MeanScores {
        mean(self.per_class().iter().map(|s| (s, s.support as f64)))
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The weighted mean; there is always some weight, because a confusion matrix is never empty.
fn mean<'a>(scores: impl Iterator<Item = (&'a ClassScore, f64)>) -> MeanScores {
    let (sum, weight) = scores.fold((MeanScores::default(), 0.0), |(m, total), (s, w)| {
        let m = MeanScores {
            precision: m.precision + w * s.precision,
            recall: m.recall + w * s.recall,
            f1: m.f1 + w * s.f1,
        };
        (m, total + w)
    });
    MeanScores { precision: sum.precision / weight, recall: sum.recall / weight, f1: sum.f1 / weight }
}
