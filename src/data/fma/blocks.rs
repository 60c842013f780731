//! A table read in blocks of whole records, and the blocks parsed in parallel, in file order.
//!
//! The file is never in memory as a whole: while one batch of blocks is parsed, the next is read (and, from a zip archive,
//! decompressed). A block ends where a record ends, that is at a line break outside quotes; line numbers are those of the
//! file, whatever its quoted fields hold.

use super::source::Source;
use crate::{Error, Result};
use csv::{ReaderBuilder, StringRecord};
use rayon::prelude::*;
use std::io::Read;

/// Bytes read at a time: large beside a row (9 kB), small beside a table (950 MB).
const BLOCK: usize = 1 << 20;

/// A record that is longer than this is taken for a quote that is never closed.
const LONGEST_RECORD: usize = 16 << 20;

/// A CSV file as it is read, block by block.
pub(super) struct Blocks<'a> {
    name: String,
    archived: bool,
    bytes: Box<dyn Read + Send + 'a>,
    /// The first block, once its header was looked at.
    first: Option<Block>,
    /// What was read beyond the end of the last block.
    rest: Vec<u8>,
    /// The line of the file on which `rest` begins, counted from 1.
    line: usize,
}

/// Whole records of a table.
pub(super) struct Block {
    bytes: Vec<u8>,
    line: usize,
    /// How many of its first records are the table's header.
    header: usize,
}

/// One record: its fields, without their quotes.
pub(super) trait Record {
    fn fields(&self) -> impl Iterator<Item = &str>;
    fn width(&self) -> usize;
}

/// What is made of the records of a block, one after the other.
pub(super) trait Records {
    fn record(&mut self, line: usize, record: &impl Record) -> Result<()>;
}

impl<'a> Blocks<'a> {
    /// `name` is for messages; `archived` tells a damaged archive from a disk that fails.
    pub fn new(name: String, archived: bool, bytes: impl Read + Send + 'a) -> Self {
        Blocks { name, archived, bytes: Box::new(bytes), first: None, rest: Vec::new(), line: 1 }
    }

    /// What messages call this table.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The rows above the data. Their first cells must be those of `index`, where an empty list stands for anything.
    pub fn header(&mut self, index: &[&[&str]]) -> Result<Vec<Vec<String>>> {
        let Some(block) = self.next()? else {
            return Err(Error::data(&self.name).found("an empty file").wanted("a table"));
        };
        let mut rows = Header { wanted: index.len(), rows: Vec::new() };
        block.records(&self.name, &mut rows)?;
        for (i, cells) in index.iter().enumerate() {
            let Some((line, row)) = rows.rows.get(i) else {
                let wanted = format!("{} header rows", index.len());
                return Err(Error::data(&self.name).found(format!("only {i} rows")).wanted(wanted));
            };
            let place = format!("{}, line {line}", self.name);
            if cells.first().is_some_and(|_| !cells.contains(&row[0].as_str())) {
                let wanted = format!("header row {} of {}, which begins with {}", i + 1, index.len(), cells[0]);
                return Err(Error::data(place).found(shown(&row[0])).wanted(wanted));
            }
            check_width(&place, row.len(), rows.rows[0].1.len())?;
        }
        self.first = Some(Block { header: index.len(), ..block });
        Ok(rows.rows.into_iter().map(|(_, row)| row).collect())
    }

    /// The next block, `None` at the end of the file.
    fn next(&mut self) -> Result<Option<Block>> {
        if self.first.is_some() {
            return Ok(self.first.take());
        }
        let mut bytes = std::mem::take(&mut self.rest);
        let end = loop {
            let read = self.fill(&mut bytes)?;
            let end = end_of_records(&bytes);
            if read == 0 && end < bytes.len() && bytes.contains(&b'"') && quotes(&bytes[end..]) % 2 == 1 {
                return Err(self.never_closed(&bytes[..end]));
            }
            if read == 0 {
                break bytes.len();
            }
            if end > 0 {
                break end;
            }
            if bytes.len() > LONGEST_RECORD {
                return Err(self.never_closed(&[]));
            }
        };
        self.rest = bytes.split_off(end);
        let line = self.line;
        self.line += breaks(&bytes);
        Ok((!bytes.is_empty()).then_some(Block { bytes, line, header: 0 }))
    }

    fn fill(&mut self, bytes: &mut Vec<u8>) -> Result<usize> {
        bytes.reserve(BLOCK);
        (&mut self.bytes).take(BLOCK as u64).read_to_end(bytes).map_err(|e| match self.archived {
            true => Source::damaged(&self.name, &e),
            false => Error::io(&self.name, &e),
        })
    }

