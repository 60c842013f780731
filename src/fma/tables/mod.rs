//! The Free Music Archive's tables (Defferrard et al. 2017): from a folder, from the published zip archive, or synthetic.
//!
//! A row of [`Fma`] is a track that has both a top genre (in `tracks.csv`) and a whole row of finite features that are not
//! all zero (in `features.csv`). Every other track is left out and counted in [`Dropped`]. Rows are sorted by track id, so
//! the order of the files does not matter; genres are sorted by name, and a genre without a track is none.
//!
//! | file | idea |
//! |---|---|
//! | `source` | where the tables come from |
//! | `blocks` | CSV in blocks of whole records, parsed in parallel |
//! | `quotes` | where a record ends |
//! | `record` | a record's cells, as text or as numbers |
//! | `ids` | track ids, each once |
//! | `tracks` | genre, artist, official set and subset of a track |
//! | `features` | columns by name, rows as numbers |
//! | `stream` | rows of features one after the other, for tables of any size |
//! | `number` | text to `f32`, exactly |
//! | `join` | both tables on the track id |
//! | `dropped` | what was left out |

mod blocks;
mod dropped;
mod features;
mod ids;
mod join;
mod number;
mod quotes;
mod record;
mod source;
mod stream;
mod tracks;

pub use dropped::Dropped;
pub use features::{Column, Unusable};
pub use stream::{FeatureRows, LeftOut, each_row, each_row_of};
pub use tracks::{Set, Subset};

use super::synthetic;
use crate::data::Dataset;
use crate::{Error, ErrorKind, Result, Seed};
use features::FeatureHeader;
use source::{Source, TableFile};
use std::path::Path;

/// How to read the tables: which subset, which families of features.
///
/// ```no_run
/// use tonegrad::fma::{FmaReader, Subset};
/// let fma = FmaReader::new().subset(Subset::Medium).families(["mfcc", "spectral_contrast"]).read("fma_metadata.zip")?;
/// println!("{} tracks, {} columns\n{}", fma.len(), fma.columns().len(), fma.dropped());
/// # Ok::<(), tonegrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct FmaReader {
    subset: Subset,
    families: Option<Vec<String>>,
}

impl Default for FmaReader {
    fn default() -> Self {
        FmaReader { subset: Subset::Full, families: None }
    }
}

impl FmaReader {
    /// Everything: all tracks, all columns.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only the tracks of one of FMA's subsets.
    pub fn subset(self, subset: Subset) -> Self {
        FmaReader { subset, ..self }
    }

    /// Only the columns of some families of features, in the order of the table.
    pub fn families<F: Into<String>>(self, families: impl IntoIterator<Item = F>) -> Self {
        FmaReader { families: Some(families.into_iter().map(Into::into).collect()), ..self }
    }

    /// Reads a folder that holds `features.csv` and `tracks.csv`, or `fma_metadata.zip` itself, which is not unpacked.
    ///
    /// # Errors
    /// When a file is missing, is not in FMA's layout or contradicts itself (a message names file, line and column);
    /// when a column or family asked for is not there; when fewer than two genres are left.
    pub fn read(&self, path: impl AsRef<Path>) -> Result<Fma> {
        let path = path.as_ref();
        self.join(Source::open(path)?, path.display().to_string(), false)
    }

    /// Reads synthetic tables of `tracks` tracks, made in FMA's layout by [`synthetic::tables`].
    ///
    /// # Errors
    /// As [`read`](Self::read): too few tracks leave fewer than two genres.
    pub fn synthetic(&self, seed: Seed, tracks: usize) -> Result<Fma> {
        let name = format!("synthetic tables, {tracks} tracks, seed {}", seed.0);
        self.join(Source::Memory(synthetic::tables(seed, tracks)), name, true)
    }

    /// Reads tables that are in memory already; `name` is for messages.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn tables(&self, name: impl Into<String>, tables: synthetic::Tables) -> Result<Fma> {
        self.join(Source::Memory(tables), name.into(), false)
    }

    fn join(&self, mut source: Source, name: String, synthetic: bool) -> Result<Fma> {
        let mut dropped = Dropped::default();
        let families = self.families.as_deref();
        // The header comes first: a family that is not there should not cost the reading of all tracks.
        let header = source.table(TableFile::Features).and_then(|mut table| FeatureHeader::read(&mut table, families));
        if let Err(e) = &header
            && e.kind() == ErrorKind::Config
        {
            return Err(e.clone());
        }
        let tracks = source.table(TableFile::Tracks).and_then(|table| tracks::read(table, self.subset, &mut dropped));
        let tracks = match (header, tracks) {
            (Err(one), Err(other)) => {
                return Err(Error::data(name).found(format!("no table in either file: {one}; and {other}")));
            }
            (header, tracks) => header.and(tracks)?,
        };
        let features = features::read(source.table(TableFile::Features)?, families, &tracks, &mut dropped)?;
        drop(source);
        let join::Joined { columns, ids, artists, sets, data } = join::join(&name, &tracks, features, &dropped)?;
        Ok(Fma { source: name, synthetic, columns, ids, artists, sets, dropped, data })
    }
}

/// FMA's tracks: features, genre, artist and official set, one row a track, sorted by track id.
#[derive(Clone, Debug, PartialEq)]
pub struct Fma {
    source: String,
    synthetic: bool,
    columns: Vec<Column>,
    ids: Vec<u32>,
    artists: Vec<Option<u32>>,
    sets: Vec<Option<Set>>,
    dropped: Dropped,
    data: Dataset,
}

impl Fma {
    /// All tracks and columns of a folder or zip archive: see [`FmaReader::read`].
    ///
    /// # Errors
    /// As there.
    pub fn open(path: impl AsRef<Path>) -> Result<Fma> {
        FmaReader::new().read(path)
    }

    /// [`synthetic::TRACKS`] synthetic tracks: see [`FmaReader::synthetic`].
    ///
    /// # Errors
    /// As there.
    pub fn synthetic(seed: Seed) -> Result<Fma> {
        FmaReader::new().synthetic(seed, synthetic::TRACKS)
    }

    /// The path that was read, or "synthetic tables" with their size and seed.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether the tables were made up. Say so wherever a figure from them is shown.
    pub fn is_synthetic(&self) -> bool {
        self.synthetic
    }

    /// The columns of the features, in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The track of each row, ascending.
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// The artist of each row, where the table has one.
    pub fn artists(&self) -> &[Option<u32>] {
        &self.artists
    }

    /// The official set of each row, where the table has one.
    pub fn sets(&self) -> &[Option<Set>] {
        &self.sets
    }

    /// What was left out.
    pub fn dropped(&self) -> &Dropped {
        &self.dropped
    }

    /// Features (rows, columns) and genres.
    pub fn dataset(&self) -> &Dataset {
        &self.data
    }

    /// Number of tracks.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Never: at least two genres have a track.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}
