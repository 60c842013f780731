//! One record of a table: its cells, as text or as numbers.

use super::number;
use crate::{Error, Result};
use csv::{StringRecord, StringRecordIter};

/// One record.
pub(super) trait Record {
    /// Its cells, from the first.
    fn cells(&self) -> impl Cells<'_>;
    /// How many there are.
    fn width(&self) -> usize;
}

/// The cells of a record, without their quotes.
pub(super) trait Cells<'a>: Iterator<Item = &'a str> {
    /// The next cell as a number, or its text if it is none.
    fn next_number(&mut self) -> Option<std::result::Result<f32, &'a str>> {
        self.next().map(|cell| number::parse(cell).ok_or(cell))
    }
}

/// A record without a quote.
pub(super) struct Plain<'a>(pub &'a str);

impl Record for Plain<'_> {
    fn cells(&self) -> impl Cells<'_> {
        PlainCells(Some(self.0))
    }

    fn width(&self) -> usize {
        1 + count(self.0.as_bytes(), b',')
    }
}

/// What is left of a plain record, `None` after its last cell.
struct PlainCells<'a>(Option<&'a str>);

impl<'a> Iterator for PlainCells<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.0?;
        // For cells this short, a search byte by byte is faster than `str::split`.
        let Some(comma) = text.bytes().position(|b| b == b',') else { return self.0.take() };
        self.0 = Some(&text[comma + 1..]);
        Some(&text[..comma])
    }
}

impl<'a> Cells<'a> for PlainCells<'a> {
    /// Finds the end of the number by reading it, where it can.
    fn next_number(&mut self) -> Option<std::result::Result<f32, &'a str>> {
        let text = self.0?;
        let Some((number, after)) = number::leading(text.as_bytes()) else {
            return self.next().map(|cell| number::parse(cell).ok_or(cell));
        };
        self.0 = text.get(text.len() - after.len() + 1..);
        Some(Ok(number))
    }
}

impl Record for StringRecord {
    fn cells(&self) -> impl Cells<'_> {
        self.iter()
    }

    fn width(&self) -> usize {
        self.len()
    }
}

impl<'a> Cells<'a> for StringRecordIter<'a> {}

/// Every row of a table is as wide as its header.
pub(super) fn check_width(place: &str, found: usize, wanted: usize) -> Result<()> {
    match found == wanted {
        true => Ok(()),
        false => Err(Error::data(place)
            .found(format!("{found} columns"))
            .wanted(format!("{wanted}, as in the first row"))
            .fix("the file may be cut short, or edited by hand")),
    }
}

/// Counts a byte, 255 bytes at a time: that compiles to vector instructions, and outruns even a search.
pub(super) fn count(bytes: &[u8], wanted: u8) -> usize {
    bytes.chunks(255).map(|chunk| usize::from(chunk.iter().map(|&b| u8::from(b == wanted)).sum::<u8>())).sum()
}
