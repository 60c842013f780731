//! Training, validation and test parts: random, stratified by genre, by artist, or FMA's official ones.
//!
//! [`Rows`] decides which row goes where, [`Parts`] holds the rows. All but the official split are drawn from
//! [`Seed::stream`]`("split")`. Within a part, rows keep the order of the table.

use super::fma::{Fma, Set};
use super::{Dataset, Standardize, Train};
use crate::{Error, Result, Seed};
use rand::seq::SliceRandom;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// How to part the tracks.
///
/// ```
/// use tonegrad::data::Split;
/// assert_eq!("artist".parse(), Ok(Split::Artist));
/// assert!("album".parse::<Split>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// 80/10/10 at random: see [`Rows::random`].
    Random,
    /// 80/10/10 of every genre: see [`Rows::stratified`].
    Stratified,
    /// About 80/10/10, no artist in two parts: see [`Rows::by_artist`].
    Artist,
    /// FMA's own: see [`Rows::official`].
    Official,
}

impl Split {
    const ALL: [(Split, &str); 4] = [
        (Split::Random, "random"),
        (Split::Stratified, "stratified"),
        (Split::Artist, "artist"),
        (Split::Official, "official"),
    ];
}

impl FromStr for Split {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let found = Split::ALL.iter().find(|(_, known)| *known == name);
        found.map(|(split, _)| *split).ok_or_else(|| {
            let known = Split::ALL.map(|(_, known)| known).join(", ");
            Error::config("split").found(format!("{name:?}")).wanted(format!("one of {known}"))
        })
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(Split::ALL[*self as usize].1)
    }
}

/// Which rows are in which part. Every row is in exactly one, and each part ascends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Rows to fit on.
    pub train: Vec<usize>,
    /// Rows to choose by.
    pub valid: Vec<usize>,
    /// Rows to report on.
    pub test: Vec<usize>,
}

impl Rows {
    /// `n` rows at random: a tenth, rounded, for validation, as many for the test.
    ///
    /// ```
    /// use tonegrad::{Seed, data::split::Rows};
    /// let rows = Rows::random(49_598, Seed(1));
    /// assert_eq!((rows.train.len(), rows.valid.len(), rows.test.len()), (39_678, 4_960, 4_960));
    /// ```
    pub fn random(n: usize, seed: Seed) -> Rows {
        let mut rows = Rows::default();
        let mut order: Vec<_> = (0..n).collect();
        order.shuffle(&mut seed.stream("split"));
        rows.deal(&order, tenth(n));
        rows.ascending()
    }

    /// As [`random`](Self::random), but within each class. A class of three rows or more has one in each part at least;
    /// a smaller one goes into training.
    pub fn stratified(y: &[usize], seed: Seed) -> Rows {
        let mut rng = seed.stream("split");
        let mut classes = BTreeMap::<usize, Vec<usize>>::new();
        y.iter().enumerate().for_each(|(row, &class)| classes.entry(class).or_default().push(row));
        let mut rows = Rows::default();
        for mut class in classes.into_values() {
            class.shuffle(&mut rng);
            let held_out = if class.len() < 3 { 0 } else { tenth(class.len()).max(1) };
            rows.deal(&class, held_out);
        }
        rows.ascending()
    }

    /// No artist in two parts. Artists come in random order; one goes into validation if that brings it nearer to a tenth
    /// of the rows, else into the test if that does, else into training. So a part misses its tenth by half the rows of
    /// an artist at most, unless every artist is too large: then it gets the smallest there is.
    pub fn by_artist(artists: &[u32], seed: Seed) -> Rows {
        let mut of = BTreeMap::<u32, Vec<usize>>::new();
        artists.iter().enumerate().for_each(|(row, &artist)| of.entry(artist).or_default().push(row));
        let mut left: Vec<_> = of.into_values().collect();
        left.shuffle(&mut seed.stream("split"));
        let target = tenth(artists.len());
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
        Rows { train: left.concat(), valid, test }.ascending()
    }

    /// FMA's own parts.
    pub fn official(sets: &[Set]) -> Rows {
        let of = |wanted| (0..sets.len()).filter(|&row| sets[row] == wanted).collect();
        Rows { train: of(Set::Training), valid: of(Set::Validation), test: of(Set::Test) }
    }

    /// Deals shuffled rows: `held_out` of them to validation, as many to the test, the others to training.
    fn deal(&mut self, shuffled: &[usize], held_out: usize) {
        let (valid, others) = shuffled.split_at(held_out);
        let (test, train) = others.split_at(held_out);
        self.valid.extend(valid);
        self.test.extend(test);
        self.train.extend(train);
    }

    fn ascending(mut self) -> Rows {
        [&mut self.train, &mut self.valid, &mut self.test].into_iter().for_each(|part| part.sort_unstable());
        self
    }
}

/// A tenth of `n`, rounded.
fn tenth(n: usize) -> usize {
    (n + 5) / 10
}

/// The three parts of a dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    /// To fit on.
    pub train: Train,
    /// To choose by.
    pub valid: Dataset,
    /// To report on.
    pub test: Dataset,
    /// Which rows of the dataset these are.
    pub rows: Rows,
    /// The standardiser that was applied, if one was.
    pub standardize: Option<Standardize>,
}

impl Parts {
    /// Parts a dataset.
    ///
    /// # Errors
    /// When a part is empty, or a row is out of range.
    pub fn new(data: &Dataset, rows: Rows) -> Result<Parts> {
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

impl Fma {
    /// Parts the tracks into training, validation and test.
    ///
    /// # Errors
    /// When a part is empty, or when a track has no artist or no official set where the split asks for one.
    pub fn split(&self, how: Split, seed: Seed) -> Result<Parts> {
        let rows = match how {
            Split::Random => Rows::random(self.len(), seed),
            Split::Stratified => Rows::stratified(self.dataset().y(), seed),
            Split::Artist => Rows::by_artist(&self.every_artist()?, seed),
            Split::Official => Rows::official(&self.every(self.sets(), "(set, split)")?),
        };
        Parts::new(self.dataset(), rows)
    }

    /// The artist of each track.
    pub(super) fn every_artist(&self) -> Result<Vec<u32>> {
        self.every(self.artists(), "(artist, id)")
    }

    /// The values of a column that must have one in every row.
    fn every<T: Copy>(&self, column: &[Option<T>], name: &str) -> Result<Vec<T>> {
        column.iter().copied().collect::<Option<_>>().ok_or_else(|| {
            let missing: Vec<_> =
                self.ids().iter().zip(column).filter(|(_, v)| v.is_none()).map(|(id, _)| id).collect();
            Error::data(format!("{}, tracks.csv, column {name}", self.source()))
                .found(format!("no value for {} of {} tracks, first track {}", missing.len(), self.len(), missing[0]))
                .wanted("one for each")
                .fix("use the random or the stratified split")
        })
    }
}
