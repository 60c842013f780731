//! Cross-validation: every row is tested once, by a model that has not seen it.
//!
//! A single test part of a few thousand tracks measures an accuracy within a point or so. Where rows are few, each of k
//! folds is once the test part of a model fitted on the others, and the k accuracies show how much is luck.
//!
//! Whatever learns from data belongs *inside* a fold. A [`Fold`] therefore has a [`Train`], and standardising and
//! balancing take it from there; done to the whole table beforehand, each fold's test rows would leak into its
//! training.
//!
//! ```
//! use tonegrad::fma::FmaReader;
//! use tonegrad::balance::RandomOverSampler;
//! use tonegrad::Seed;
//! use tonegrad::classical::{Estimator, LogisticRegression};
//! let fma = FmaReader::new().families(["mfcc"]).synthetic(Seed(0), 400)?;
//! let mut accuracies = Vec::new();
//! for fold in fma.folds_by_artist(3, Seed(0))?.of(fma.dataset())? {
//!     let fold = fold.standardized()?;
//!     let train = RandomOverSampler::default().balance(&fold.train, Seed(0))?;
//!     let fitted = LogisticRegression::default().fit(&train, &train, Seed(0))?;
//!     accuracies.push(fitted.evaluate(&fold.test)?.accuracy());
//! }
//! assert_eq!(accuracies.len(), 3);
//! # Ok::<(), tonegrad::Error>(())
//! ```

use super::dataset::{Dataset, Train};
use super::standardize::Standardize;
use crate::{Error, Result, Seed};
use rand::seq::SliceRandom;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The folds of a cross-validation: which fold each row is tested in. Drawn from [`Seed::stream`]`("folds")`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folds {
    fold: Vec<usize>,
    k: usize,
}

impl Folds {
    /// `k` folds with the same share of every class: a class's rows in two folds differ by one at most, and so do the
    /// folds.
    ///
    /// ```
    /// use tonegrad::{Seed, data::Folds};
    /// let folds = Folds::stratified(&[0, 0, 0, 0, 1, 1], 2, Seed(3))?;
    /// assert_eq!(folds.test(0).len(), 3);
    /// # Ok::<(), tonegrad::Error>(())
    /// ```
    /// # Errors
    /// When `k` is below 2 or above the number of rows.
    pub fn stratified(y: &[usize], k: usize, seed: Seed) -> Result<Folds> {
        possible(k, y.len(), "rows")?;
        let mut rng = seed.stream("folds");
        let mut dealt = 0;
        let mut fold = vec![0; y.len()];
        for mut rows in grouped(y) {
            rows.shuffle(&mut rng);
            // Dealt out like cards, each class where the one before it ended.
            for row in rows {
                fold[row] = dealt % k;
                dealt += 1;
            }
        }
        Ok(Folds { fold, k })
    }

    /// `k` folds of about the same size, no group in two of them: the largest groups go first, each into the fold
    /// that has the fewest rows; groups of one size in random order.
    ///
    /// # Errors
    /// When `k` is below 2 or above the number of groups.
    pub fn grouped(groups: &[u32], k: usize, seed: Seed) -> Result<Folds> {
        let mut members = grouped(groups);
        possible(k, members.len(), "groups")?;
        members.shuffle(&mut seed.stream("folds"));
        members.sort_by_key(|rows| Reverse(rows.len()));
        let (mut fold, mut sizes) = (vec![0; groups.len()], vec![0; k]);
        for rows in members {
            let smallest = (0..k).min_by_key(|&f| sizes[f]).unwrap_or(0);
            sizes[smallest] += rows.len();
            rows.into_iter().for_each(|row| fold[row] = smallest);
        }
        Ok(Folds { fold, k })
    }

    /// Number of folds.
    pub fn k(&self) -> usize {
        self.k
    }

    /// Rows that a fold tests, ascending; none where there is no such fold.
    pub fn test(&self, fold: usize) -> Vec<usize> {
        (0..self.fold.len()).filter(|&row| self.fold[row] == fold).collect()
    }

    /// Rows that a fold trains on, ascending.
    pub fn train(&self, fold: usize) -> Vec<usize> {
        (0..self.fold.len()).filter(|&row| self.fold[row] != fold).collect()
    }

    /// The folds of a dataset, one after the other, each selected when it is asked for.
    ///
    /// # Errors
    /// When the dataset has another number of rows.
    pub fn of(&self, data: &Dataset) -> Result<impl ExactSizeIterator<Item = Fold>> {
        if data.len() != self.fold.len() {
            return Err(Error::data("folds")
                .found(format!("{} rows", data.len()))
                .wanted(format!("{}, as when the folds were drawn", self.fold.len())));
        }
        Ok((0..self.k).map(|fold| Fold {
            train: Train::new(data.select(&self.train(fold))),
            test: data.select(&self.test(fold)),
            standardize: None,
        }))
    }
}

/// The rows of each value, by value.
fn grouped<T: Ord + Copy>(values: &[T]) -> Vec<Vec<usize>> {
    let mut rows = BTreeMap::<T, Vec<usize>>::new();
    values.iter().enumerate().for_each(|(row, &value)| rows.entry(value).or_default().push(row));
    rows.into_values().collect()
}

fn possible(k: usize, most: usize, what: &str) -> Result<()> {
    if (2..=most).contains(&k) {
        return Ok(());
    }
    let error = Error::config("folds, k").found(k.to_string());
    Err(if most < 2 {
        error.wanted(format!("at least 2 {what}, but there are {most}"))
    } else {
        error.wanted(format!("2 to {most}, the number of {what}"))
    })
}

/// One fold of a cross-validation: rows to fit on, and rows to test.
#[derive(Clone, Debug, PartialEq)]
pub struct Fold {
    /// The rows of all other folds.
    pub train: Train,
    /// The rows of this fold.
    pub test: Dataset,
    /// The standardiser that was applied, if one was.
    pub standardize: Option<Standardize>,
}

impl Fold {
    /// Standardises both by the means and deviations of the training rows. Done once; again changes nothing.
    ///
    /// # Errors
    /// When a feature is not finite.
    pub fn standardized(mut self) -> Result<Fold> {
        if self.standardize.is_none() {
            let standardize = Standardize::fit(&self.train)?;
            standardize.apply(self.train.rows_mut())?;
            standardize.apply(&mut self.test)?;
            self.standardize = Some(standardize);
        }
        Ok(self)
    }
}
