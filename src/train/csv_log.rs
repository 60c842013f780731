//! The training history as a CSV file: a line more after every epoch.

use super::callback::{Callback, Plan};
use super::epoch::Epoch;
use crate::files::write_atomically;
use crate::{Error, Result};
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;

/// A callback that writes a CSV file of the epochs so far: anew after the first of them, with one line more after each
/// other, in one piece, so that a reader never sees half a line. A file that somebody else changed, or that could not
/// be written, is written anew after the next epoch.
#[derive(Debug)]
pub struct CsvLog {
    path: PathBuf,
    epochs: Vec<Epoch>,
    comment: String,
    /// Bytes of the file as it was left; none where it has to be written anew.
    length: Option<u64>,
}

impl CsvLog {
    /// Will be written to `path` after the first epoch; until then a file of an earlier run stays.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        CsvLog { path: path.into(), epochs: Vec::new(), comment: String::new(), length: None }
    }

    /// Begins the file with this line, after a `#`.
    pub fn comment(mut self, line: impl Into<String>) -> Self {
        self.comment = line.into();
        self
    }

    /// The file of all epochs so far.
    fn rewrite(&mut self) -> Result<()> {
        let mut bytes = Vec::new();
        if !self.comment.is_empty() {
            bytes.extend(format!("# {}\n", self.comment).bytes());
        }
        bytes.extend(self.lines(&self.epochs, true)?);
        self.length = None;
        write_atomically(&self.path, &bytes)?;
        self.length = Some(bytes.len() as u64);
        Ok(())
    }

    /// A line more, for the last epoch; whether the file was as it had been left.
    fn append(&mut self) -> Result<bool> {
        let as_left = |length: &u64| fs::metadata(&self.path).is_ok_and(|m| m.is_file() && m.len() == *length);
        let Some(length) = self.length.filter(as_left) else {
            return Ok(false);
        };
        let line = self.lines(self.epochs.last().map_or(&[], std::slice::from_ref), false)?;
        self.length = None;
        let io = |e| Error::io(self.path.display(), &e).wanted("to add a line to this file").fix("make room");
        let mut file = File::options().append(true).open(&self.path).map_err(io)?;
        if let Err(error) = file.write_all(&line).and_then(|()| file.flush()) {
            // The disk may be full: half a line must not stay.
            let _ = file.set_len(length);
            return Err(io(error));
        }
        self.length = Some(length + line.len() as u64);
        Ok(true)
    }

    /// A line for each epoch, after one of names where asked for.
    fn lines(&self, epochs: &[Epoch], names: bool) -> Result<Vec<u8>> {
        let place = || self.path.display().to_string();
        let mut bytes = Vec::new();
        let mut csv = csv::WriterBuilder::new().has_headers(names).from_writer(&mut bytes);
        let rows = epochs.iter().try_for_each(|epoch| csv.serialize(epoch));
        rows.map_err(|e| Error::data(place()).found(e.to_string()))?;
        csv.flush().map_err(|e| Error::io(place(), &e))?;
        drop(csv);
        Ok(bytes)
    }
}

impl Callback for CsvLog {
    fn on_start(&mut self, _: &Plan) -> Result<()> {
        (self.epochs, self.length) = (Vec::new(), None);
        Ok(())
    }

    fn on_resume(&mut self, epochs: &[Epoch]) -> Result<()> {
        self.epochs = epochs.to_vec();
        self.rewrite()
    }

    fn on_epoch(&mut self, epoch: &Epoch) -> Result<()> {
        self.epochs.push(*epoch);
        if self.append()? { Ok(()) } else { self.rewrite() }
    }
}
