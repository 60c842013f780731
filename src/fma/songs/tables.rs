//! The two tables of a journal, in FMA's layout, each written whole or not at all.

use super::journal::{Journal, Record};
use crate::audio::columns;
use crate::names::named;
use crate::{Error, Result};
use csv::WriterBuilder;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

named! {
    "genre",
    /// Where the genre of a song is from.
    pub enum GenreFrom {
        /// The folder that the song lies in; the one above, where that one is the artist's.
        Folder = "folder",
        /// The file's tag.
        Tag = "tag",
        /// From nowhere: the tables are for predicting.
        None = "none",
    }
}

named! {
    "artist",
    /// Where the artist of a song is from.
    pub enum ArtistFrom {
        /// The file's tag.
        Tag = "tag",
        /// The folder that the song lies in.
        Folder = "folder",
    }
}

/// Where names are from.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    /// The genre.
    pub genre: GenreFrom,
    /// The artist.
    pub artist: ArtistFrom,
}

impl Names {
    fn genre(self, song: &Record) -> String {
        match (self.genre, self.artist) {
            (GenreFrom::None, _) => String::new(),
            (GenreFrom::Tag, _) => song.tags[0].clone(),
            (GenreFrom::Folder, ArtistFrom::Folder) => folder(&song.path, 2),
            (GenreFrom::Folder, ArtistFrom::Tag) => folder(&song.path, 1),
        }
    }

    fn artist(self, song: &Record) -> String {
        match self.artist {
            ArtistFrom::Tag => song.tags[1].clone(),
            ArtistFrom::Folder => folder(&song.path, 1),
        }
    }
}

/// The name of the folder so many levels above a file.
fn folder(path: &str, levels: usize) -> String {
    let name = Path::new(path).ancestors().nth(levels).and_then(Path::file_name);
    name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Rows in the tables.
    pub rows: usize,
    /// Songs with the samples of an earlier one, and that one: left out.
    pub duplicates: Vec<(String, String)>,
    /// Songs that could not be read, or not have all columns, and why. Those with some columns are in the tables.
    pub failures: Vec<(String, String)>,
}

/// The four lines above the rows of `features.csv`.
pub fn features_header() -> String {
    let columns = columns();
    let row = |first: &str, cell: &dyn Fn(usize) -> String| {
        let cells: String = (0..columns.len()).map(|i| format!(",{}", cell(i))).collect();
        format!("{first}{cells}\n")
    };
    [
        row("feature", &|i| columns[i].family.to_string()),
        row("statistics", &|i| columns[i].statistic.to_string()),
        row("number", &|i| format!("{:02}", columns[i].number)),
        row("track_id", &|_| String::new()),
    ]
    .concat()
}

/// A row of `features.csv`. Columns that there are none of stay empty.
pub fn features_row(id: u32, values: &[f32]) -> String {
    let cells: String =
        values.iter().map(|v| if v.is_nan() { ",".into() } else { format!(",{}", exponent(*v)) }).collect();
    format!("{id}{cells}\n")
}

/// A number as FMA's table has it, `%.10e`.
fn exponent(value: f32) -> String {
    let text = format!("{:.10e}", f64::from(value));
    match text.split_once('e') {
        Some((digits, power)) => {
            let power: i32 = power.parse().unwrap_or_default();
            format!("{digits}e{}{:02}", if power < 0 { '-' } else { '+' }, power.abs())
        }
        None => text,
    }
}

/// Writes `features.csv` and `tracks.csv` of the songs at some paths, as far as the journal has them.
///
/// # Errors
/// When the journal cannot be read, or a table not be written; the old one is there then.
pub fn write_tables(
    folder: impl AsRef<Path>,
    journal: &mut Journal,
    paths: &[String],
    names: Names,
) -> Result<Written> {
    let folder = folder.as_ref();
    let (mut features, mut tracks) = (Table::begin(folder, "features.csv")?, Table::begin(folder, "tracks.csv")?);
    features.write(features_header().as_bytes())?;
    tracks.write(
        b",artist,artist,set,set,track,track,track\n,id,name,split,subset,duration,genre_top,title\ntrack_id,,,,,,,\n",
    )?;
    let (mut written, mut seen, mut artists) = (Written::default(), HashMap::new(), HashMap::new());
    for path in paths {
        let Some(song) = journal.get(path)? else { continue };
        if !song.reason.is_empty() {
            written.failures.push((path.clone(), song.reason.clone()));
        }
        let Some(values) = &song.values else { continue };
        if let Some(first) = seen.get(&song.fingerprint) {
            written.duplicates.push((path.clone(), String::clone(first)));
            continue;
        }
        seen.insert(song.fingerprint, path.clone());
        features.write(features_row(song.id, values).as_bytes())?;
        let artist = names.artist(&song);
        let number = artists.len() + 1;
        let artist_id = match artist.as_str() {
            "" => String::new(),
            artist => artists.entry(artist.to_lowercase()).or_insert(number).to_string(),
        };
        let seconds = song.seconds.round().to_string();
        let [genre, title] = [names.genre(&song), song.tags[2].clone()];
        let id = song.id.to_string();
        tracks.record([&id, &artist_id, &artist, "", "", &seconds, &genre, &title])?;
        written.rows += 1;
    }
    features.finish()?;
    tracks.finish()?;
    Ok(written)
}

/// A table on its way, under another name.
struct Table {
    place: String,
    path: std::path::PathBuf,
    temporary: std::path::PathBuf,
    file: BufWriter<File>,
}

impl Table {
    fn begin(folder: &Path, name: &str) -> Result<Table> {
        let (path, temporary) = (folder.join(name), folder.join(format!(".{name}.tmp")));
        let place = path.display().to_string();
        let file = File::create(&temporary).map_err(|e| Error::io(&place, &e).wanted("to write this file"))?;
        Ok(Table { place, path, temporary, file: BufWriter::new(file) })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|e| Error::io(&self.place, &e).wanted("to write this file").fix("make room"))
    }

    fn record(&mut self, cells: [&str; 8]) -> Result<()> {
        let mut line = WriterBuilder::new().from_writer(Vec::new());
        line.write_record(cells).map_err(|e| Error::data(&self.place).found(e.to_string()))?;
        let bytes = line.into_inner().map_err(|e| Error::data(&self.place).found(e.to_string()))?;
        self.write(&bytes)
    }

    fn finish(mut self) -> Result<()> {
        let done = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        done.and_then(|()| fs::rename(&self.temporary, &self.path))
            .map_err(|e| Error::io(&self.place, &e).wanted("to write this file").fix("make room"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_table_has_them() {
        assert_eq!(exponent(2.09917), "2.0991699696e+00");
        assert_eq!(exponent(-0.000123), "-1.2300000526e-04");
        assert_eq!(features_row(7, &[1.0, f32::NAN]), "7,1.0000000000e+00,\n");
        assert_eq!(features_header().lines().map(|line| line.split(',').count()).collect::<Vec<_>>(), [519; 4]);
    }
}
