//! What was found so far: a line for each song as soon as it is done, so that a run that was killed goes on where it was.

use super::extract::{Extracted, Settings};
use crate::{Error, Result};
use csv::{ReaderBuilder, StringRecord, WriterBuilder};
use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// The file in the folder of the tables.
const FILE: &str = "songs.csv";

const HEADER: [&str; 14] = [
    "track_id",
    "path",
    "bytes",
    "modified",
    "settings",
    "fingerprint",
    "genre",
    "artist",
    "title",
    "seconds",
    "rate",
    "damaged",
    "reason",
    "features",
];

/// A song of the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The id in the tables.
    pub id: u32,
    /// Where it was found.
    pub path: String,
    /// Its size, and when it was written: what both are the same of is not read again.
    pub version: (u64, u64),
    /// What its samples hash to.
    pub fingerprint: u64,
    /// The tags of genre, artist and title.
    pub tags: [String; 3],
    /// Its length.
    pub seconds: f64,
    /// Why columns are missing, or all of them.
    pub reason: String,
    /// The columns, `None` where the song could not be read.
    pub values: Option<Vec<f32>>,
}

/// The journal of a folder.
pub struct Journal {
    path: PathBuf,
    file: File,
    settings: String,
    /// By path: where the last line of a song begins.
    lines: HashMap<String, (u32, (u64, u64), u64)>,
    next: u32,
}

impl Journal {
    /// Opens the journal in a folder, or begins one. A last line that was not finished is cut off.
    ///
    /// # Errors
    /// When it cannot be read or written, or was written with other settings.
    pub fn open(folder: impl AsRef<Path>, settings: &Settings) -> Result<Journal> {
        let path = folder.as_ref().join(FILE);
        let io = |e| Error::io(path.display(), &e).wanted("to write this file");
        let mut file = File::options().create(true).truncate(false).read(true).write(true).open(&path).map_err(io)?;
        let settings = match settings.decoding {
            Some(decoding) => format!("{} {decoding}", settings.target),
            None => settings.target.to_string(),
        };
        let mut journal = Journal { path: path.clone(), file, settings, lines: HashMap::new(), next: 1 };
        file = journal.file.try_clone().map_err(io)?;
        let whole = whole_lines(&mut file).map_err(io)?;
        file.set_len(whole).map_err(io)?;
        if whole == 0 {
            journal.append(&HEADER.map(String::from))?;
        } else {
            journal.index(whole)?;
        }
        Ok(journal)
    }

    /// Notes all songs that are there.
    fn index(&mut self, whole: u64) -> Result<()> {
        let mut file = File::open(&self.path).map_err(|e| Error::io(self.path.display(), &e))?.take(whole);
        let mut reader = ReaderBuilder::new().has_headers(false).from_reader(&mut file);
        let mut record = StringRecord::new();
        let place = self.path.display().to_string();
        let wrong = |found: String| Error::data(&place).found(found).wanted("a journal of songs").fix("move it away");
        while reader.read_record(&mut record).map_err(|e| wrong(e.to_string()))? {
            let at = record.position().map_or(0, csv::Position::byte);
            if at == 0 {
                match record.iter().eq(HEADER) {
                    true => continue,
                    false => return Err(wrong("another header".into())),
                }
            }
            if record[4] != *self.settings {
                return Err(Error::config(&place)
                    .found(format!("songs that were read as {}", &record[4]))
                    .wanted(format!("songs read as {}", self.settings))
                    .fix("write into another folder"));
            }
            let number = |i: usize| record[i].parse::<u64>().map_err(|_| wrong(format!("{:?}", &record[i])));
            let (id, version) = (number(0)? as u32, (number(2)?, number(3)?));
            self.next = self.next.max(id + 1);
            self.lines.insert(record[1].to_owned(), (id, version, at));
        }
        Ok(())
    }

    /// The id of a song, its old one or a new one; and whether it has to be read, since it is new or has changed.
    pub fn assign(&mut self, path: &str, version: (u64, u64)) -> (u32, bool) {
        match self.lines.get(path) {
            Some((id, known, _)) => (*id, *known != version),
            None => {
                self.next += 1;
                (self.next - 1, true)
            }
        }
    }

