//! The outcomes on disk, whole after each of them.

use super::Outcome;
use crate::files::write_atomically;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// The outcomes of a study, in `results.json`. Those of other data or settings stay in the file, and differ from each
/// other by their fingerprints.
#[derive(Debug)]
pub struct Results {
    path: PathBuf,
    head: Map<String, Value>,
    outcomes: Vec<Outcome>,
}

#[derive(Serialize, Deserialize)]
struct File {
    #[serde(flatten)]
    head: Map<String, Value>,
    outcomes: Vec<Outcome>,
}

impl Results {
    /// Those of the file, none where there is no file yet.
    ///
    /// # Errors
    /// When the file cannot be read, or holds something else; it is left as it is then.
    pub fn open(path: impl AsRef<Path>) -> Result<Results> {
        let path = path.as_ref().to_path_buf();
        let outcomes = match std::fs::read(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(e) => return Err(Error::io(path.display(), &e)),
            Ok(bytes) => {
                let file: File = serde_json::from_slice(&bytes).map_err(|e| {
                    Error::data(path.display().to_string())
                        .found(e.to_string())
                        .wanted("the results of a study")
                        .fix("move the file away, or choose another folder with --out")
                })?;
                file.outcomes
            }
        };
        Ok(Results { path, head: Map::new(), outcomes })
    }

    /// All outcomes, in the order in which they came.
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// Sets what stands at the head of the file, before the outcomes.
    pub fn head(&mut self, name: &str, value: impl Serialize) -> Result<()> {
        let value = serde_json::to_value(value).map_err(|e| Error::data(name).found(e.to_string()))?;
        self.head.insert(name.into(), value);
        Ok(())
    }

    /// Adds an outcome, in place of another of the same if there is one, and writes the file.
    ///
    /// # Errors
    /// When it cannot be written; the old one is still there then.
    pub fn add(&mut self, outcome: Outcome) -> Result<()> {
        self.outcomes.retain(|o| !o.same_as(&outcome));
        self.outcomes.push(outcome);
        self.write()
    }

    /// Writes the file.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub fn write(&self) -> Result<()> {
        let file = File { head: self.head.clone(), outcomes: self.outcomes.clone() };
        let json = serde_json::to_string_pretty(&file)
            .map_err(|e| Error::data(self.path.display().to_string()).found(e.to_string()))?;
        write_atomically(&self.path, (json + "\n").as_bytes())
    }
}
