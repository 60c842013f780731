//! A leak to find: a split by artist that parts artists.

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
    let (mut tested, mut count) = (Vec::new(), 0);
    for artist in artists {
        if count < wanted && !tested.contains(artist) {
            tested.push(*artist);
            count += artists.iter().filter(|other| *other == artist).count();
        }
    }
    let (test, train) = (0..artists.len()).partition(|&row| tested.contains(&artists[row]));
    Split { train, test }
}
