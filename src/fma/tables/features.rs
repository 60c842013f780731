//! `features.csv`: its columns by name, its rows as `f32`.

use super::Dropped;
use super::blocks::{Blocks, Records, TextBlock};
use super::ids::{Seen, track_id};
use super::record::{Cells, Record, check_width};
use super::tracks::Tracks;
use crate::names::{showable, shown};
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fmt;

/// One column of features: a statistic over the frames of one coefficient of a family of features.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Column {
    /// The family, such as `mfcc`.
    pub feature: String,
    /// The moment over time, such as `mean`.
    pub statistic: String,
    /// Which of the family's coefficients, counted from `01`.
    pub number: String,
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}/{}/{}", self.feature, self.statistic, self.number)
    }
}

/// The header of the table: all its columns, and which of them are chosen.
pub(super) struct FeatureHeader {
    columns: Vec<Column>,
    chosen: Vec<bool>,
}

impl FeatureHeader {
    /// Reads the header, and chooses the columns of the `families` named; of all where none is.
    pub fn read(blocks: &mut Blocks, families: Option<&[String]>) -> Result<FeatureHeader> {
        let columns = Self::columns(blocks)?;
        let Some(families) = families else {
            return Ok(FeatureHeader { chosen: vec![true; columns.len()], columns });
        };
        if let Some(unknown) = families.iter().find(|f| columns.iter().all(|c| c.feature != **f)) {
            let mut there: Vec<_> = columns.iter().map(|c| c.feature.as_str()).collect();
            there.dedup();
            return Err(Error::config("families").found(shown(unknown)).wanted(format!(
                "some of those in {}: {}",
                blocks.name(),
                there.join(", ")
            )));
        }
        if families.is_empty() {
            return Err(Error::config("families").found("none").wanted("at least one family of features"));
        }
        Ok(FeatureHeader { chosen: columns.iter().map(|c| families.contains(&c.feature)).collect(), columns })
    }

    /// Reads the header, and chooses the families of the columns that are `wanted`, which must be there just so.
    pub fn matching(blocks: &mut Blocks, wanted: &[Column]) -> Result<FeatureHeader> {
        let columns = Self::columns(blocks)?;
        let families: HashSet<_> = wanted.iter().map(|c| c.feature.as_str()).collect();
        let chosen: Vec<_> = columns.iter().map(|c| families.contains(c.feature.as_str())).collect();
        let there: Vec<_> = (0..columns.len()).filter(|&column| chosen[column]).collect();
        let same = there.iter().zip(wanted).take_while(|&(&column, wanted)| columns[column] == *wanted).count();
        if same == there.len().max(wanted.len()) {
            return Ok(FeatureHeader { columns, chosen });
        }
        let name = |column: Option<&Column>| column.map_or("no more column".into(), |c| shown(&c.to_string()));
        let found = there.get(same);
        let at = found.map_or(String::new(), |column| format!(", column number {}", column + 2));
        Err(Error::data(format!("{}{at}", blocks.name()))
            .found(name(found.map(|&column| &columns[column])))
            .wanted(format!("{}, as feature {} of the network", name(wanted.get(same)), same + 1))
            .fix("give a table with the columns that the network learned from, in their order"))
    }

    fn columns(blocks: &mut Blocks) -> Result<Vec<Column>> {
        let rows = blocks.header(&[&["feature", "features"], &["statistics"], &["number"], &["track_id"]])?;
        for (line, row) in &rows[..3] {
            for (i, name) in row.iter().enumerate() {
                showable(|| format!("{}, line {line}, column number {}", blocks.name(), i + 1), name)?;
            }
        }
        let column = |i: usize| {
            let [feature, statistic, number] = [0, 1, 2].map(|level| rows[level].1[i].clone());
            Column { feature, statistic, number }
        };
        let columns: Vec<_> = (1..rows[0].1.len()).map(column).collect();
        let mut sorted: Vec<_> = columns.iter().collect();
        sorted.sort();
        if let Some(twice) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Error::data(blocks.name())
                .found(format!("two columns {}", twice[0]))
                .wanted("each column once"));
        }
        if columns.is_empty() {
            return Err(Error::data(blocks.name()).found("no column but track_id").wanted("columns of features"));
        }
        Ok(columns)
    }

    /// The chosen columns, in the order of the table.
    pub fn chosen(&self) -> Vec<Column> {
        self.columns.iter().zip(&self.chosen).filter(|(_, chosen)| **chosen).map(|(c, _)| c.clone()).collect()
    }

    /// The track of a record, and its cells of features.
    pub fn begin<'r>(&self, name: &str, line: usize, record: &'r impl Record) -> Result<(u32, impl Cells<'r>)> {
        let place = || format!("{name}, line {line}");
        let (found, wanted) = (record.width(), self.columns.len() + 1);
        if found != wanted {
            check_width(&place(), found, wanted)?;
        }
        let mut cells = record.cells();
        let id = track_id(place, cells.next().unwrap_or_default())?;
        Ok((id, cells))
    }

    /// Appends the chosen cells of a record to the values, or says why they cannot be used.
    pub fn values<'c>(
        &self,
        name: &str,
        line: usize,
        mut cells: impl Cells<'c>,
        x: &mut Vec<f32>,
    ) -> Result<Option<Unusable>> {
        let (begin, mut empty) = (x.len(), false);
        for (column, &chosen) in self.chosen.iter().enumerate() {
            let number = match chosen {
                true => cells.next_number().unwrap_or(Err("")),
                false => {
                    cells.next();
                    continue;
                }
            };
            x.push(match number {
                Ok(number) => number,
                Err("") => {
                    empty = true;
                    f32::NAN
                }
                Err(cell) => return Err(self.no_number(name, line, column, cell)),
            });
        }
        // All of them, rather than up to the first that fails: that is done many at a time.
        let all = |is: fn(f32) -> bool| x[begin..].iter().fold(true, |all, &v| all & is(v));
        let unusable = match () {
            _ if empty => Unusable::Empty,
            _ if !all(f32::is_finite) => Unusable::NonFinite,
            _ if all(|v| v == 0.0) => Unusable::AllZero,
            _ => return Ok(None),
        };
        x.truncate(begin);
        Ok(Some(unusable))
    }

    fn no_number(&self, name: &str, line: usize, column: usize, cell: &str) -> Error {
        let title = &self.columns[column];
        Error::data(format!("{name}, line {line}, column {title} (number {})", column + 2))
            .found(shown(cell))
            .wanted("a number")
    }
}

