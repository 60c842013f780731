//! The evaluation of a model: loss, accuracy and scores by class, as a table for people and JSON for programs.

use super::{ClassScore, Confusion, MeanScores, argmax, top_k};
use crate::{Error, Result};
use ndarray::ArrayView2;
use std::fmt;

/// The evaluation of a model on some rows: loss, top-3 accuracy, confusion matrix.
///
/// Printed, it is a table in the manner of scikit-learn's `classification_report`; a precision sets the number of
/// decimals, `{:.4}`. Serialised, it is `{loss, accuracy, balanced_accuracy, macro_f1, weighted_f1, top_3,
/// per_class: [{class, precision, recall, f1, support}], confusion: [[truth x prediction]]}`.
///
/// ```
/// use ndarray::array;
/// use tonegrad::metrics::Evaluation;
/// let probabilities = array![[0.8, 0.2], [0.6, 0.4], [0.3, 0.7], [0.1, 0.9]];
/// let e = Evaluation::new(0.45, probabilities.view(), &[0, 1, 1, 1], ["Folk", "Rock"])?;
/// # let printed = r"
///                     precision    recall  f1-score   support
///
///              Folk        0.50      1.00      0.67         1
///              Rock        1.00      0.67      0.80         3
///
///          accuracy                            0.75         4
/// balanced accuracy                            0.83         4
///             top-3                            1.00         4
///         macro avg        0.75      0.83      0.73         4
///      weighted avg        0.88      0.75      0.77         4
///              loss                            0.45         4
/// # ";
/// # assert_eq!(e.to_string(), printed[1..]);
/// # Ok::<(), tonegrad::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Mean loss of a row.
    pub loss: f64,
    /// Top-3 accuracy: the share of rows whose class is among the three most probable.
    pub top_3: f64,
    /// Truth against the most probable class.
    pub confusion: Confusion,
}

impl Evaluation {
    /// `probabilities` is (rows, classes), `truth` the class of each row, `loss` its mean.
    ///
    /// # Errors
    /// When there are no rows, the shapes do not fit, a class is out of range, or the loss or a probability is not
    /// finite.
    pub fn new<C: Into<String>>(
        loss: f64,
        probabilities: ArrayView2<f32>,
        truth: &[usize],
        classes: impl IntoIterator<Item = C>,
    ) -> Result<Self> {
        if !loss.is_finite() {
            return Err(Error::non_finite("evaluation, loss").found(loss.to_string()).wanted("a finite loss"));
        }
        let confusion = Confusion::new(classes, truth, &argmax(probabilities)?)?;
        if confusion.classes().len() != probabilities.ncols() {
            return Err(Error::shape("evaluation")
                .found(format!("{} columns for {} classes", probabilities.ncols(), confusion.classes().len()))
                .wanted("one column for each class"));
        }
        Ok(Evaluation { loss, top_3: top_k(probabilities, truth, 3)?, confusion })
    }

    /// Accuracy: the share of rows whose most probable class is the true one.
    pub fn accuracy(&self) -> f64 {
        self.confusion.accuracy()
    }
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (c, total) = (&self.confusion, self.confusion.total());
        let digits = f.precision().unwrap_or(2);
        let number = digits + 8;
        let name = c.classes().iter().map(|n| n.chars().count()).fold("balanced accuracy".len(), usize::max);

        let [precision, recall, f1] = ["precision", "recall", "f1-score"];
        writeln!(f, "{:name$}  {precision:>number$}{recall:>number$}{f1:>number$}{:>10}\n", "", "support")?;
        for ClassScore { class, precision, recall, f1, support } in c.per_class() {
            let scores = MeanScores { precision, recall, f1 };
            writeln!(f, "{class:>name$}  {}{support:10}", columns(scores, number, digits))?;
        }
        writeln!(f)?;
        let single = |f: &mut fmt::Formatter, label: &str, value: f64| {
            writeln!(f, "{label:>name$}  {value:>width$.digits$}{total:10}", width = 3 * number)
        };
        single(f, "accuracy", c.accuracy())?;
        single(f, "balanced accuracy", c.balanced_accuracy())?;
        single(f, "top-3", self.top_3)?;
        for (label, mean) in [("macro avg", c.macro_mean()), ("weighted avg", c.weighted_mean())] {
            writeln!(f, "{label:>name$}  {}{total:10}", columns(mean, number, digits))?;
        }
        single(f, "loss", self.loss)
    }
}

/// Precision, recall and F1, each right-aligned in `width` characters.
fn columns(MeanScores { precision, recall, f1 }: MeanScores, width: usize, digits: usize) -> String {
    [precision, recall, f1].map(|score| format!("{score:width$.digits$}")).concat()
}

#[cfg(feature = "serde")]
impl serde::Serialize for Evaluation {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct Json {
            loss: f64,
            accuracy: f64,
            balanced_accuracy: f64,
            macro_f1: f64,
            weighted_f1: f64,
            top_3: f64,
            per_class: Vec<ClassScore>,
            confusion: Vec<Vec<u64>>,
        }
        let c = &self.confusion;
        Json {
            loss: self.loss,
            accuracy: c.accuracy(),
            balanced_accuracy: c.balanced_accuracy(),
            macro_f1: c.macro_mean().f1,
            weighted_f1: c.weighted_mean().f1,
            top_3: self.top_3,
            per_class: c.per_class(),
            confusion: c.counts().rows().into_iter().map(|row| row.to_vec()).collect(),
        }
        .serialize(serializer)
    }
}
