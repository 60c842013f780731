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
use crate::{Error, Result, Scalar, Seed};
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

    /// `k` folds, no group in two of them, each class shared out among them as evenly as the groups allow: groups that
    /// hold most of a class go first, each into the fold where it leaves the shares of the classes most alike; groups
    /// alike in that come in random order. After scikit-learn's `StratifiedGroupKFold`.
    ///
    /// ```
    /// use tonegrad::{Seed, data::Folds};
    /// // Two artists of each class, two rows of each.
    /// let (y, artists) = ([0, 0, 0, 0, 1, 1, 1, 1], [0, 0, 1, 1, 2, 2, 3, 3]);
    /// let folds = Folds::stratified_grouped(&y, &artists, 2, Seed(0))?;
    /// let first: Vec<usize> = folds.test(0).iter().map(|&row| y[row]).collect();
    /// assert_eq!(first, [0, 0, 1, 1]);
    /// # Ok::<(), tonegrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// When `y` and `groups` differ in length; when `k` is below 2 or above the number of groups.
    pub fn stratified_grouped(y: &[usize], groups: &[u32], k: usize, seed: Seed) -> Result<Folds> {
        if y.len() != groups.len() {
            return Err(Error::shape("folds")
                .found(format!("{} classes and {} groups", y.len(), groups.len()))
                .wanted("one of each for every row"));
        }
        let mut members = grouped(groups);
        possible(k, members.len(), "groups")?;
        let mut total = vec![0.0; y.iter().max().map_or(0, |last| last + 1)];
        y.iter().for_each(|&class| total[class] += 1.0);
        // The share of each class that is among some rows.
        let shares = |rows: &[usize]| {
            let mut shares = vec![0.0; total.len()];
            rows.iter().for_each(|&row| shares[y[row]] += 1.0 / total[y[row]]);
            shares
        };
        members.shuffle(&mut seed.stream("folds"));
        members.sort_by(|a, b| variance(shares(b)).total_cmp(&variance(shares(a))));
        let (mut fold, mut sizes, mut held) = (vec![0; y.len()], vec![0; k], vec![vec![0.0; total.len()]; k]);
        let (mut left, mut empty) = (members.len(), k);
        for rows in members {
            let own = shares(&rows);
            // By how much the sum over the classes of the folds' squared shares grows: all folds' shares of a class sum
            // to the same wherever the group goes, so the least sum of squares is the least variance.
            let cost = |f: usize| held[f].iter().zip(&own).map(|(held, own)| own * (2.0 * held + own)).sum::<f64>();
            let free = |f: &usize| left > empty || sizes[*f] == 0;
            let order = |&a: &usize, &b: &usize| cost(a).total_cmp(&cost(b)).then(sizes[a].cmp(&sizes[b]));
            let best = (0..k).filter(free).min_by(order).unwrap_or(0);
            empty -= usize::from(sizes[best] == 0);
            left -= 1;
            sizes[best] += rows.len();
            held[best].iter_mut().zip(own).for_each(|(held, own)| *held += own);
            rows.into_iter().for_each(|row| fold[row] = best);
        }
        Ok(Folds { fold, k })
    }

    /// The folds that suit a data set: [`stratified_grouped`](Self::stratified_grouped) where rows have groups,
    /// [`stratified`](Self::stratified) otherwise.
    ///
    /// # Errors
    /// As there.
    pub fn suiting<T: Scalar>(data: &Dataset<T>, k: usize, seed: Seed) -> Result<Folds> {
        // Numbers have no classes to be shared out: all rows are of one kind.
        let one = vec![0; if data.targets().is_some() { data.len() } else { 0 }];
        let y = if data.targets().is_some() { &one } else { data.y() };
        match data.groups() {
            Some(groups) => Folds::stratified_grouped(y, groups.ids(), k, seed),
            None => Folds::stratified(y, k, seed),
        }
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
    /// When the dataset has another number of rows, or a group in two folds.
    pub fn of<T: Scalar>(&self, data: &Dataset<T>) -> Result<impl ExactSizeIterator<Item = Fold<T>>> {
        if data.len() != self.fold.len() {
            return Err(Error::data("folds")
                .found(format!("{} rows", data.len()))
                .wanted(format!("{}, as when the folds were drawn", self.fold.len())));
        }
        let number: Vec<_> = self.fold.iter().map(|fold| fold + 1).collect();
        if let Some(group) = data.groups().and_then(|groups| groups.parted(&number)) {
            return Err(Error::data("folds, groups")
                .found(format!("rows of group {group} in two folds"))
                .wanted("each group in one: a model knows what it trained on by what a group shares")
                .fix("use Folds::suiting, or Dataset::without_groups and say what it costs"));
        }
        Ok((0..self.k).map(|fold| Fold {
            train: Train::new(data.select(&self.train(fold))),
            test: data.select(&self.test(fold)),
            standardize: None,
        }))
    }
}

/// The population variance.
fn variance(values: Vec<f64>) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64
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
pub struct Fold<T: Scalar = f32> {
    /// The rows of all other folds.
    pub train: Train<T>,
    /// The rows of this fold.
    pub test: Dataset<T>,
    /// The standardiser that was applied, if one was.
    pub standardize: Option<Standardize>,
}

impl<T: Scalar> Fold<T> {
    /// Standardises both by the means and deviations of the training rows. Done once; again changes nothing.
    ///
    /// # Errors
    /// When a feature is not finite.
    pub fn standardized(mut self) -> Result<Self> {
        if self.standardize.is_none() {
            let standardize = Standardize::fit(&self.train)?;
            standardize.apply(self.train.rows_mut())?;
            standardize.apply(&mut self.test)?;
            self.standardize = Some(standardize);
        }
        Ok(self)
    }
}
