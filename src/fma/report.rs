//! The report that a run writes for other programs: `report.json`.

use super::protocol::{Preparation, Prepared, Protocol};
use super::tables::{Dropped, Fma};
use crate::metrics::{Assessment, ClassScore, Evaluation};
use crate::nn::Model;
use crate::train::{History, Stopped};
use crate::{Error, Result, Scalar, Seed};
use serde::{Deserialize, Serialize, Serializer};

/// The report of a run: everything that decides its figures, and the figures.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The crate's version.
    pub version: &'static str,
    /// What must be said before any figure: see [`note`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The model's name.
    pub model: String,
    /// Trainable parameters.
    pub parameters: usize,
    /// What it learned from.
    pub data: Data,
    /// Whether the split came before balancing and standardising, or after.
    pub protocol: String,
    /// How the rows were dealt to the parts.
    pub split: String,
    /// Rows in each part.
    pub rows: PartSizes,
    /// The share of the test tracks by an artist of the training part; unknown where artists are, and of blends.
    pub trained_artists: Option<f64>,
    /// How the genres were balanced.
    pub balance: String,
    /// Rows of each genre, in the order of `data.genres`: of the training part, or of everything under the paper's
    /// protocol.
    pub genre_rows: GenreRows,
    /// Mini-batch size, the rows in a step.
    pub batch_size: usize,
    /// The optimiser's learning rate.
    pub learning_rate: f64,
    /// The temperature, fitted on the validation part, by which the model's logits are divided already.
    pub temperature: f64,
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
    /// Seconds of training and testing.
    pub seconds: f64,
    /// How well the model does on the test part.
    #[serde(serialize_with = "by_genre")]
    pub test: Evaluation,
    /// How sure that is: intervals by artist, calibration, and a ranking for each of `data.genres`.
    pub assessment: Assessment,
}

/// The tables behind a run.
#[derive(Clone, Debug, Serialize)]
pub struct Data {
    /// The path, or a description.
    pub source: String,
    /// Whether they were made up.
    pub synthetic: bool,
    /// Tracks with a genre and with features.
    pub tracks: usize,
    /// Tracks left out, by reason.
    pub dropped: Dropped,
    /// Whether the artist of every test row is known: of blends it is not.
    pub artists: bool,
    /// Columns of the features.
    pub features: usize,
    /// Names of the genres, in order.
    pub genres: Vec<String>,
}

/// Rows of each genre, before and after balancing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GenreRows {
    /// As they came.
    pub before_balancing: Vec<usize>,
    /// As they were learned from.
    pub after_balancing: Vec<usize>,
}

impl GenreRows {
    /// Whether balancing changed anything.
    pub fn changed(&self) -> bool {
        self.before_balancing != self.after_balancing
    }
}

/// Rows in each part.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct PartSizes {
    /// To learn from.
    pub train: usize,
    /// To choose the best epoch by.
    pub valid: usize,
    /// To judge by, once.
    pub test: usize,
}

/// What was chosen for a run, by name.
#[derive(Clone, Debug)]
pub struct Choices {
    /// The model's name.
    pub model: String,
    /// How the table was split and balanced, and in which order.
    pub preparation: Preparation,
    /// Mini-batch size, the rows in a step.
    pub batch_size: usize,
    /// The optimiser's learning rate.
    pub learning_rate: f64,
    /// The seed.
    pub seed: Seed,
    /// The temperature that was fitted on the validation part and is in the model's last layer; 1 where none was.
    pub temperature: f64,
}

/// What to say wherever figures of synthetic tables are shown.
pub const SYNTHETIC: &str = "SYNTHETIC data, made up in FMA's layout: figures say nothing about music. \
     --data mfcc and --data echonest are real; FMA's own tables (342 MiB): curl -LO https://os.unil.cloud.switch.ch/fma/fma_metadata.zip";

