//! SMOTE: new rows on the segments between neighbours of a class (Chawla, Bowyer, Hall and Kegelmeyer 2002).

use super::{Strategy, rows_by_class};
use crate::data::{Dataset, Train};
use crate::isa::vectorized;
use crate::neighbours::{nearest_among, slices};
use crate::{Error, Result, Seed};
use ndarray::{Array2, Axis, Zip, aview1};
use rand::RngExt;
use rayon::prelude::*;

/// SMOTE, synthetic minority over-sampling.
///
/// A class of n rows that is to have t gets t - n synthetic ones. Each lies between a row a, any of the class, and a
/// row b, any of a's `k` nearest neighbours in the class: `a + u (b - a)`, with u uniform in [0, 1), one for all
/// features. All n·k pairs are equally likely, with replacement. A row is not its own neighbour; a copy of it is.
///
/// Distances weigh a feature by its scale, so features should be standardised first
/// ([`Parts::standardized`](crate::data::Parts::standardized)). With hundreds of features, weighting the classes in the
/// loss often serves as well.
///
/// ```
/// use ndarray::array;
/// use tonegrad::Seed;
/// use tonegrad::data::{Dataset, Train};
/// use tonegrad::balance::Smote;
/// let x = array![[0.0, 0.0], [1.0, 1.0], [5.0, 0.0], [6.0, 0.0], [7.0, 0.0]];
/// let train = Train::new(Dataset::new(x, vec![0, 0, 1, 1, 1], ["Folk", "Rock"])?);
/// let balanced = Smote { k: 1, ..Smote::default() }.balance(&train, Seed(1))?;
/// assert_eq!(balanced.counts(), [3, 3]);
/// let synthetic = balanced.x().row(5).to_owned();
/// assert!(synthetic[0] == synthetic[1], "between (0, 0) and (1, 1)");
/// # Ok::<(), tonegrad::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Smote {
    /// How many rows each class shall have; `Auto` raises all to the largest.
    pub strategy: Strategy,
    /// Neighbours of each row, 5 by default. A class must have more rows than that to grow.
    pub k: usize,
}

impl Default for Smote {
    fn default() -> Self {
        Smote { strategy: Strategy::Auto, k: 5 }
    }
}

/// Where a synthetic row comes from: `x[row] + u (x[neighbour] - x[row])`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parents {
    /// A row of the training part.
    pub row: usize,
    /// Another one, of the same class.
    pub neighbour: usize,
    /// How far from the first to the second, 0 to 1.
    pub u: f64,
}

impl Smote {
    /// The training part with its classes balanced: all its rows, in order and unchanged, then the synthetic rows of the
    /// first class that grows, of the second, and so on. Each class draws from `seed.stream("smote <its name>")`, so
    /// one class's growth does not depend on another's.
    ///
    /// # Errors
    /// When a class that must grow has no more than `k` rows; when `k` is 0; when a feature is not finite; when there are
    /// rows of one class only; when the strategy asks for fewer rows than there are.
    pub fn balance(&self, train: &Train, seed: Seed) -> Result<Train> {
        Ok(self.balance_with_parents(train, seed)?.0)
    }

    /// As [`balance`](Self::balance), with the parents of each synthetic row, in order.
    ///
    /// # Errors
    /// As [`balance`](Self::balance).
    pub fn balance_with_parents(&self, train: &Train, seed: Seed) -> Result<(Train, Vec<Parents>)> {
        self.grow(train, seed, |class, n| self.feasible(class, n).map(|()| self.k))
    }

    /// As [`balance_with_parents`](Self::balance_with_parents), but a class of n rows that has no more than `k` makes do
    /// with n - 1 neighbours, and one of a single row, which has no neighbour at all, stays as it is.
    ///
    /// # Errors
    /// As [`balance`](Self::balance), small classes apart.
    pub fn balance_leniently(&self, train: &Train, seed: Seed) -> Result<(Train, Vec<Parents>)> {
        self.grow(train, seed, |class, n| match n {
            2.. if self.k > 0 => Ok(self.k.min(n - 1)),
            1 if self.k > 0 => Ok(0),
            _ => self.feasible(class, n).map(|()| self.k),
        })
    }

