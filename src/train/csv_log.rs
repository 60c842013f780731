//! The training history as a CSV file, whole after every epoch.

use super::callback::Callback;
use super::epoch::Epoch;
use crate::files::write_atomically;
use crate::{Error, Result};
use std::path::PathBuf;

/// A callback that writes a CSV file of the epochs so far, after each of them, in one piece: a reader never sees half a
/// line.
#[derive(Debug)]
pub struct CsvLog {
    path: PathBuf,
    epochs: Vec<Epoch>,
    comment: String,
}

impl CsvLog {
    /// Will be written to `path` after the first epoch; until then a file of an earlier run stays.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        CsvLog { path: path.into(), epochs: Vec::new(), comment: String::new() }
    }

    /// Begins the file with this line, after a `#`.
    pub fn comment(mut self, line: impl Into<String>) -> Self {
        self.comment = line.into();
        self
    }

    fn write(&self) -> Result<()> {
        let place = || self.path.display().to_string();
        let mut bytes = Vec::new();
        if !self.comment.is_empty() {
            bytes.extend(format!("# {}\n", self.comment).bytes());
        }
        let mut csv = csv::Writer::from_writer(&mut bytes);
        let rows = self.epochs.iter().try_for_each(|epoch| csv.serialize(epoch));
        rows.map_err(|e| Error::data(place()).found(e.to_string()))?;
        csv.flush().map_err(|e| Error::io(place(), &e))?;
        drop(csv);
        write_atomically(&self.path, &bytes)
    }
}

impl Callback for CsvLog {
    fn on_resume(&mut self, epochs: &[Epoch]) -> Result<()> {
        self.epochs = epochs.to_vec();
        self.write()
    }

    fn on_epoch(&mut self, epoch: &Epoch) -> Result<()> {
        self.epochs.push(*epoch);
        self.write()
    }
}
