//! The report that a run on pieces writes for other programs: `report.json`.

use super::vote::Vote;
use crate::Result;
use crate::fma::report::{PartSizes, by_genre, json};
use crate::metrics::{Assessment, Evaluation};
use crate::train::Stopped;
use serde::Serialize;

/// Everything that decides a run's figures, and the figures.
#[derive(Clone, Debug, Serialize)]
pub struct PieceReport {
    /// The crate's version.
    pub version: &'static str,
    /// What must be said before any figure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The model's name.
    pub model: String,
    /// Trainable parameters.
    pub parameters: usize,
    /// The path of the data, or a description.
    pub source: String,
    /// Whether the sounds were made up.
    pub synthetic: bool,
    /// Pieces, of all parts.
    pub pieces: usize,
    /// Height, width and channels of a piece.
    pub shape: [usize; 3],
    /// Names of the classes, in order.
    pub genres: Vec<String>,
    /// How the pieces were dealt to the parts, by name and in words.
    pub protocol: String,
    /// The same in words.
    pub split: String,
    /// Pieces in each part.
    pub rows: PartSizes,
    /// The share of the test pieces whose group, a recording or a stretch of it, is in training as well; unknown where
    /// groups are.
    pub trained_groups: Option<f64>,
    /// Mini-batch size, the pieces in a step.
    pub batch_size: usize,
    /// The optimiser's learning rate.
    pub learning_rate: f64,
    /// The seed of everything random.
    pub seed: u64,
    /// Threads that worked; no figure but `seconds` depends on it.
    pub threads: usize,
    /// Epochs that were trained.
    pub epochs_run: usize,
    /// The epoch whose weights were kept.
    pub best_epoch: usize,
    /// What made it the best.
    pub monitor: String,
    /// Why training ended.
    pub stopped: Stopped,
    /// Seconds of reading, training and testing.
    pub seconds: f64,
    /// How well the model does on the test part.
    #[serde(serialize_with = "by_genre")]
    pub test: Evaluation,
    /// How sure that is.
    pub assessment: Assessment,
    /// The vote of each recording's test pieces.
    pub votes: Vec<Vote>,
}

impl PieceReport {
    /// As JSON, indented.
    ///
    /// # Errors
    /// When a figure is not finite: JSON has no word for it.
    pub fn to_json(&self) -> Result<String> {
        json(self)
    }
}
