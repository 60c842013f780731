//! A data set: rows of features, each with a class or with numbers to predict. The training part is a type of its own.

use super::groups::Groups;
use crate::{Error, Result, Scalar};
use ndarray::{Array2, ArrayView2, Axis};
use std::ops::Deref;
use std::sync::Arc;

/// A data set: rows of features, and the target of each: a class, or numbers.
///
/// ```
/// use ndarray::array;
/// use tonegrad::data::Dataset;
/// let songs = Dataset::new(array![[0.1, 0.2], [0.3, 0.4]], vec![1, 0], ["Folk", "Rock"])?;
/// assert_eq!((songs.len(), songs.counts()), (2, vec![1, 1]));
/// assert!(Dataset::new(array![[0.1], [0.2]], vec![0, 2], ["Folk", "Rock"]).is_err());
///
/// let years = Dataset::regression(array![[0.1, 0.2], [0.3, 0.4]], array![[1969.0], [2004.0]])?;
/// assert_eq!(years.targets().unwrap().column(0), array![1969.0, 2004.0]);
/// # Ok::<(), tonegrad::Error>(())
/// ```
///
/// Rows are `f32`, which is enough for most tables. Those of `f64` ([`Dataset::new_f64`]) are standardised and predicted from, and
/// train a model of `f64`, without a loss of digits.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset<T: Scalar = f32> {
    x: Array2<T>,
    y: Vec<usize>,
    classes: Arc<[String]>,
    features: Arc<[String]>,
    groups: Option<Groups>,
    /// Numbers in place of classes.
    targets: Option<Array2<T>>,
}

impl Dataset {
    /// `x` is (rows, features), `y` the class of each row as an index into `classes`.
    ///
    /// # Errors
    /// When `x` and `y` differ in length, or a class is out of range.
    pub fn new<C: Into<String>>(x: Array2<f32>, y: Vec<usize>, classes: impl IntoIterator<Item = C>) -> Result<Self> {
        Self::of_classes(x, y, classes)
    }

    /// A data set for regression: `x` is (rows, features), `targets` (rows, numbers to predict). It has no classes.
    ///
    /// # Errors
    /// When `x` and `targets` differ in length, or a target is not finite.
    pub fn regression(x: Array2<f32>, targets: Array2<f32>) -> Result<Self> {
        Self::of_numbers(x, targets)
    }
}

impl Dataset<f64> {
    /// As [`Dataset::new`], in double precision.
    ///
    /// # Errors
    /// As there.
    pub fn new_f64<C: Into<String>>(
        x: Array2<f64>,
        y: Vec<usize>,
        classes: impl IntoIterator<Item = C>,
    ) -> Result<Self> {
        Self::of_classes(x, y, classes)
    }

    /// As [`Dataset::regression`], in double precision.
    ///
    /// # Errors
    /// As there.
    pub fn regression_f64(x: Array2<f64>, targets: Array2<f64>) -> Result<Self> {
        Self::of_numbers(x, targets)
    }
}

impl<T: Scalar> Dataset<T> {
    fn of_classes<C: Into<String>>(x: Array2<T>, y: Vec<usize>, classes: impl IntoIterator<Item = C>) -> Result<Self> {
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
        Ok(Dataset { x, y, classes, features: Arc::default(), groups: None, targets: None })
    }

