//! What the reader leaves out, counted.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::AddAssign;

/// How many tracks were left out, and why. A track is counted once, under the first reason that holds.
///
/// Whether features are empty, not finite or all zero is judged over the chosen columns alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Tracks outside the subset asked for.
    pub outside_subset: usize,
    /// Tracks without a top genre.
    pub no_genre: usize,
    /// Tracks without a row of features.
    pub no_features: usize,
    /// Tracks with an empty cell among their features; in FMA, all are empty then.
    pub empty: usize,
    /// Tracks with a feature that is infinite, or not a number.
    pub non_finite: usize,
    /// Tracks whose features are all zero: silence, or no audio.
    pub all_zero: usize,
    /// Rows of features whose track is not in the table of tracks.
    pub no_track: usize,
}

impl Dropped {
    fn counts(&self) -> [(usize, &'static str); 7] {
        [
            (self.outside_subset, "tracks outside the subset"),
            (self.no_genre, "tracks without a top genre"),
            (self.no_features, "tracks without a row of features"),
            (self.empty, "tracks with empty features"),
            (self.non_finite, "tracks with features that are not finite"),
            (self.all_zero, "tracks with nothing but zeros"),
            (self.no_track, "rows of features without a track"),
        ]
    }
}

impl AddAssign for Dropped {
    fn add_assign(&mut self, other: Dropped) {
        self.outside_subset += other.outside_subset;
        self.no_genre += other.no_genre;
        self.no_features += other.no_features;
        self.empty += other.empty;
        self.non_finite += other.non_finite;
        self.all_zero += other.all_zero;
        self.no_track += other.no_track;
    }
}

/// One line for each count, in the order of the fields.
impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let lines = self.counts().map(|(count, what)| format!("{count:>8} {what}"));
        f.write_str(&lines.join("\n"))
    }
}
