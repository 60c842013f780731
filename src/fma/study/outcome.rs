//! The outcome of one fit: accuracy, F1, confusion matrix, history.

use super::Treatment;
use crate::balance::{Leak, Origin};
use crate::fma::report::GenreRows;
use crate::metrics::Confusion;
use crate::train::History;
use serde::{Deserialize, Serialize};

/// One model, fitted once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The model's name.
    pub model: String,
    /// How the tables were prepared.
    pub treatment: Treatment,
    /// The seed of split, balancing and training.
    pub seed: u64,
    /// Which fold was the test part, where the study cross-validates.
    pub fold: Option<usize>,
    /// Stands for the data and for everything else that decides the figures.
    pub fingerprint: String,
    /// The hyperparameters that were chosen, where there was a choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<String>,
    /// Trainable parameters.
    pub parameters: usize,
    /// Epochs that a network was trained.
    pub epochs: Option<usize>,
    /// How a network's training went: some hundred of its epochs, where it took more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<History>,
    /// Rows of each genre that balancing found, and made: of the training part, or of everything under the paper's protocol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub genre_rows: Option<GenreRows>,
    /// The share of the test tracks by an artist of the training part, under the honest protocol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trained_artists: Option<f64>,
    /// Seconds of fitting and judging.
    pub seconds: f64,
    /// Training accuracy.
    pub train_accuracy: f64,
    /// Validation accuracy.
    pub valid_accuracy: f64,
    /// Scores on the test part: under the paper's protocol most of it synthetic.
    pub test: Scores,
    /// Under the paper's protocol, on real tracks that were set aside before anything else: the test part of the honest one.
    pub real: Option<Scores>,
    /// Under the paper's protocol with SMOTE, what the test rows of each genre owe to the training part.
    pub leak: Option<Vec<Leak>>,
    /// The same rows by where they come from: each origin, rows of it, and how many of these are classified correctly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origins: Option<Vec<(Origin, u64, u64)>>,
    /// Under the honest protocol, the tracks that were tested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tested: Option<Tested>,
    /// With SMOTE after the split, scores on the test part after a SMOTE of its own: rows as synthetic as the paper's, but
    /// no relations of training rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<Scores>,
    /// Under the honest protocol, scores of the same model under the other prior: its probabilities times the genres'
    /// real shares where it learned from balanced rows, divided by them where it learned from the real ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_prior: Option<Scores>,
}

/// Test tracks, and whether each was classified correctly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tested {
    /// Their ids.
    pub tracks: Vec<u32>,
    /// A character for each, 1 or 0.
    pub correct: String,
}

impl Tested {
    /// From the truth and the prediction of each track.
    pub fn new(tracks: Vec<u32>, truth: &[usize], predicted: &[usize]) -> Tested {
        Tested { tracks, correct: truth.iter().zip(predicted).map(|(a, b)| if a == b { '1' } else { '0' }).collect() }
    }

    /// Each track, and whether it was classified correctly.
    pub fn each(&self) -> impl Iterator<Item = (u32, bool)> {
        self.tracks.iter().copied().zip(self.correct.bytes().map(|one| one == b'1'))
    }
}

/// Scores on the rows of a part: accuracy, macro F1, confusion matrix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// The share of rows that are classified correctly.
    pub accuracy: f64,
    /// The mean recall of the genres that have rows.
    pub balanced_accuracy: f64,
    /// Mean F1 of the genres.
    pub macro_f1: f64,
    /// Truth (rows) against prediction (columns).
    pub confusion: Vec<Vec<u64>>,
}

impl From<&Confusion> for Scores {
    fn from(c: &Confusion) -> Self {
        Scores {
            accuracy: c.accuracy(),
            balanced_accuracy: c.balanced_accuracy(),
            macro_f1: c.macro_mean().f1,
            confusion: c.counts().rows().into_iter().map(|row| row.to_vec()).collect(),
        }
    }
}

impl Scores {
    /// Whether the part has rows of a genre.
    pub fn has(&self, genre: usize) -> bool {
        self.confusion[genre].iter().any(|&rows| rows > 0)
    }

    /// Mean F1 of these genres alone, so that parts in which others are missing compare: F1 = 2 hits / (rows + predictions).
    pub fn mean_f1(&self, genres: &[usize]) -> f64 {
        let f1 = |&genre: &usize| {
            let rows: u64 = self.confusion[genre].iter().sum();
            let predicted: u64 = self.confusion.iter().map(|row| row[genre]).sum();
            2.0 * self.confusion[genre][genre] as f64 / (rows + predicted).max(1) as f64
        };
        genres.iter().map(f1).sum::<f64>() / genres.len().max(1) as f64
    }
}

impl Outcome {
    /// Whether this is the outcome of another run of the same.
    pub fn same_as(&self, other: &Outcome) -> bool {
        let key = |o: &Outcome| (o.model.clone(), o.treatment, o.seed, o.fold, o.fingerprint.clone());
        key(self) == key(other)
    }
}