    /// Writes down a song.
    ///
    /// # Errors
    /// When the line cannot be written.
    pub fn add(&mut self, id: u32, path: &str, version: (u64, u64), found: &Result<Extracted>) -> Result<()> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default().replace(['\n', '\r'], " ");
        let mut cells = vec![id.to_string(), path.to_owned(), version.0.to_string(), version.1.to_string()];
        cells.push(self.settings.clone());
        match found {
            Ok(Extracted { features, tags, fingerprint, damaged }) => {
                cells.push(format!("{fingerprint:016x}"));
                cells.extend([&tags.genre, &tags.artist, &tags.title].map(text));
                cells.extend([format!("{:.3}", features.seconds()), features.rate.to_string(), damaged.to_string()]);
                cells.push(features.stopped.as_ref().map(ToString::to_string).unwrap_or_default());
                let values: Vec<String> = features.values.iter().map(ToString::to_string).collect();
                cells.push(values.join(" "));
            }
            Err(error) => {
                cells.extend([const { String::new() }; 7]);
                cells.extend([error.to_string().replace(['\n', '\r'], " "), String::new()]);
            }
        }
        let at = self.append(&cells)?;
        self.lines.insert(path.to_owned(), (id, version, at));
        Ok(())
    }

    /// Appends a line in one go, and returns where it begins.
    fn append(&mut self, cells: &[String]) -> Result<u64> {
        let mut line = WriterBuilder::new().from_writer(Vec::new());
        let place = self.path.display().to_string();
        line.write_record(cells).map_err(|e| Error::data(&place).found(e.to_string()))?;
        let bytes = line.into_inner().map_err(|e| Error::data(&place).found(e.to_string()))?;
        let io = |e| Error::io(&place, &e).wanted("to write this file").fix("make room, and go on");
        let at = self.file.seek(SeekFrom::End(0)).map_err(io)?;
        self.file.write_all(&bytes).map_err(io)?;
        Ok(at)
    }

    /// The song of a path, if it is there.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn get(&mut self, path: &str) -> Result<Option<Record>> {
        let Some(&(_, _, at)) = self.lines.get(path) else { return Ok(None) };
        let place = self.path.display().to_string();
        self.file.seek(SeekFrom::Start(at)).map_err(|e| Error::io(&place, &e))?;
        let mut reader = ReaderBuilder::new().has_headers(false).from_reader(&mut self.file);
        let mut record = StringRecord::new();
        let wrong = |found: String| Error::data(&place).found(found).wanted("a journal of songs").fix("move it away");
        reader.read_record(&mut record).map_err(|e| wrong(e.to_string()))?;
        let number = |i: usize| record[i].parse::<u64>().map_err(|_| wrong(format!("{:?}", &record[i])));
        let values = match &record[13] {
            "" => None,
            text => Some(
                text.split(' ')
                    .map(|v| v.parse().map_err(|_| wrong(format!("{v:?}"))))
                    .collect::<Result<Vec<f32>>>()?,
            ),
        };
        Ok(Some(Record {
            id: number(0)? as u32,
            path: record[1].to_owned(),
            version: (number(2)?, number(3)?),
            fingerprint: u64::from_str_radix(&record[5], 16).unwrap_or_default(),
            tags: [6, 7, 8].map(|i| record[i].to_owned()),
            seconds: record[9].parse().unwrap_or_default(),
            reason: record[12].to_owned(),
            values,
        }))
    }

    /// Size and time of a file.
    pub fn version(about: &Metadata) -> (u64, u64) {
        let modified = about.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        (about.len(), modified.map_or(0, |since| since.as_nanos() as u64))
    }
}

/// How many bytes of a file are whole lines.
fn whole_lines(file: &mut File) -> std::io::Result<u64> {
    let mut end = file.seek(SeekFrom::End(0))?;
    let mut block = vec![0; 1 << 16];
    while end > 0 {
        let begin = end.saturating_sub(block.len() as u64);
        let block = &mut block[..(end - begin) as usize];
        file.seek(SeekFrom::Start(begin))?;
        file.read_exact(block)?;
        if let Some(at) = block.iter().rposition(|&b| b == b'\n') {
            return Ok(begin + at as u64 + 1);
        }
        end = begin;
    }
    Ok(0)
}
