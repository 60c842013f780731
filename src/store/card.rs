//! What must be known about a trained network to use it, and to trust it.

use crate::data::{Column, Fma};
use crate::metrics::Evaluation;
use crate::{Error, Result, Seed};
use serde::{Deserialize, Serialize};

/// The meaning of a network's inputs and outputs, and where it comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// Names of the genres, in the order of the outputs.
    pub genres: Vec<String>,
    /// The columns of features, in the order of the inputs.
    pub features: Vec<Column>,
    /// Where the weights come from.
    pub provenance: Provenance,
}

/// Where weights come from, and how good they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// The crate's version.
    pub version: String,
    /// The network's name.
    pub model: String,
    /// The seed of everything random.
    pub seed: u64,
    /// `honest` where the split came before all learning, `paper` where it did not.
    pub protocol: String,
    /// The tables: their path, or a description.
    pub source: String,
    /// Whether they were made up.
    pub synthetic: bool,
    /// The figures of the test part, where there was one.
    pub test: Option<Figures>,
}

/// The figures of a test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Tracks in the test part.
    pub tracks: u64,
    /// Mean loss of a track.
    pub loss: f64,
    /// Share of tracks told right.
    pub accuracy: f64,
    /// Mean recall of the genres.
    pub balanced_accuracy: f64,
    /// Mean F1 of the genres.
    pub macro_f1: f64,
    /// Share of tracks whose genre is among the three most probable.
    pub top_3: f64,
}

impl From<&Evaluation> for Figures {
    fn from(test: &Evaluation) -> Self {
        Figures {
            tracks: test.confusion.total(),
            loss: test.loss,
            accuracy: test.accuracy(),
            balanced_accuracy: test.confusion.balanced_accuracy(),
            macro_f1: test.confusion.macro_mean().f1,
            top_3: test.top_3,
        }
    }
}

impl Card {
    /// The card of a network that learned from these tables.
    pub fn new(fma: &Fma, model: impl Into<String>, seed: Seed, protocol: impl Into<String>) -> Card {
        Card {
            genres: fma.dataset().classes().to_vec(),
            features: fma.columns().to_vec(),
            provenance: Provenance {
                version: env!("CARGO_PKG_VERSION").into(),
                model: model.into(),
                seed: seed.0,
                protocol: protocol.into(),
                source: fma.source().into(),
                synthetic: fma.is_synthetic(),
                test: None,
            },
        }
    }

    /// With the figures of the test part.
    pub fn tested(mut self, test: &Evaluation) -> Card {
        self.provenance.test = Some(test.into());
        self
    }

    /// Whether the card belongs to a network of so many inputs and outputs, and can be shown on a terminal.
    pub(super) fn check(&self, place: &str, features: usize, genres: usize) -> Result<()> {
        for (what, found, wanted) in
            [("genres", self.genres.len(), genres), ("features", self.features.len(), features)]
        {
            if found != wanted {
                return Err(Error::shape(format!("{place}, {what}"))
                    .found(format!("{found} names"))
                    .wanted(format!("{wanted}, as the network has")));
            }
        }
        let columns = self.features.iter().flat_map(|c| [&c.feature, &c.statistic, &c.number]);
        let Provenance { model, protocol, source, version, .. } = &self.provenance;
        let mut texts = self.genres.iter().chain(columns).chain([model, protocol, source, version]);
        match texts.find(|text| text.chars().any(char::is_control)) {
            Some(text) => Err(Error::data(place).found(format!("{text:?}")).wanted("names without control characters")),
            None => Ok(()),
        }
    }
}
