//! The columns that a trained network wants, of a song.

use crate::audio::{self, Families, Features};
use crate::fma::card::columns;
use crate::store::Card;
use crate::{Error, Result};

/// Which columns of a song a network learned from, and the families to compute for them.
#[derive(Clone, Debug)]
pub struct FeatureChoice {
    columns: Vec<audio::Column>,
    /// Nothing else need be computed.
    pub families: Families,
}

/// The columns of a model card.
///
/// # Errors
/// When one of them is none of a song: the network learned from other tables.
pub fn choice(card: &Card) -> Result<FeatureChoice> {
    let known = audio::columns();
    let columns = columns(card)?.into_iter().map(|column| {
        let name = column.to_string();
        known.iter().find(|known| known.to_string() == name).copied().ok_or_else(|| {
            Error::data("model, features")
                .found(format!("{name:?}"))
                .wanted("a column that can be computed from a song, such as mfcc/mean/01")
                .fix("use a model that learned from FMA's features.csv")
        })
    });
    let columns = columns.collect::<Result<Vec<_>>>()?;
    let families = Families::of(columns.iter().map(|column| column.family));
    Ok(FeatureChoice { columns, families })
}

impl FeatureChoice {
    /// The features of a song in the network's order.
    ///
    /// # Errors
    /// When one is missing; the message says why.
    pub fn of(&self, features: &Features) -> Result<Vec<f32>> {
        let values = features.select(&self.columns);
        match (values.iter().position(|value| !value.is_finite()), &features.stopped) {
            (None, _) => Ok(values),
            (Some(_), Some(why)) => Err(why.clone()),
            (Some(at), None) => {
                Err(Error::data(self.columns[at].to_string()).found(values[at].to_string()).wanted("a finite number"))
            }
        }
    }
}
