//! A model card for FMA's tables: columns as names of three levels, and back.

use super::tables::{Column, Fma};
use crate::store::{Card, FeatureName};
use crate::{Error, Result, Seed};

/// What a model file calls the levels of a column's name.
const LEVELS: [&str; 3] = ["feature", "statistic", "number"];

impl From<&Column> for FeatureName {
    fn from(column: &Column) -> FeatureName {
        let names = [&column.feature, &column.statistic, &column.number];
        FeatureName::Levels(LEVELS.iter().zip(names).map(|(level, name)| (level.to_string(), name.clone())).collect())
    }
}

/// The model card of a network that was trained on these tables.
pub fn card(fma: &Fma, model: impl Into<String>, seed: Seed, protocol: impl Into<String>) -> Card {
    let mut card = Card::new(fma.dataset().classes(), fma.columns(), model, seed);
    card.provenance.protocol = protocol.into();
    card.provenance.source = fma.source().into();
    card.provenance.synthetic = fma.is_synthetic();
    card
}

/// The columns of FMA's table that a network's features are.
///
/// # Errors
/// When a feature is no column of such a table: the network learned from another one.
pub fn columns(card: &Card) -> Result<Vec<Column>> {
    let column = |name: &FeatureName| match name {
        FeatureName::Levels(levels) => match &levels[..] {
            [(a, feature), (b, statistic), (c, number)] if [a, b, c] == LEVELS => {
                Some(Column { feature: feature.clone(), statistic: statistic.clone(), number: number.clone() })
            }
            _ => None,
        },
        FeatureName::Plain(_) => None,
    };
    let columns = card.features.iter().map(|name| {
        column(name).ok_or_else(|| {
            Error::data("model, features")
                .found(format!("{:?}", name.to_string()))
                .wanted("a column of FMA's features.csv, such as mfcc/mean/01")
                .fix("use a model that learned from FMA's tables")
        })
    });
    columns.collect()
}
