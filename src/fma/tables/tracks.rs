//! `tracks.csv`: which tracks there are, their genre, artist and official set.

use super::Dropped;
use super::blocks::{Blocks, Records, TextBlock};
use super::ids::{Seen, track_id};
use super::record::{Record, check_width};
use crate::names::{named, showable, shown};
use crate::{Error, Result};
use std::collections::HashMap;
use std::str::FromStr;

named! {
    "subset",
    /// FMA's nested subsets: medium contains small, large contains medium, full is everything.
    #[derive(PartialOrd, Ord)]
    pub enum Subset {
        /// 8,000 tracks, 8 balanced genres.
        Small = "small",
        /// 25,000 tracks, 16 unbalanced genres.
        Medium = "medium",
        /// All 106,574 tracks.
        Large = "large",
        /// All that is in the table, whatever its subset column says, if it has one.
        Full = "full",
    }
}

named! {
    "set",
    /// The part that FMA's official split gives a track.
    pub enum Set {
        /// To fit on.
        Training = "training",
        /// To choose by.
        Validation = "validation",
        /// To test on.
        Test = "test",
    }
}

/// A track with a genre, inside the subset.
pub(super) struct Track {
    pub genre: String,
    pub artist: Option<u32>,
    pub set: Option<Set>,
}

/// All tracks of the table by their id; `None` for those that are not wanted.
pub(super) type Tracks = HashMap<u32, Option<Track>>;

/// Reads the table, and counts in `dropped` what it leaves out.
pub(super) fn read(mut blocks: Blocks, subset: Subset, dropped: &mut Dropped) -> Result<Tracks> {
    let name = blocks.name().to_owned();
    let columns = Columns::find(&mut blocks, subset)?;
    let (mut tracks, mut seen) = (Tracks::new(), Seen::default());
    let parse = |block: &TextBlock| {
        let mut rows = TrackCollector { name: &name, columns: &columns, subset, rows: Vec::new() };
        block.records(&name, &mut rows)?;
        Ok(rows.rows)
    };
    blocks.parse(parse, |rows| {
        for (line, id, fate) in rows {
            seen.add(&name, line, id)?;
            match fate {
                Fate::OutsideSubset => dropped.outside_subset += 1,
                Fate::NoGenre => dropped.no_genre += 1,
                Fate::Wanted(_) => {}
            }
            tracks.insert(id, if let Fate::Wanted(track) = fate { Some(track) } else { None });
        }
        Ok(())
    })?;
    seen.some(&name)?;
    Ok(tracks)
}

/// Where the columns are that are asked for, found by their names.
struct Columns {
    width: usize,
    genre: usize,
    artist: Option<usize>,
    set: Option<usize>,
    subset: Option<usize>,
}

impl Columns {
    fn find(blocks: &mut Blocks, subset: Subset) -> Result<Columns> {
        let header = blocks.header(&[&[], &[], &["track_id"]])?;
        let [groups, names] = [0, 1].map(|level| &header[level].1);
        let width = groups.len();
        let find = |group: &str, name: &str| {
            let mut there = (1..width).filter(|&i| groups[i] == group && names[i] == name);
            match (there.next(), there.next()) {
                (Some(first), Some(second)) => Err(Error::data(blocks.name())
                    .found(format!("two columns ({group}, {name}), numbers {} and {}", first + 1, second + 1))
                    .wanted("each column once")),
                (first, _) => Ok(first),
            }
        };
        let missing = |column: &str| {
            Error::data(blocks.name())
                .found(format!("{} columns, none of them {column}", width - 1))
                .wanted(format!("the column {column}"))
        };
        let columns = Columns {
            width,
            genre: find("track", "genre_top")?.ok_or_else(|| missing("(track, genre_top)"))?,
            artist: find("artist", "id")?,
            set: find("set", "split")?,
            subset: find("set", "subset")?,
        };
        match (subset, columns.subset) {
            (Subset::Full, _) | (_, Some(_)) => Ok(columns),
            _ => Err(missing("(set, subset)").fix("ask for the subset full, which needs no such column")),
        }
    }
}

/// What becomes of a track.
enum Fate {
    OutsideSubset,
    NoGenre,
    Wanted(Track),
}

/// The tracks of one block.
struct TrackCollector<'a> {
    name: &'a str,
    columns: &'a Columns,
    subset: Subset,
    rows: Vec<(usize, u32, Fate)>,
}

impl Records for TrackCollector<'_> {
    fn record(&mut self, line: usize, record: &impl Record) -> Result<()> {
        let place = || format!("{}, line {line}", self.name);
        let &Columns { width, genre, artist, set, subset } = self.columns;
        if record.width() != width {
            check_width(&place(), record.width(), width)?;
        }
        let wanted = [Some(0), Some(genre), artist, set, subset];
        let mut cells = [""; 5];
        for (column, field) in record.cells().enumerate() {
            wanted
                .iter()
                .zip(&mut cells)
                .filter(|(w, _)| **w == Some(column))
                .for_each(|(_, cell)| *cell = field.trim());
        }
        let [id, genre, artist, set, subset] = cells;
        let at = |column: &str| format!("{}, column {column}", place());
        let id = track_id(place, id)?;
        showable(|| at("(track, genre_top)"), genre)?;
        let artist = value(artist, || Error::data(at("(artist, id)")).wanted("a whole number"))?;
        let set = value(set, || Error::data(at("(set, split)")).wanted("training, validation or test"))?;
        let inside = value(subset, || Error::data(at("(set, subset)")).wanted("small, medium or large"))?;
        let fate = match self.subset {
            Subset::Full => genre_or_none(genre, artist, set),
            asked if inside.is_some_and(|inside: Subset| inside <= asked) => genre_or_none(genre, artist, set),
            _ => Fate::OutsideSubset,
        };
        self.rows.push((line, id, fate));
        Ok(())
    }
}

fn genre_or_none(genre: &str, artist: Option<u32>, set: Option<Set>) -> Fate {
    match genre {
        "" => Fate::NoGenre,
        genre => Fate::Wanted(Track { genre: genre.to_owned(), artist, set }),
    }
}

/// An empty cell is no value; one that cannot be read is an error.
fn value<T: FromStr>(cell: &str, error: impl Fn() -> Error) -> Result<Option<T>> {
    match cell {
        "" => Ok(None),
        cell => cell.parse().map(Some).map_err(|_| error().found(shown(cell))),
    }
}
