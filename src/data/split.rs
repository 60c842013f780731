//! Train, validation and test split of a data set: random, stratified by class, or by group.
//!
//! [`Partition`] decides which row goes where, [`Parts`] holds the rows. All are drawn from
//! [`Seed::stream`]`("split")`. Within a part, rows keep the order of the table.

use super::{Dataset, Quantile, Standardize, Train};
use crate::{Error, Result, Scalar, Seed};
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

    /// The split that suits a data set: [`grouped`](Self::grouped) where rows have groups, [`random`](Self::random)
    /// otherwise.
    pub fn of<T: Scalar>(data: &Dataset<T>, seed: Seed) -> Partition {
        data.groups().map_or_else(|| Partition::random(data.len(), seed), |g| Partition::grouped(g.ids(), seed))
    }

    /// Deals shuffled rows: `held_out` of them to validation, as many to the test, the others to training.
    fn deal(&mut self, shuffled: &[usize], held_out: usize) {
        let (valid, others) = shuffled.split_at(held_out);
        let (test, train) = others.split_at(held_out);
        self.valid.extend(valid);
        self.test.extend(test);
        self.train.extend(train);
    }

    /// The part of each of `n` rows: 1, 2 or 3, and 0 of none.
    fn part_of_each(&self, n: usize) -> Vec<usize> {
        let mut part = vec![0; n];
        for (number, rows) in [&self.train, &self.valid, &self.test].into_iter().enumerate() {
            rows.iter().for_each(|&row| part[row] = number + 1);
        }
        part
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
pub struct Parts<T: Scalar = f32> {
    /// To fit on.
    pub train: Train<T>,
    /// To choose by.
    pub valid: Dataset<T>,
    /// To test on.
    pub test: Dataset<T>,
    /// Which rows of the dataset these are.
    pub rows: Partition,
    /// The quantile transform that was applied first, if one was.
    pub quantile: Option<Quantile>,
    /// The standardiser that was applied, if one was.
    pub standardize: Option<Standardize>,
}

impl<T: Scalar> Parts<T> {
    /// Splits a dataset.
    ///
    /// # Errors
    /// When a part is empty, or a row is out of range; when a group has rows in two parts.
    pub fn new(data: &Dataset<T>, rows: Partition) -> Result<Self> {
        let parts = Parts::ignoring_groups(data, rows)?;
        match data.groups().and_then(|groups| groups.parted(&parts.rows.part_of_each(data.len()))) {
            None => Ok(parts),
            Some(group) => Err(Error::data("split, groups")
                .found(format!("rows of group {group} in two parts"))
                .wanted("each group in one: a model knows what it trained on by what a group shares")
                .fix("use Partition::of, or Parts::ignoring_groups and say what it costs")),
        }
    }

    /// Splits a dataset whatever groups its rows are in. Where a group has rows on both sides the test FLATTERS the
    /// model; [`Groups::shared`](super::Groups::shared) counts them.
    ///
    /// # Errors
    /// When a part is empty, or a row is out of range.
    pub fn ignoring_groups(data: &Dataset<T>, rows: Partition) -> Result<Self> {
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
        Ok(Parts { train: Train::new(train), valid, test, rows, quantile: None, standardize: None })
    }

    /// Standardises all three parts by the means and deviations of the training part. Done once; again changes nothing.
    ///
    /// # Errors
    /// When the parts do not have the same columns, or the training part is empty.
    pub fn standardized(mut self) -> Result<Self> {
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

impl Parts {
    /// Passes all three parts through the quantile transform of the training part. Before they are standardised, and
    /// once; again changes nothing.
    ///
    /// # Errors
    /// When the parts do not have the same columns, the training part has fewer than two rows, or they are standardised
    /// already.
    pub fn by_quantiles(mut self) -> Result<Parts> {
        if self.standardize.is_some() && self.quantile.is_none() {
            return Err(Error::config("quantile transform")
                .found("parts that are standardised already")
                .wanted("parts as they are in the table"));
        }
        if self.quantile.is_none() {
            let quantile = Quantile::fit(&self.train)?;
            let all = [self.train.rows_mut(), &mut self.valid, &mut self.test];
            all.into_iter().try_for_each(|rows| quantile.apply(rows))?;
            self.quantile = Some(quantile);
        }
        Ok(self)
    }
}

impl<T: Scalar> Dataset<T> {
    /// Splits the rows at random: a tenth for validation, a tenth for the test, the others for training. Rows that have groups stay
    /// together; otherwise each class is split in these shares, where there are classes. [`Parts::new`] takes any other
    /// [`Partition`].
    ///
    /// ```
    /// use ndarray::Array2;
    /// use tonegrad::Seed;
    /// use tonegrad::data::Dataset;
    /// let rows = Dataset::new(Array2::zeros((40, 3)), (0..40).map(|i| i % 2).collect(), ["Folk", "Rock"])?;
    /// let parts = rows.split(Seed(0))?;
    /// assert_eq!((parts.train.counts(), parts.valid.counts(), parts.test.counts()), (vec![16, 16], vec![2, 2], vec![2, 2]));
    /// # Ok::<(), tonegrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// When a part would be empty.
    pub fn split(&self, seed: Seed) -> Result<Parts<T>> {
        let rows = match (self.groups(), self.targets()) {
            (Some(groups), _) => Partition::grouped(groups.ids(), seed),
            (None, None) => Partition::stratified(self.y(), seed),
            (None, Some(_)) => Partition::random(self.len(), seed),
        };
        Parts::new(self, rows)
    }
}
