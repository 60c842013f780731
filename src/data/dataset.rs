//! A data set: rows of features with a class each. The training part is a type of its own.

use crate::{Error, Result};
use ndarray::{Array2, ArrayView2, Axis};
use std::ops::Deref;
use std::sync::Arc;

/// A data set: rows of features, each with a class.
///
/// ```
/// use ndarray::array;
/// use tonegrad::data::Dataset;
/// let songs = Dataset::new(array![[0.1, 0.2], [0.3, 0.4]], vec![1, 0], ["Folk", "Rock"])?;
/// assert_eq!((songs.len(), songs.counts()), (2, vec![1, 1]));
/// assert!(Dataset::new(array![[0.1], [0.2]], vec![0, 2], ["Folk", "Rock"]).is_err());
/// # Ok::<(), tonegrad::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    x: Array2<f32>,
    y: Vec<usize>,
    classes: Arc<[String]>,
    features: Arc<[String]>,
}

impl Dataset {
    /// `x` is (rows, features), `y` the class of each row as an index into `classes`.
    ///
    /// # Errors
    /// When `x` and `y` differ in length, or a class is out of range.
    pub fn new<C: Into<String>>(x: Array2<f32>, y: Vec<usize>, classes: impl IntoIterator<Item = C>) -> Result<Self> {
        let classes: Arc<[String]> = classes.into_iter().map(Into::into).collect();
        if x.nrows() != y.len() {
            return Err(Error::shape("dataset")
                .found(format!("{} rows of features and {} classes", x.nrows(), y.len()))
                .wanted("one class for each row"));
        }
        if let Some((row, class)) = y.iter().enumerate().find(|&(_, &c)| c >= classes.len()) {
            return Err(Error::data(format!("dataset, row {row}"))
                .found(format!("class {class}"))
                .wanted(format!("a class below {}", classes.len())));
        }
        Ok(Dataset { x, y, classes, features: Arc::default() })
    }

    /// The same rows, with a name for each feature.
    ///
    /// # Errors
    /// When there are more or fewer names than features.
    pub fn with_features<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Result<Self> {
        self.features = names.into_iter().map(Into::into).collect();
        match self.features.len() == self.x.ncols() {
            true => Ok(self),
            false => Err(Error::shape("dataset")
                .found(format!("{} names for {} features", self.features.len(), self.x.ncols()))
                .wanted("one for each")),
        }
    }

    /// Names of the features, in the order of the columns of [`x`](Dataset::x); none where they were not given.
    pub fn features(&self) -> &[String] {
        &self.features
    }

    /// Features, (rows, features).
    pub fn x(&self) -> ArrayView2<'_, f32> {
        self.x.view()
    }

    /// Features, to be changed in place (by a standardiser, say).
    pub fn x_mut(&mut self) -> &mut Array2<f32> {
        &mut self.x
    }

    /// The class of each row.
    pub fn y(&self) -> &[usize] {
        &self.y
    }

    /// Names of the classes, in the order of their indices.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.y.len()
    }

    /// Whether there is no row at all.
    pub fn is_empty(&self) -> bool {
        self.y.is_empty()
    }

    /// Rows of each class.
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes.len()];
        self.y.iter().for_each(|&c| counts[c] += 1);
        counts
    }

    /// Class weights: a weight for each class so that all classes weigh the same together: n / (classes · count), as
    /// scikit-learn's `balanced`. A class without rows gets 0.
    pub fn balanced_weights(&self) -> Vec<f64> {
        let share = self.len() as f64 / self.classes.len().max(1) as f64;
        self.counts().into_iter().map(|count| if count == 0 { 0.0 } else { share / count as f64 }).collect()
    }

    /// The rows named, in that order; a row may be named more than once.
    ///
    /// # Panics
    /// When a row is out of range.
    pub fn select(&self, rows: &[usize]) -> Dataset {
        Dataset {
            x: self.x.select(Axis(0), rows),
            y: rows.iter().map(|&r| self.y[r]).collect(),
            classes: self.classes.clone(),
            features: self.features.clone(),
        }
    }
}

/// The training part. Whatever learns from data (a standardiser, a balancer, a network) asks for this type,
/// so that validation and test rows cannot leak into it by mistake.
#[derive(Clone, Debug, PartialEq)]
pub struct Train(Dataset);

impl Train {
    /// Declares rows to be the training part. Splits do this; do it by hand only for data that was split elsewhere.
    pub fn new(rows: Dataset) -> Train {
        Train(rows)
    }

    /// The rows, to be changed in place.
    pub fn rows_mut(&mut self) -> &mut Dataset {
        &mut self.0
    }
}

impl Deref for Train {
    type Target = Dataset;

    fn deref(&self) -> &Dataset {
        &self.0
    }
}
