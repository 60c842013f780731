//! The outcome of one fit: accuracy, F1, confusion matrix, history.

use super::Treatment;
use crate::balance::Leak;
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

impl Outcome {
    /// Whether this is the outcome of another run of the same.
    pub fn same_as(&self, other: &Outcome) -> bool {
        let key = |o: &Outcome| (o.model.clone(), o.treatment, o.seed, o.fold, o.fingerprint.clone());
        key(self) == key(other)
    }
}