/// Why nothing can be learned from a row of features, and nothing be said about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// A cell is empty; in FMA, all are then.
    Empty,
    /// A feature is infinite, or not a number.
    NonFinite,
    /// All features are zero: silence, or no audio.
    AllZero,
    /// A feature is so far from those of the training part that standardising it makes it infinite.
    TooLarge,
    /// A sum inside the network is too large to be finite.
    Overflow,
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Unusable::Empty => "empty features",
            Unusable::NonFinite => "features that are not finite",
            Unusable::AllZero => "nothing but zeros",
            Unusable::TooLarge => "features too large to be standardised",
            Unusable::Overflow => "features too large for the network",
        })
    }
}

/// The rows that are kept, in the order of the table.
pub(super) struct Features {
    pub columns: Vec<Column>,
    pub ids: Vec<u32>,
    /// (rows, columns), row after row.
    pub x: Vec<f32>,
}

/// Reads the rows of the wanted tracks, and counts in `dropped` those it leaves out.
pub(super) fn read(
    mut blocks: Blocks,
    families: Option<&[String]>,
    tracks: &Tracks,
    dropped: &mut Dropped,
) -> Result<Features> {
    let name = blocks.name().to_owned();
    let header = FeatureHeader::read(&mut blocks, families)?;
    let columns = header.chosen();
    let wanted = tracks.values().flatten().count();
    // Nothing is reserved: how many of the wanted tracks are there, nobody knows yet.
    let (mut ids, mut x, mut seen, mut refused) = (Vec::new(), Vec::new(), Seen::default(), Dropped::default());
    let parse = |block: &TextBlock| {
        let mut rows = FeatureCollector::new(&name, &header, tracks);
        block.records(&name, &mut rows)?;
        Ok(rows)
    };
    blocks.parse(parse, |rows| {
        rows.seen.iter().try_for_each(|&(line, id)| seen.add(&name, line, id))?;
        x.extend_from_slice(&rows.x);
        ids.extend_from_slice(&rows.ids);
        refused += rows.dropped;
        Ok(())
    })?;
    seen.some(&name)?;
    x.shrink_to_fit();
    refused.no_features = wanted - ids.len() - refused.empty - refused.non_finite - refused.all_zero;
    *dropped += refused;
    Ok(Features { columns, ids, x })
}

/// The rows of one block.
struct FeatureCollector<'a> {
    name: &'a str,
    header: &'a FeatureHeader,
    tracks: &'a Tracks,
    seen: Vec<(usize, u32)>,
    ids: Vec<u32>,
    x: Vec<f32>,
    dropped: Dropped,
}

impl<'a> FeatureCollector<'a> {
    fn new(name: &'a str, header: &'a FeatureHeader, tracks: &'a Tracks) -> Self {
        let dropped = Dropped::default();
        FeatureCollector { name, header, tracks, seen: Vec::new(), ids: Vec::new(), x: Vec::new(), dropped }
    }
}

impl Records for FeatureCollector<'_> {
    fn record(&mut self, line: usize, record: &impl Record) -> Result<()> {
        let (id, cells) = self.header.begin(self.name, line, record)?;
        self.seen.push((line, id));
        match self.tracks.get(&id) {
            None => self.dropped.no_track += 1,
            Some(None) => {}
            Some(Some(_)) => match self.header.values(self.name, line, cells, &mut self.x)? {
                None => self.ids.push(id),
                Some(Unusable::Empty) => self.dropped.empty += 1,
                Some(Unusable::NonFinite | Unusable::TooLarge | Unusable::Overflow) => self.dropped.non_finite += 1,
                Some(Unusable::AllZero) => self.dropped.all_zero += 1,
            },
        }
        Ok(())
    }
}
