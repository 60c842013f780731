//! What a test part says of a model, and how sure it is: intervals, calibration, rankings.

use super::{Interval, Ranking, Reliability, argmax, bootstrap, nll};
use crate::data::Groups;
use crate::{Result, Seed};
use ndarray::ArrayView2;

/// Beside an [`Evaluation`](super::Evaluation): how far its figures reach, and whether probabilities mean what they say.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Assessment {
    /// The negative log-likelihood of a row: see [`nll`].
    pub nll: f64,
    /// Its interval, and those of the scores.
    pub intervals: Intervals,
    /// The calibration of the most probable class.
    pub reliability: Reliability,
    /// Every class against the others.
    pub rankings: Vec<Ranking>,
}

/// Intervals at 95 % of the figures of a test part.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Intervals {
    /// What was drawn: groups, such as artists, or single rows where there are none.
    pub clusters: usize,
    /// Of the accuracy.
    pub accuracy: Interval,
    /// Of the mean recall of the classes that have rows.
    pub balanced_accuracy: Interval,
    /// Of the mean F1 of the same classes.
    pub macro_f1: Interval,
    /// Of the negative log-likelihood.
    pub nll: Interval,
}

impl Assessment {
    /// `probabilities` is (rows, classes), `truth` the class of each row, `groups` its group where rows have one. Draws
    /// from `seed`: see [`bootstrap`].
    ///
    /// # Errors
    /// When there are no rows, the shapes do not fit, or a value is not a number; when there is a single group.
    pub fn new(
        probabilities: ArrayView2<f32>,
        truth: &[usize],
        groups: Option<&Groups>,
        seed: Seed,
    ) -> Result<Assessment> {
        let (mean, classes, predicted) = (nll(probabilities, truth)?, probabilities.ncols(), argmax(probabilities)?);
        let surprise: Vec<f64> = (0..truth.len())
            .map(|row| nll(probabilities.slice(ndarray::s![row..=row, ..]), &truth[row..=row]))
            .collect::<Result<_>>()?;
        let figures = |rows: &[usize]| {
            let mut counts = Counts::new(classes);
            rows.iter().for_each(|&row| counts.add(truth[row], predicted[row]));
            let [accuracy, balanced, f1] = counts.scores();
            [accuracy, balanced, f1, rows.iter().map(|&row| surprise[row]).sum::<f64>() / rows.len() as f64]
        };
        let [accuracy, balanced_accuracy, macro_f1, nll] = bootstrap(truth.len(), groups, seed, figures)?;
        let clusters = groups.map_or(truth.len(), Groups::count);
        Ok(Assessment {
            nll: mean,
            intervals: Intervals { clusters, accuracy, balanced_accuracy, macro_f1, nll },
            reliability: Reliability::new(probabilities, truth)?,
            rankings: Ranking::of_each(probabilities, truth)?,
        })
    }
}

/// Rows, predictions and hits of each class: enough for the scores of thousands of draws.
struct Counts(Vec<[u64; 3]>);

impl Counts {
    fn new(classes: usize) -> Counts {
        Counts(vec![[0; 3]; classes])
    }

    fn add(&mut self, truth: usize, predicted: usize) {
        self.0[truth][0] += 1;
        self.0[predicted][1] += 1;
        self.0[truth][2] += u64::from(truth == predicted);
    }

    /// Accuracy, mean recall and mean F1, the means over the classes that have rows.
    fn scores(&self) -> [f64; 3] {
        let occur = self.0.iter().filter(|[rows, ..]| *rows > 0);
        let (mut hits, mut all, mut classes, mut recall, mut f1) = (0, 0, 0.0, 0.0, 0.0);
        for &[rows, predicted, hit] in occur {
            hits += hit;
            all += rows;
            classes += 1.0;
            recall += hit as f64 / rows as f64;
            f1 += 2.0 * hit as f64 / (rows + predicted) as f64;
        }
        [hits as f64 / all as f64, recall / classes, f1 / classes]
    }
}
