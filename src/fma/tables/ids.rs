//! Track ids: read from a cell, and each one only once in a table.

use crate::names::shown;
use crate::{Error, Result};
use std::collections::HashMap;

/// The id in the first cell of a row; `place` names file and line.
pub(super) fn track_id(place: impl Fn() -> String, cell: &str) -> Result<u32> {
    cell.parse().map_err(|_| {
        Error::data(format!("{}, column track_id", place())).found(shown(cell)).wanted("the whole number of a track")
    })
}

/// The ids of a table so far, and the line each stands on.
#[derive(Default)]
pub(super) struct Seen(HashMap<u32, usize>);

impl Seen {
    /// Notes an id, unless it stands on an earlier line.
    pub fn add(&mut self, name: &str, line: usize, id: u32) -> Result<()> {
        match self.0.insert(id, line) {
            None => Ok(()),
            Some(first) => Err(Error::data(format!("{name}, line {line}"))
                .found(format!("track {id} a second time (first on line {first})"))
                .wanted("each track once")),
        }
    }

    /// A table without any row is no table.
    pub fn some(&self, name: &str) -> Result<()> {
        match self.0.is_empty() {
            true => Err(Error::data(name).found("a header only").wanted("rows of tracks below it")),
            false => Ok(()),
        }
    }
}
