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
    /// The split to use where nothing is said: by artist where every track has one, at random otherwise.
    pub fn usual_split(&self) -> Split {
        self.dataset().groups().map_or(Split::Random, |_| Split::Artist)
    }

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
        // At random, tracks of an artist are parted; FMA's own split is what it is. Both are told: see `trained_artists`.
        Parts::ignoring_groups(self.dataset(), rows)
    }

    /// The share of the test tracks whose artist has a track in training; none where artists are not known.
    pub fn trained_artists(&self, rows: &Partition) -> Option<f64> {
        self.dataset().groups().map(|artists| artists.shared(&rows.train, &rows.test))
    }

    /// Stratified folds by artist: no test track is recognised by the voice of an artist in training, and each genre is
    /// shared out as evenly as its artists allow. See [`Folds::stratified_grouped`].
    ///
    /// # Errors
    /// When a track has no artist; when `k` is below 2 or above the number of artists.
    pub fn folds_by_artist(&self, k: usize, seed: Seed) -> Result<Folds> {
        Folds::stratified_grouped(self.dataset().y(), &self.every_artist()?, k, seed)
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
