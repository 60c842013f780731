//! k-nearest-neighbours classification: the votes of the nearest rows.

use super::estimator::{Estimator, Predictor, check_rows, check_train};
use crate::data::{Dataset, Train};
use crate::neighbours::nearest;
use crate::{Error, Result, Seed};
use ndarray::{Array2, ArrayView2};

/// k-nearest neighbours: the class that most of the `k` nearest training rows have, of equal ones the first;
/// scikit-learn's `KNeighborsClassifier` with uniform weights. Neighbours are exact; distances are Euclidean.
///
/// ```
/// use ndarray::array;
/// use tonegrad::classical::{Estimator, Knn};
/// use tonegrad::{Seed, data::{Dataset, Train}};
/// let train = Train::new(Dataset::new(array![[0.0], [1.0], [5.0], [6.0]], vec![0, 0, 1, 1], ["Folk", "Rock"])?);
/// let fitted = Knn { k: 3 }.fit(&train, &train, Seed(0))?;
/// assert_eq!(fitted.scores(array![[0.4], [5.5]].view())?, array![[2.0 / 3.0, 1.0 / 3.0], [1.0 / 3.0, 2.0 / 3.0]]);
/// # Ok::<(), tonegrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Knn {
    /// How many rows vote.
    pub k: usize,
}

impl Estimator for Knn {
    fn fit(&self, train: &Train, _: &Dataset, _: Seed) -> Result<Box<dyn Predictor>> {
        check_train("kNN", train)?;
        if self.k == 0 || self.k > train.len() {
            return Err(Error::config("kNN, k")
                .found(self.k.to_string())
                .wanted(format!("1 to {}, the number of training rows", train.len())));
        }
        Ok(Box::new(Voters { k: self.k, train: train.clone() }))
    }
}

/// The training rows, all of them.
struct Voters {
    k: usize,
    train: Train,
}

impl Predictor for Voters {
    /// Shares of the votes.
    fn scores(&self, x: ArrayView2<f32>) -> Result<Array2<f32>> {
        check_rows("kNN", x, self.train.x().ncols())?;
        let found = nearest(x, self.train.x(), self.k)?;
        let mut votes = Array2::zeros((x.nrows(), self.train.classes().len()));
        for (rows, mut votes) in found.rows.rows().into_iter().zip(votes.rows_mut()) {
            rows.iter().for_each(|&row| votes[self.train.y()[row]] += 1.0);
        }
        Ok(votes / self.k as f32)
    }

    fn parameters(&self) -> usize {
        self.train.x().len()
    }
}