    fn never_closed(&self, before: &[u8]) -> Error {
        Error::data(format!("{}, line {}", self.name, self.line + breaks(before)))
            .found("a quoted field that does not end")
            .wanted("a closing quote")
    }

    /// Parses every block, several at a time, and merges what came of them in file order.
    pub fn parse<T: Send>(
        mut self,
        parse: impl Fn(&Block) -> Result<T> + Sync,
        mut merge: impl FnMut(T) -> Result<()>,
    ) -> Result<()> {
        let mut batch = self.batch()?;
        while !batch.is_empty() {
            let mut parsed = Vec::new();
            let next = rayon::in_place_scope(|scope| {
                scope.spawn(|_| parsed = batch.par_iter().map(&parse).collect());
                self.batch()
            });
            parsed.into_iter().try_for_each(|block: Result<T>| merge(block?))?;
            batch = next?;
        }
        Ok(())
    }

    fn batch(&mut self) -> Result<Vec<Block>> {
        let blocks = 4 * rayon::current_num_threads();
        std::iter::from_fn(|| self.next().transpose()).take(blocks).collect()
    }
}

impl Block {
    /// Hands each record below the header to `each`; blank lines are passed over.
    pub fn records(&self, name: &str, each: &mut impl Records) -> Result<()> {
        let text = str::from_utf8(&self.bytes).map_err(|e| {
            let line = self.line + breaks(&self.bytes[..e.valid_up_to()]);
            Error::data(format!("{name}, line {line}"))
                .found(format!("the byte 0x{:02X}", self.bytes[e.valid_up_to()]))
                .wanted("UTF-8 text")
        })?;
        if text.contains('"') { self.quoted(name, text, each) } else { self.plain(text, each) }
    }

    fn plain(&self, text: &str, each: &mut impl Records) -> Result<()> {
        let lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).enumerate();
        let mut records = lines.filter(|(_, line)| !line.is_empty()).skip(self.header);
        records.try_for_each(|(i, line)| each.record(self.line + i, &Plain(line)))
    }

    fn quoted(&self, name: &str, text: &str, each: &mut impl Records) -> Result<()> {
        let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let mut record = StringRecord::new();
        let (mut line, mut counted, mut header) = (self.line, 0, self.header);
        let failed = |e: csv::Error| Error::data(name).found(e.to_string());
        while reader.read_record(&mut record).map_err(failed)? {
            // The reader's own line numbers stumble over CR LF and blank lines, its byte offsets do not.
            let begin = record.position().map_or(0, |at| at.byte() as usize);
            let blank = text[begin..].bytes().take_while(|b| matches!(b, b'\r' | b'\n')).count();
            line += breaks(&text.as_bytes()[counted..begin + blank]);
            counted = begin + blank;
            match header {
                0 => each.record(line, &record)?,
                _ => header -= 1,
            }
        }
        Ok(())
    }
}

/// A record without a quote.
struct Plain<'a>(&'a str);

impl Record for Plain<'_> {
    fn fields(&self) -> impl Iterator<Item = &str> {
        self.0.split(',')
    }

    fn width(&self) -> usize {
        1 + self.0.bytes().filter(|&b| b == b',').count()
    }
}

impl Record for StringRecord {
    fn fields(&self) -> impl Iterator<Item = &str> {
        self.iter()
    }

    fn width(&self) -> usize {
        self.len()
    }
}

/// The first records of a table, with their lines.
struct Header {
    wanted: usize,
    rows: Vec<(usize, Vec<String>)>,
}

impl Records for Header {
    fn record(&mut self, line: usize, record: &impl Record) -> Result<()> {
        if self.rows.len() < self.wanted {
            self.rows.push((line, record.fields().map(str::to_owned).collect()));
        }
        Ok(())
    }
}

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

fn breaks(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&b| b == b'\n').count()
}

fn quotes(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&b| b == b'"').count()
}

/// Where the last whole record ends: after the last line break that an even number of quotes precedes. (A quote within a
/// quoted field is written twice, so it does not change which numbers are even.)
fn end_of_records(bytes: &[u8]) -> usize {
    if !bytes.contains(&b'"') {
        return bytes.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
    }
    let (mut inside, mut end) = (false, 0);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'"' => inside = !inside,
            b'\n' if !inside => end = at + 1,
            _ => {}
        }
    }
    end
}

/// A piece of a table as it is shown in a message: quoted, and not too long.
pub(super) fn shown(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{:?}...", &text[..end]),
        None => format!("{text:?}"),
    }
}
