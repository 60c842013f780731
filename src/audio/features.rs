//! A song as FMA's table has it: 518 numbers, seven statistics over time of each of 74 coefficients.

use super::analysis::{Analysis, analyse};
use super::family::{Column, Families, Family, columns};
use super::signal::Signal;
use super::statistics::{Statistic, statistics};
use super::target::Target;
use crate::{Error, Result};
use std::collections::HashMap;

/// The columns of a song.
#[derive(Clone, Debug)]
pub struct Features {
    /// A value for each of [`columns`]; NaN in those of families that were not asked for, or that could not be computed.
    pub values: Vec<f32>,
    /// Samples of the song.
    pub samples: usize,
    /// Samples a second.
    pub rate: f64,
    /// Why columns are missing that were asked for.
    pub stopped: Option<Error>,
}

impl Features {
    /// The values of some columns, in their order.
    pub fn select(&self, wanted: &[Column]) -> Vec<f32> {
        let place: HashMap<Column, usize> = columns().into_iter().zip(0..).collect();
        wanted.iter().map(|column| place.get(column).map_or(f32::NAN, |&at| self.values[at])).collect()
    }

    /// Seconds of the song.
    pub fn seconds(&self) -> f64 {
        self.samples as f64 / self.rate
    }
}

/// Computes the columns of some families. Values are single precision, as in FMA's table.
///
/// ```
/// use tonegrad::audio::{Families, Samples, Target, features};
/// let samples: Vec<f32> = (0..22050).map(|i| (i as f32 * 0.0627).sin()).collect();      // a second of A3, 220 Hz
/// let song = features(&mut Samples { samples: &samples, rate: 22050.0 }, Target::Fma, Families::all())?;
/// assert!(song.stopped.is_none() && song.values.iter().all(|value| value.is_finite()));
/// # Ok::<(), tonegrad::Error>(())
/// ```
///
/// # Errors
/// As [`analyse`]; and when a value is not finite, since samples are too large.
pub fn features(signal: &mut dyn Signal, target: Target, families: Families) -> Result<Features> {
    let analysis = analyse(signal, target, families)?;
    let there: Vec<bool> = Family::ALL.iter().map(|&family| analysis.rows(family).is_some()).collect();
    let features = of_analysis(analysis);
    let wrong = |(column, value): &(Column, &f32)| there[column.family as usize] && !value.is_finite();
    match columns().into_iter().zip(&features.values).find(wrong) {
        Some((column, value)) => Err(Error::non_finite(column.to_string())
            .found(value.to_string())
            .wanted("a finite number")
            .fix("the samples are far too large: scale them to lie between -1 and 1")),
        None => Ok(features),
    }
}

/// The columns of rows.
pub fn of_analysis(mut analysis: Analysis) -> Features {
    let mut values = Vec::with_capacity(518);
    for &family in Family::ALL {
        let all: Vec<[f64; 7]> = match analysis.take(family) {
            Some(rows) => rows.into_rows().into_iter().map(|mut row| statistics(&mut row)).collect(),
            None => vec![[f64::NAN; 7]; family.coefficients()],
        };
        for statistic in 0..Statistic::ALL.len() {
            values.extend(all.iter().map(|statistics| statistics[statistic] as f32));
        }
    }
    let Analysis { samples, rate, stopped, .. } = analysis;
    Features { values, samples, rate, stopped }
}
