//! `features.csv`: its columns by name, its rows as `f32`.

use super::Dropped;
use super::blocks::{Block, Blocks, Records};
use super::ids::{Seen, track_id};
use super::record::{Cells, Record, check_width, shown};
use super::tracks::Tracks;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
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
pub(super) struct Header {
    columns: Vec<Column>,
    chosen: Vec<bool>,
}

impl Header {
    /// Reads the header, and chooses the columns of the `families` named; of all where none is.
    pub fn read(blocks: &mut Blocks, families: Option<&[String]>) -> Result<Header> {
        let rows = blocks.header(&[&["feature", "features"], &["statistics"], &["number"], &["track_id"]])?;
        let column = |i: usize| Column {
            feature: rows[0][i].clone(),
            statistic: rows[1][i].clone(),
            number: rows[2][i].clone(),
        };
        let columns: Vec<_> = (1..rows[0].len()).map(column).collect();
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
        let Some(families) = families else {
            return Ok(Header { chosen: vec![true; columns.len()], columns });
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
        Ok(Header { chosen: columns.iter().map(|c| families.contains(&c.feature)).collect(), columns })
    }

    /// The chosen columns, in the order of the table.
    pub fn chosen(&self) -> Vec<Column> {
        self.columns.iter().zip(&self.chosen).filter(|(_, chosen)| **chosen).map(|(c, _)| c.clone()).collect()
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
    let header = Header::read(&mut blocks, families)?;
    let columns = header.chosen();
    let wanted = tracks.values().flatten().count();
    // More than enough memory is reserved, but only what is written to is taken.
    let mut x = Vec::with_capacity(wanted * columns.len());
    let (mut ids, mut seen, mut refused) = (Vec::with_capacity(wanted), Seen::default(), Dropped::default());
    let parse = |block: &Block| {
        let mut rows = Rows::new(&name, &header, tracks);
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
struct Rows<'a> {
    name: &'a str,
    header: &'a Header,
    tracks: &'a Tracks,
    seen: Vec<(usize, u32)>,
    ids: Vec<u32>,
    x: Vec<f32>,
    dropped: Dropped,
}

impl<'a> Rows<'a> {
    fn new(name: &'a str, header: &'a Header, tracks: &'a Tracks) -> Self {
        let dropped = Dropped::default();
        Rows { name, header, tracks, seen: Vec::new(), ids: Vec::new(), x: Vec::new(), dropped }
    }

    /// Appends the chosen cells of a row to the numbers, and gives the count it falls under if it is to be dropped.
    fn numbers<'c>(&mut self, line: usize, mut cells: impl Cells<'c>) -> Result<Option<&mut usize>> {
        let (begin, mut empty) = (self.x.len(), false);
        for (column, &chosen) in self.header.chosen.iter().enumerate() {
            let number = match chosen {
                true => cells.next_number().unwrap_or(Err("")),
                false => {
                    cells.next();
                    continue;
                }
            };
            empty |= number == Err("");
            self.x.push(match number {
                Ok(number) => number,
                Err("") => f32::NAN,
                Err(cell) => return Err(self.no_number(line, column, cell)),
            });
        }
        let row = &self.x[begin..];
        Ok(match () {
            _ if empty => Some(&mut self.dropped.empty),
            _ if !row.iter().all(|v| v.is_finite()) => Some(&mut self.dropped.non_finite),
            _ if row.iter().all(|&v| v == 0.0) => Some(&mut self.dropped.all_zero),
            _ => None,
        })
    }

    fn no_number(&self, line: usize, column: usize, cell: &str) -> Error {
        let name = &self.header.columns[column];
        Error::data(format!("{}, line {line}, column {name} (number {})", self.name, column + 2))
            .found(shown(cell))
            .wanted("a number")
    }
}

impl Records for Rows<'_> {
    fn record(&mut self, line: usize, record: &impl Record) -> Result<()> {
        let place = || format!("{}, line {line}", self.name);
        let (found, wanted) = (record.width(), self.header.columns.len() + 1);
        if found != wanted {
            check_width(&place(), found, wanted)?;
        }
        let mut cells = record.cells();
        let id = track_id(place, cells.next().unwrap_or_default())?;
        self.seen.push((line, id));
        match self.tracks.get(&id) {
            None => self.dropped.no_track += 1,
            Some(None) => {}
            Some(Some(_)) => {
                let begin = self.x.len();
                match self.numbers(line, cells)? {
                    None => self.ids.push(id),
                    Some(count) => {
                        *count += 1;
                        self.x.truncate(begin);
                    }
                }
            }
        }
        Ok(())
    }
}
