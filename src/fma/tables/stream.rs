//! A table of features row by row, whatever its size: to ask a trained network about any number of tracks.

use super::blocks::{Records, TextBlock};
use super::features::{Column, FeatureHeader, Unusable};
use super::record::Record;
use super::source::{Source, TableFile};
use crate::{Error, Result};
use ndarray::{Array2, s};
use std::collections::HashSet;
use std::io::Read;
use std::path::Path;

/// Rows that are handed over together, at most.
const ROWS_AT_ONCE: usize = 400;

/// Some consecutive rows of a table of features, at most 400.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeatureRows {
    /// The track of each row of `x`.
    pub ids: Vec<u32>,
    /// The line of the table on which each begins, counted from 1.
    pub lines: Vec<usize>,
    /// Raw features, (rows, columns).
    pub x: Array2<f32>,
    /// Rows that nothing can be said about.
    pub unusable: Vec<LeftOut>,
}

/// A row of features that nothing can be said about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The track.
    pub id: u32,
    /// The line of the table on which it begins, counted from 1.
    pub line: usize,
    /// The reason.
    pub why: Unusable,
}

/// Hands over the rows of a table of features, some hundreds at a time and in the order of the table; the memory taken does
/// not depend on its length. `path` is `features.csv`, its folder, `fma_metadata.zip`, or a pipe that features.csv comes
/// from. Of the families that `columns` belong to, the table must have just these columns in this order; other families are
/// passed over, as are all tracks but those in `only`, if it is given. A track that the table has twice is handed over
/// twice.
///
/// ```no_run
/// # let columns = Vec::new();
/// tonegrad::fma::each_row("fma_metadata", &columns, None, |rows| {
///     println!("tracks {:?} have features {}", rows.ids, rows.x);
///     Ok(())
/// })?;
/// # Ok::<(), tonegrad::Error>(())
/// ```
///
/// # Errors
/// When the file is missing, is not in FMA's layout or changes meanwhile (a message names file, line and column); when its
/// columns are others, with the first difference; whatever `each` says.
pub fn each_row(
    path: impl AsRef<Path>,
    columns: &[Column],
    only: Option<&HashSet<u32>>,
    each: impl FnMut(FeatureRows) -> Result<()>,
) -> Result<()> {
    rows_of(Source::open_features(path.as_ref())?, columns, only, each)
}

/// As [`each_row`], of a `features.csv` that comes from anywhere, such as standard input; `name` is for messages.
///
/// # Errors
/// As [`each_row`].
pub fn each_row_of(
    name: impl Into<String>,
    bytes: impl Read + Send,
    columns: &[Column],
    only: Option<&HashSet<u32>>,
    each: impl FnMut(FeatureRows) -> Result<()>,
) -> Result<()> {
    rows_of(Source::stream(name.into(), bytes)?, columns, only, each)
}

fn rows_of(
    mut source: Source,
    columns: &[Column],
    only: Option<&HashSet<u32>>,
    mut each: impl FnMut(FeatureRows) -> Result<()>,
) -> Result<()> {
    let mut blocks = source.table(TableFile::Features)?;
    let name = blocks.name().to_owned();
    let header = FeatureHeader::matching(&mut blocks, columns)?;
    let parse = |block: &TextBlock| {
        let mut rows =
            RowCollector { name: &name, header: &header, only, values: Vec::new(), rows: FeatureRows::default() };
        block.records(&name, &mut rows)?;
        let RowCollector { values, mut rows, .. } = rows;
        rows.x =
            Array2::from_shape_vec((rows.ids.len(), columns.len()), values).map_err(|e| Error::shape(e.to_string()))?;
        Ok(rows)
    };
    // A block of a narrow table has many rows, each of which a network may give many values.
    blocks.parse(parse, |rows| {
        for first in (ROWS_AT_ONCE..rows.ids.len()).step_by(ROWS_AT_ONCE) {
            each(rows.part(first - ROWS_AT_ONCE, first))?;
        }
        let last = rows.ids.len().saturating_sub(1) / ROWS_AT_ONCE * ROWS_AT_ONCE;
        each(FeatureRows { unusable: rows.unusable.clone(), ..rows.part(last, rows.ids.len()) })
    })
}

impl FeatureRows {
    /// The usable rows `from..to`.
    fn part(&self, from: usize, to: usize) -> FeatureRows {
        let (ids, lines) = (self.ids[from..to].to_vec(), self.lines[from..to].to_vec());
        FeatureRows { ids, lines, x: self.x.slice(s![from..to, ..]).to_owned(), unusable: Vec::new() }
    }
}

/// The rows of one block.
struct RowCollector<'a> {
    name: &'a str,
    header: &'a FeatureHeader,
    only: Option<&'a HashSet<u32>>,
    /// What becomes `x` of the rows.
    values: Vec<f32>,
    rows: FeatureRows,
}

impl Records for RowCollector<'_> {
    fn record(&mut self, line: usize, record: &impl Record) -> Result<()> {
        let (id, cells) = self.header.begin(self.name, line, record)?;
        if self.only.is_none_or(|only| only.contains(&id)) {
            match self.header.values(self.name, line, cells, &mut self.values)? {
                None => {
                    self.rows.ids.push(id);
                    self.rows.lines.push(line);
                }
                Some(why) => self.rows.unusable.push(LeftOut { id, line, why }),
            }
        }
        Ok(())
    }
}