    /// Grows each class that must, with as many neighbours as `k_of` its name and its number of rows; not at all with 0.
    fn grow(
        &self,
        train: &Train,
        seed: Seed,
        k_of: impl Fn(&str, usize) -> Result<usize>,
    ) -> Result<(Train, Vec<Parents>)> {
        let targets = self.strategy.over(train)?;
        let x = train.x();
        let x = x.as_standard_layout();
        let all = slices(x.view());
        refuse_infinite(&all, train)?;
        let mut growing = Vec::new();
        for ((rows, target), class) in rows_by_class(train).into_iter().zip(targets).zip(train.classes()) {
            if target > rows.len() {
                match k_of(class, rows.len())? {
                    0 => (),
                    k => growing.push((class, rows, target, k)),
                }
            }
        }

        let parents = growing.par_iter().map(|(class, rows, target, k)| {
            let found = nearest_among(&rows.iter().map(|&row| all[row]).collect::<Vec<_>>(), *k)?;
            let mut rng = seed.stream(&format!("smote {class}"));
            let mut draw = || {
                let pair = rng.random_range(0..rows.len() * k);
                let (row, neighbour) = (pair / k, found.rows[[pair / k, pair % k]]);
                Parents { row: rows[row], neighbour: rows[neighbour], u: rng.random() }
            };
            Ok((rows.len()..*target).map(|_| draw()).collect::<Vec<_>>())
        });
        let parents = parents.collect::<Result<Vec<_>>>()?.concat();
        Ok((Train::new(grown(train, &all, &parents)?), parents))
    }

    /// Whether a class of `n` rows can grow.
    fn feasible(&self, class: &str, n: usize) -> Result<()> {
        if self.k == 0 {
            return Err(Error::config("smote, k").found("0").wanted("at least 1"));
        }
        if n > self.k {
            return Ok(());
        }
        let plural = |n| if n == 1 { "1 row".to_string() } else { format!("{n} rows") };
        let error = Error::data(format!("smote, class {class:?}"))
            .found(plural(n))
            .wanted(format!("more than k = {}, to have as many neighbours of each", self.k));
        Err(match n {
            0 | 1 => error.fix("no k serves; repeat rows by `RandomOverSampler`, or leave the class out"),
            _ => error.fix(format!("the largest k that works is {}", n - 1)),
        })
    }
}

/// Refuses features that are not finite: they have no distance.
fn refuse_infinite(rows: &[&[f32]], train: &Train) -> Result<()> {
    let culprit = rows.par_iter().position_first(|row| !finite(row));
    let culprit = culprit.and_then(|row| Some((row, rows[row].iter().position(|v| !v.is_finite())?)));
    culprit.map_or(Ok(()), |(row, column)| {
        Err(Error::non_finite(format!("smote, row {row}, column {column}"))
            .found(format!("{} in class {:?}", rows[row][column], train.classes()[train.y()[row]]))
            .wanted("a finite number"))
    })
}

vectorized! {
    /// Whether all are finite. All are looked at, without an early exit: that can be done many at a time.
    fn finite(row: &[f32]) -> bool {
        let mut finite = true;
        for v in row {
            finite &= v.is_finite();
        }
        finite
    }
}

/// All rows, and the children of `parents` after them.
fn grown(train: &Train, rows: &[&[f32]], parents: &[Parents]) -> Result<Dataset> {
    let (n, columns) = (rows.len(), train.x().ncols());
    let mut x = Array2::zeros((n + parents.len(), columns));
    let (mut old, mut new) = x.view_mut().split_at(Axis(0), n);
    Zip::from(old.rows_mut()).and(rows).par_for_each(|mut to, row| to.assign(&aview1(row)));
    Zip::from(new.rows_mut()).and(parents).par_for_each(|child, Parents { row, neighbour, u }| {
        between(rows[*row], rows[*neighbour], *u, child.into_slice().expect("rows of a new array are contiguous"));
    });
    let y = train.y().iter().copied().chain(parents.iter().map(|parents| train.y()[parents.row])).collect();
    Dataset::new(x, y, train.classes().iter().cloned())
}

vectorized! {
    /// a + u (b - a). In `f64`, rounded once, a child never leaves its segment, however far apart the parents are.
    fn between(a: &[f32], b: &[f32], u: f64, child: &mut [f32]) {
        for ((&a, &b), to) in a.iter().zip(b).zip(child) {
            *to = (f64::from(a) + u * (f64::from(b) - f64::from(a))) as f32;
        }
    }
}
