//! A leak to find: a split by artist that parts artists.
//!
//! `split_by_artist` should deal tracks to training and test so that no artist has tracks in both. Its author tested it on a table
//! that was sorted by artist, where it is right whenever the cut falls between two of them. Find the leak, and repair it.

/// Which tracks are in which part.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Split {
    pub train: Vec<usize>,
    pub test: Vec<usize>,
}

/// The rows of `artists` (the artist of each track) in two parts. The test part has the tracks of so many artists as it takes to
/// hold at least a fraction `share` of the tracks, artists in the order of their first track. The rest is for training. Rows
/// ascend in both.
pub fn split_by_artist(artists: &[&str], share: f64) -> Split {
    let wanted = (share * artists.len() as f64).ceil() as usize;
    let mut split = Split::default();
    for row in 0..artists.len() {
        if split.test.len() < wanted {
            split.test.push(row);
        } else {
            split.train.push(row);
        }
    }
    split
}
