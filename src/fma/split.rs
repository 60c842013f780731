//! Train, validation and test split of FMA's tracks: random, stratified by genre, by artist, or FMA's official ones.

use super::tables::{Fma, Set};
use crate::data::{Folds, Partition, Parts};
use crate::names::named;
use crate::{Error, Result, Seed};

named! {
    "split",
    /// How to split the tracks.
    ///
    /// ```
    /// use tonegrad::fma::Split;
    /// assert_eq!("artist".parse(), Ok(Split::Artist));
    /// assert!("album".parse::<Split>().is_err());
    /// ```
    pub enum Split {
        /// 80/10/10 at random: see [`Partition::random`].
        Random = "random",
        /// 80/10/10 of every genre: see [`Partition::stratified`].
        Stratified = "stratified",
        /// About 80/10/10, no artist in two parts: see [`Partition::grouped`].
        Artist = "artist",
        /// FMA's own: see [`official`].
        Official = "official",
    }
}

/// FMA's own parts.
pub fn official(sets: &[Set]) -> Partition {
    let of = |wanted| (0..sets.len()).filter(|&row| sets[row] == wanted).collect();
    Partition { train: of(Set::Training), valid: of(Set::Validation), test: of(Set::Test) }
}

impl Fma {
    /// Splits the tracks into training, validation and test.
    ///
    /// # Errors
    /// When a part is empty, or when a track has no artist or no official set where the split asks for one.
    pub fn split(&self, how: Split, seed: Seed) -> Result<Parts> {
        let rows = match how {
            Split::Random => Partition::random(self.len(), seed),
            Split::Stratified => Partition::stratified(self.dataset().y(), seed),
            Split::Artist => Partition::grouped(&self.every_artist()?, seed),
            Split::Official => official(&self.every(self.sets(), "(set, split)")?),
        };
        Parts::new(self.dataset(), rows)
    }

    /// [`Folds::grouped`] by artist: no test track is recognised by the voice of an artist in training.
    ///
    /// # Errors
    /// When a track has no artist; when `k` is below 2 or above the number of artists.
    pub fn folds_by_artist(&self, k: usize, seed: Seed) -> Result<Folds> {
        Folds::grouped(&self.every_artist()?, k, seed)
    }

    /// The artist of each track.
    fn every_artist(&self) -> Result<Vec<u32>> {
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
