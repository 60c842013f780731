//! The columns as what they are: series of coefficients, each by its moments over time.
//!
//! FMA describes a track by 74 series (20 coefficients of the MFCC, 12 pitches of each chroma, ...), and each series by
//! seven moments over the frames of the track: kurtosis, maximum, mean, median, minimum, skew, deviation. The table has the
//! moments of a family one after the other, so that the mean and the deviation of a coefficient are far apart, and the
//! last kurtosis is followed by the first maximum. Here each series is one position, and its moments are channels.

use super::tables::Column;
use crate::{Error, Result};
use std::collections::{BTreeSet, HashMap};

/// Where in the table the moments of each series are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// Moments of each series.
    pub moments: usize,
    /// Columns: series by family and number, the moments of each by name. Whatever the order of the table, it is the
    /// same columns that stand side by side.
    pub index: Vec<usize>,
}

impl Series {
    /// Finds every moment of every series.
    ///
    /// ```
    /// use tonegrad::fma::{Column, Series};
    /// let column = |statistic: &str, number: &str| Column { feature: "mfcc".into(), statistic: statistic.into(), number: number.into() };
    /// let table = [column("max", "01"), column("max", "02"), column("std", "01"), column("std", "02")];
    /// assert_eq!(Series::of(&table)?, Series { moments: 2, index: vec![0, 2, 1, 3] });
    /// assert!(Series::of(&table[..3]).is_err());
    /// # Ok::<(), tonegrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// When there is no column, one is there twice, or a series lacks a moment that another one has.
    pub fn of(columns: &[Column]) -> Result<Series> {
        let place = |what: &str| Error::data("columns").found(what);
        let at: HashMap<_, _> = columns.iter().enumerate().map(|(i, column)| (column, i)).collect();
        if at.is_empty() || at.len() < columns.len() {
            let found = if columns.is_empty() { "none" } else { "a column twice" };
            return Err(place(found).wanted("each moment of each series once"));
        }
        let moments: BTreeSet<_> = columns.iter().map(|c| &c.statistic).collect();
        let series: BTreeSet<_> = columns.iter().map(|c| (&c.feature, &c.number)).collect();
        let mut index = Vec::with_capacity(columns.len());
        for (feature, number) in series {
            for &statistic in &moments {
                let (feature, number) = (feature.clone(), number.clone());
                let wanted = Column { feature, statistic: statistic.clone(), number };
                index.push(*at.get(&wanted).ok_or_else(|| {
                    place(&format!("no {wanted}"))
                        .wanted("the same moments of every series")
                        .fix("give whole families of features, or use a network that takes columns as they come")
                })?);
            }
        }
        Ok(Series { moments: moments.len(), index })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;
    use crate::fma::FmaReader;

    const MOMENTS: [&str; 7] = ["kurtosis", "max", "mean", "median", "min", "skew", "std"];

    fn columns(families: Option<&[&str]>) -> Vec<Column> {
        let reader = FmaReader::new();
        let reader = families.map_or(reader.clone(), |families| reader.families(families.to_vec()));
        reader.synthetic(Seed(0), 100).unwrap().columns().to_vec()
    }

    #[test]
    fn each_position_is_a_series_and_each_channel_a_moment() {
        for (families, positions) in [(None, 74), (Some(&["mfcc"][..]), 20), (Some(&["tonnetz", "zcr"]), 7)] {
            let columns = columns(families);
            let series = Series::of(&columns).unwrap();
            assert_eq!((series.moments, series.index.len()), (7, 7 * positions));
            for place in series.index.chunks(7).map(|place| place.iter().map(|&i| &columns[i]).collect::<Vec<_>>()) {
                assert_eq!(place.iter().map(|c| c.statistic.as_str()).collect::<Vec<_>>(), MOMENTS);
                assert!(place.iter().all(|c| (&c.feature, &c.number) == (&place[0].feature, &place[0].number)));
            }
            let mut met = series.index.clone();
            met.sort_unstable();
            assert!(met.into_iter().eq(0..columns.len()), "each column once");
        }
        let mfcc = Series::of(&columns(Some(&["mfcc"]))).unwrap().index;
        // In the table: 20 kurtoses, 20 maxima, ...
        assert_eq!(mfcc[..8], [0, 20, 40, 60, 80, 100, 120, 1]);
    }

    #[test]
    fn the_order_of_the_table_does_not_matter() {
        let table = columns(None);
        let turned: Vec<_> = table.iter().rev().cloned().collect();
        let names =
            |table: &[Column]| Series::of(table).unwrap().index.iter().map(|&i| table[i].clone()).collect::<Vec<_>>();
        assert_eq!(names(&table), names(&turned));
    }

    #[test]
    fn columns_that_are_no_series_of_moments_are_refused() {
        let refusal = |columns: &[Column]| Series::of(columns).unwrap_err().to_string();
        let table = columns(None);
        let mut odd = table.clone();
        odd.retain(|c| c.to_string() != "mfcc/skew/03");
        assert_eq!(
            refusal(&odd),
            "columns: found no mfcc/skew/03, wanted the same moments of every series; give whole families of features, or \
             use a network that takes columns as they come"
        );
        odd.push(table[0].clone());
        assert_eq!(refusal(&odd), "columns: found a column twice, wanted each moment of each series once");
        assert_eq!(refusal(&[]), "columns: found none, wanted each moment of each series once");
    }
}