    fn of_numbers(x: Array2<T>, targets: Array2<T>) -> Result<Self> {
        if x.nrows() != targets.nrows() {
            return Err(Error::shape("dataset")
                .found(format!("{} rows of features and {} of targets", x.nrows(), targets.nrows()))
                .wanted("one row of targets for each row of features"));
        }
        match targets.indexed_iter().find(|(_, target)| !target.is_finite()) {
            Some(((row, column), target)) => Err(Error::data(format!("dataset, row {row}, target {column}"))
                .found(target.to_string())
                .wanted("a finite number")
                .fix("leave the row out")),
            None => {
                let (classes, features) = (Arc::default(), Arc::default());
                Ok(Dataset { x, y: Vec::new(), classes, features, groups: None, targets: Some(targets) })
            }
        }
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

    /// The same rows, each in a group that no split may part.
    ///
    /// # Errors
    /// When there are more or fewer groups than rows.
    pub fn with_groups(self, groups: Groups) -> Result<Self> {
        match groups.ids().len() == self.len() {
            true => Ok(Dataset { groups: Some(groups), ..self }),
            false => Err(Error::shape("dataset, groups")
                .found(format!("{} groups for {} rows", groups.ids().len(), self.len()))
                .wanted("the group of each row")),
        }
    }

    /// The same rows as if they had nothing in common. What is split afterwards may test on the groups that it trained
    /// on, which FLATTERS the figures.
    pub fn without_groups(self) -> Self {
        Dataset { groups: None, ..self }
    }

    /// The groups of the rows, where they are known.
    pub fn groups(&self) -> Option<&Groups> {
        self.groups.as_ref()
    }

    /// Names of the features, in the order of the columns of [`x`](Dataset::x); none where they were not given.
    pub fn features(&self) -> &[String] {
        &self.features
    }

    /// Features, (rows, features).
    pub fn x(&self) -> ArrayView2<'_, T> {
        self.x.view()
    }

    /// Features, to be changed in place (by a standardiser, say).
    pub fn x_mut(&mut self) -> &mut Array2<T> {
        &mut self.x
    }

    /// The class of each row; empty where the targets are numbers.
    pub fn y(&self) -> &[usize] {
        &self.y
    }

    /// The numbers to predict, (rows, numbers); none where rows have classes.
    pub fn targets(&self) -> Option<ArrayView2<'_, T>> {
        self.targets.as_ref().map(|targets| targets.view())
    }

    /// Refuses numbers as targets, in the name of what needs classes.
    pub(crate) fn has_classes(&self, place: &str) -> Result<()> {
        match self.targets {
            None => Ok(()),
            Some(_) => Err(Error::data(place)
                .found("numbers as targets")
                .wanted("a class for each row")
                .fix("use Dataset::new")),
        }
    }

    /// Names of the classes, in the order of their indices; none where the targets are numbers.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.targets.as_ref().map_or(self.y.len(), Array2::nrows)
    }

    /// Whether there is no row at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Rows of each class.
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes.len()];
        self.y.iter().for_each(|&c| counts[c] += 1);
        counts
    }

    /// Class weights: a weight for each class so that all classes that have rows weigh the same together:
    /// n / (classes with rows · count), as scikit-learn's `balanced`. A class without rows gets 0.
    pub fn balanced_weights(&self) -> Vec<f64> {
        let counts = self.counts();
        let share = self.len() as f64 / counts.iter().filter(|&&count| count > 0).count().max(1) as f64;
        counts.into_iter().map(|count| if count == 0 { 0.0 } else { share / count as f64 }).collect()
    }

    /// The rows named, in that order; a row may be named more than once.
    ///
    /// # Panics
    /// When a row is out of range.
    pub fn select(&self, rows: &[usize]) -> Dataset<T> {
        Dataset {
            x: self.x.select(Axis(0), rows),
            y: if self.targets.is_some() { Vec::new() } else { rows.iter().map(|&r| self.y[r]).collect() },
            classes: self.classes.clone(),
            features: self.features.clone(),
            groups: self.groups.as_ref().map(|groups| groups.select(rows)),
            targets: self.targets.as_ref().map(|targets| targets.select(Axis(0), rows)),
        }
    }
}

/// The training part. Whatever learns from data (a standardiser, a balancer, a network) asks for this type,
/// so that validation and test rows cannot leak into it by mistake.
#[derive(Clone, Debug, PartialEq)]
pub struct Train<T: Scalar = f32>(Dataset<T>);

impl<T: Scalar> Train<T> {
    /// Declares rows to be the training part. Splits do this; do it by hand only for data that was split elsewhere.
    pub fn new(rows: Dataset<T>) -> Train<T> {
        Train(rows)
    }

    /// The rows, to be changed in place.
    pub fn rows_mut(&mut self) -> &mut Dataset<T> {
        &mut self.0
    }
}

impl<T: Scalar> Deref for Train<T> {
    type Target = Dataset<T>;

    fn deref(&self) -> &Dataset<T> {
        &self.0
    }
}
