//! A table of features row by row, whatever its size: to ask a trained network about any number of tracks.

use super::blocks::{Records, TextBlock};
use super::features::{Column, FeatureHeader, Unusable};
use super::record::Record;
use super::source::{Source, TableFile};
use crate::{Error, Result};
use ndarray::Array2;
use std::collections::HashSet;
use std::path::Path;

/// Some consecutive rows of a table of features.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeatureRows {
    /// The track of each row of `x`.
    pub ids: Vec<u32>,
    /// Raw features, (rows, columns).
    pub x: Array2<f32>,
    /// Tracks that nothing can be said about, and why.
    pub unusable: Vec<(u32, Unusable)>,
}

/// Hands over the rows of a table of features, some hundreds at a time and in the order of the table; the memory taken does
/// not depend on its length. `path` is `features.csv`, its folder, or `fma_metadata.zip`. Of the families that `columns`
/// belong to, the table must have just these columns in this order; other families are passed over, as are all tracks but
/// those in `only`, if it is given. A track that the table has twice is handed over twice.
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
    mut each: impl FnMut(FeatureRows) -> Result<()>,
) -> Result<()> {
    let mut source = Source::open_features(path.as_ref())?;
    let mut blocks = source.table(TableFile::Features)?;
    let name = blocks.name().to_owned();
    let header = FeatureHeader::matching(&mut blocks, columns)?;
    let parse = |block: &TextBlock| {
        let mut rows =
            RowCollector { name: &name, header: &header, only, ids: Vec::new(), x: Vec::new(), unusable: Vec::new() };
        block.records(&name, &mut rows)?;
        let RowCollector { ids, x, unusable, .. } = rows;
        let x = Array2::from_shape_vec((ids.len(), columns.len()), x).map_err(|e| Error::shape(e.to_string()))?;
        Ok(FeatureRows { ids, x, unusable })
    };
    blocks.parse(parse, &mut each)
}

/// The rows of one block.
struct RowCollector<'a> {
    name: &'a str,
    header: &'a FeatureHeader,
    only: Option<&'a HashSet<u32>>,
    ids: Vec<u32>,
    x: Vec<f32>,
    unusable: Vec<(u32, Unusable)>,
}

impl Records for RowCollector<'_> {
    fn record(&mut self, line: usize, record: &impl Record) -> Result<()> {
        let (id, cells) = self.header.begin(self.name, line, record)?;
        if self.only.is_none_or(|only| only.contains(&id)) {
            match self.header.values(self.name, line, cells, &mut self.x)? {
                None => self.ids.push(id),
                Some(why) => self.unusable.push((id, why)),
            }
        }
        Ok(())
    }
}
