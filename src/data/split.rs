//! Train, validation and test split of a data set: random, stratified by class, or by group.
//!
//! [`Partition`] decides which row goes where, [`Parts`] holds the rows. All are drawn from
//! [`Seed::stream`]`("split")`. Within a part, rows keep the order of the table.

use super::{Dataset, Standardize, Train};
use crate::{Error, Result, Seed};
use rand::seq::SliceRandom;
use std::collections::BTreeMap;

/// A train, validation and test split: which rows are in which part. Every row is in exactly one, and each part
/// ascends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partition {
    /// Rows to fit on.
    pub train: Vec<usize>,
    /// Rows to choose by.
    pub valid: Vec<usize>,
    /// Rows to test on.
    pub test: Vec<usize>,
}

impl Partition {
    /// `n` rows at random: a tenth, rounded, for validation, as many for the test.
    ///
    /// ```
    /// use tonegrad::Seed;
    /// use tonegrad::data::Partition;
    /// let rows = Partition::random(49_598, Seed(1));
    /// assert_eq!((rows.train.len(), rows.valid.len(), rows.test.len()), (39_678, 4_960, 4_960));
    /// ```
    pub fn random(n: usize, seed: Seed) -> Partition {
        let mut rows = Partition::default();
        let mut order: Vec<_> = (0..n).collect();
        order.shuffle(&mut seed.stream("split"));
        rows.deal(&order, tenth(n));
        rows.ascending()
    }

    /// A stratified split: as [`random`](Self::random), but within each class. A class of three rows or more has one in
    /// each part at least; a smaller one goes into training.
    pub fn stratified(y: &[usize], seed: Seed) -> Partition {
        let mut rng = seed.stream("split");
        let mut classes = BTreeMap::<usize, Vec<usize>>::new();
        y.iter().enumerate().for_each(|(row, &class)| classes.entry(class).or_default().push(row));
        let mut rows = Partition::default();
        for mut class in classes.into_values() {
            class.shuffle(&mut rng);
            let held_out = if class.len() < 3 { 0 } else { tenth(class.len()).max(1) };
            rows.deal(&class, held_out);
        }
        rows.ascending()
    }

    /// A grouped split: no group (artist, album, person) in two parts. Groups come in random order; one goes into
    /// validation if that brings it nearer to a tenth of the rows, else into the test if that does, else into training.
    /// So a part misses its tenth by half the rows of a group at most, unless every group is too large: then it gets
    /// the smallest there is.
    pub fn grouped(groups: &[u32], seed: Seed) -> Partition {
        let mut of = BTreeMap::<u32, Vec<usize>>::new();
        groups.iter().enumerate().for_each(|(row, &group)| of.entry(group).or_default().push(row));
        let mut left: Vec<_> = of.into_values().collect();
        left.shuffle(&mut seed.stream("split"));
        let target = tenth(groups.len());
        let mut hold_out = || {
            let mut part = Vec::new();
            left.retain(|rows| {
                let nearer = 2 * part.len() + rows.len() < 2 * target;
                if nearer {
                    part.extend(rows);
                }
                !nearer
            });
            let smallest = (0..left.len()).min_by_key(|&i| left[i].len());
            match smallest {
                Some(i) if part.is_empty() => left.remove(i),
                _ => part,
            }
        };
        let (valid, test) = (hold_out(), hold_out());
        Partition { train: left.concat(), valid, test }.ascending()
    }

    /// Deals shuffled rows: `held_out` of them to validation, as many to the test, the others to training.
    fn deal(&mut self, shuffled: &[usize], held_out: usize) {
        let (valid, others) = shuffled.split_at(held_out);
        let (test, train) = others.split_at(held_out);
        self.valid.extend(valid);
        self.test.extend(test);
        self.train.extend(train);
    }

    fn ascending(mut self) -> Partition {
        [&mut self.train, &mut self.valid, &mut self.test].into_iter().for_each(|part| part.sort_unstable());
        self
    }
}

/// A tenth of `n`, rounded.
fn tenth(n: usize) -> usize {
    (n + 5) / 10
}

/// The training, validation and test parts of a dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    /// To fit on.
    pub train: Train,
    /// To choose by.
    pub valid: Dataset,
    /// To test on.
    pub test: Dataset,
    /// Which rows of the dataset these are.
    pub rows: Partition,
    /// The standardiser that was applied, if one was.
    pub standardize: Option<Standardize>,
}

impl Parts {
    /// Splits a dataset.
    ///
    /// # Errors
    /// When a part is empty, or a row is out of range.
    pub fn new(data: &Dataset, rows: Partition) -> Result<Parts> {
        let parts = [("training", &rows.train), ("validation", &rows.valid), ("test", &rows.test)];
        for (name, part) in parts {
            if part.is_empty() {
                return Err(Error::data("split")
                    .found(format!("an empty {name} part of {} rows", data.len()))
                    .wanted("at least one row in each part")
                    .fix("use more tracks, or another split"));
            }
            if let Some(row) = part.iter().find(|&&row| row >= data.len()) {
                let found = format!("row {row} in the {name} part");
                return Err(Error::data("split").found(found).wanted(format!("rows below {}", data.len())));
            }
        }
        let [train, valid, test] = parts.map(|(_, part)| data.select(part));
        Ok(Parts { train: Train::new(train), valid, test, rows, standardize: None })
    }

    /// Standardises all three parts by the means and deviations of the training part. Done once; again changes nothing.
    ///
    /// # Errors
    /// When the parts do not have the same columns, or the training part is empty.
    pub fn standardized(mut self) -> Result<Parts> {
        if self.standardize.is_none() {
            let standardize = Standardize::fit(&self.train)?;
            standardize.apply(self.train.rows_mut())?;
            standardize.apply(&mut self.valid)?;
            standardize.apply(&mut self.test)?;
            self.standardize = Some(standardize);
        }
        Ok(self)
    }
}