/// What must be said before any figure of a run, on the terminal and in every file: that the tables are made up, that the
/// protocol leaks.
pub fn note(fma: &Fma, protocol: Protocol) -> Option<String> {
    let notes: Vec<_> = fma.is_synthetic().then_some(SYNTHETIC).into_iter().chain(protocol.warning()).collect();
    (!notes.is_empty()).then(|| notes.join(" "))
}

impl Report {
    /// Gathers the report of a run that is over.
    pub fn new<F: Scalar>(
        choices: &Choices,
        (fma, prepared): (&Fma, &Prepared),
        (model, history): (&Model<F>, &History),
        (test, assessment): (Evaluation, Assessment),
        seconds: f64,
    ) -> Report {
        let (how, parts) = (&choices.preparation, &prepared.parts);
        Report {
            version: env!("CARGO_PKG_VERSION"),
            note: note(fma, how.protocol),
            model: choices.model.clone(),
            parameters: model.parameters(),
            data: Data {
                source: fma.source().to_string(),
                synthetic: fma.is_synthetic(),
                tracks: fma.len(),
                dropped: *fma.dropped(),
                artists: parts.test.groups().is_some(),
                features: fma.columns().len(),
                genres: fma.dataset().classes().to_vec(),
            },
            protocol: how.protocol.to_string(),
            split: how.split.to_string(),
            rows: PartSizes { train: parts.train.len(), valid: parts.valid.len(), test: parts.test.len() },
            trained_artists: match how.protocol {
                Protocol::Honest => fma.trained_artists(&parts.rows),
                Protocol::Paper => None,
            },
            balance: how.balance.to_string(),
            genre_rows: GenreRows {
                before_balancing: prepared.before.clone(),
                after_balancing: prepared.after.clone(),
            },
            batch_size: choices.batch_size,
            learning_rate: choices.learning_rate,
            temperature: choices.temperature,
            seed: choices.seed.0,
            threads: rayon::current_num_threads(),
            epochs_run: history.epochs.len(),
            best_epoch: history.best_epoch,
            monitor: history.monitor.to_string(),
            stopped: history.stopped,
            seconds,
            test,
            assessment,
        }
    }

    /// As JSON, indented.
    ///
    /// # Errors
    /// When a figure is not finite: JSON has no word for it.
    pub fn to_json(&self) -> Result<String> {
        json(self)
    }
}

/// A report as JSON, indented.
pub(super) fn json(report: &impl Serialize) -> Result<String> {
    let json = serde_json::to_string_pretty(report);
    json.map(|json| json + "\n").map_err(|e| Error::data("report").found(e.to_string()))
}

/// An evaluation whose classes are genres: `per_genre` instead of `per_class`.
pub(super) fn by_genre<S: Serializer>(test: &Evaluation, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct GenreScore {
        genre: String,
        precision: f64,
        recall: f64,
        f1: f64,
        support: u64,
    }

    #[derive(Serialize)]
    struct ByGenre {
        loss: f64,
        accuracy: f64,
        balanced_accuracy: f64,
        macro_f1: f64,
        weighted_f1: f64,
        top_3: f64,
        per_genre: Vec<GenreScore>,
        confusion: Vec<Vec<u64>>,
    }

    let c = &test.confusion;
    let genre = |ClassScore { class, precision, recall, f1, support }| GenreScore {
        genre: class,
        precision,
        recall,
        f1,
        support,
    };
    let (per_genre, confusion) = (
        c.per_class().into_iter().map(genre).collect(),
        c.counts().rows().into_iter().map(|row| row.to_vec()).collect(),
    );
    ByGenre {
        loss: test.loss,
        accuracy: c.accuracy(),
        balanced_accuracy: c.balanced_accuracy(),
        macro_f1: c.macro_mean().f1,
        weighted_f1: c.weighted_mean().f1,
        top_3: test.top_3,
        per_genre,
        confusion,
    }
    .serialize(serializer)
}
