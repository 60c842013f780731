//! The vote of a recording: what its pieces say together.

use crate::data::Images;
use crate::metrics::argmax;
use crate::{Error, Result};
use ndarray::ArrayView2;
use serde::Serialize;
use std::collections::BTreeMap;

/// What the pieces of a recording were taken for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Vote {
    /// The recording's name.
    pub recording: String,
    /// Its class, by number.
    pub truth: usize,
    /// Pieces that voted.
    pub pieces: usize,
    /// The share of the pieces that were taken for each class.
    pub shares: Vec<f64>,
    /// The class with most pieces; of several, the first.
    pub taken: usize,
}

/// The vote of each recording that has pieces among these rows, whose probabilities these are, (rows, classes). Empty where
/// nothing is known of recordings.
///
/// # Errors
/// When there is not a row of probabilities for each row, or one is not a number.
pub fn votes(images: &Images, rows: &[usize], probabilities: ArrayView2<f32>) -> Result<Vec<Vote>> {
    if rows.len() != probabilities.nrows() {
        return Err(Error::shape("votes")
            .found(format!("{} rows of probabilities for {} pieces", probabilities.nrows(), rows.len()))
            .wanted("one for each"));
    }
    let Some((recording, names)) = images.recordings() else { return Ok(Vec::new()) };
    let mut ballots = BTreeMap::<(u32, usize), Vec<usize>>::new();
    for (&row, class) in rows.iter().zip(argmax(probabilities)?) {
        let counts = ballots.entry((recording[row], images.dataset().y()[row])).or_default();
        counts.resize(probabilities.ncols(), 0);
        counts[class] += 1;
    }
    let vote = |((recording, truth), counts): ((u32, usize), Vec<usize>)| {
        let pieces: usize = counts.iter().sum();
        let most = counts.iter().copied().max().unwrap_or(0);
        Vote {
            recording: names[recording as usize].clone(),
            truth,
            pieces,
            taken: counts.iter().position(|&count| count == most).unwrap_or(0),
            shares: counts.iter().map(|&count| count as f64 / pieces as f64).collect(),
        }
    };
    Ok(ballots.into_iter().map(vote).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Dataset;
    use ndarray::{Array2, array};

    #[test]
    fn most_pieces_win() {
        let names = ["a/x-1", "a/x-2", "a/x-3", "b/y-1"].map(String::from).to_vec();
        let data = Dataset::new(Array2::zeros((4, 1)), vec![0, 0, 0, 1], ["a", "b"]).unwrap();
        let images = Images::new(data, [1, 1, 1], names).unwrap();
        let votes =
            votes(&images, &[0, 1, 2, 3], array![[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]].view()).unwrap();
        let first = Vote { recording: "a/x".into(), truth: 0, pieces: 3, shares: vec![2.0 / 3.0, 1.0 / 3.0], taken: 0 };
        assert_eq!(votes[0], first);
        assert_eq!((votes[1].pieces, votes[1].taken, votes[1].truth), (1, 0, 1));
    }
}
