//! A table read in blocks of whole records, and the blocks parsed in parallel, in file order.
//!
//! The file is never in memory as a whole: while one batch of blocks is parsed, the one before is merged, and the next is
//! read (and, from a zip archive, decompressed). A block ends where a record ends, that is at a line break outside quotes;
//! line numbers are those of the file, whatever its quoted fields hold.

use super::quotes::{Fault, Scan, scan};
use super::record::{Plain, Record, check_width, count};
use crate::names::shown;
use crate::{Error, Result};
use csv::{ReaderBuilder, StringRecord};
use rayon::prelude::*;
use std::io::Read;

/// Bytes read at a time: large beside a row (9 kB), and still in the cache when they are parsed.
const BLOCK: usize = 1 << 18;

/// Blocks that are parsed between two looks at the file: enough that no thread waits long for another's last.
const BLOCKS_A_THREAD: usize = 16;

/// A record longer than this is none: a quote that is never closed, or a file that is no table.
const LONGEST_RECORD: usize = 16 << 20;

/// A CSV file as it is read, block by block.
pub(super) struct Blocks<'a> {
    name: String,
    archived: bool,
    bytes: Box<dyn Read + Send + 'a>,
    /// The first block, once its header was looked at.
    first: Option<TextBlock>,
    /// What was read beyond the end of the last block.
    rest: Vec<u8>,
    /// The line of the file on which `rest` begins, counted from 1.
    line: usize,
}

/// What some programs begin a file of UTF-8 with.
const MARK: &str = "\u{feff}";

/// Whole records of a table.
pub(super) struct TextBlock {
    bytes: Vec<u8>,
    line: usize,
    /// How many of its first records are the table's header.
    header: usize,
    quoted: bool,
}

/// What is made of the records of a block, one after the other.
pub(super) trait Records {
    fn record(&mut self, line: usize, record: &impl Record) -> Result<()>;
}

impl<'a> Blocks<'a> {
    /// `name` is for messages; `archived` distinguishes a damaged archive from a disk that fails.
    pub fn new(name: String, archived: bool, bytes: impl Read + Send + 'a) -> Self {
        Blocks { name, archived, bytes: Box::new(bytes), first: None, rest: Vec::new(), line: 1 }
    }

    /// What messages call this table.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The rows above the data, each with its line. Their first cells must be those of `index`, where an empty list stands
    /// for anything.
    pub fn header(&mut self, index: &[&[&str]]) -> Result<Vec<(usize, Vec<String>)>> {
        let Some(mut block) = self.next()? else {
            return Err(Error::data(&self.name).found("an empty file").wanted("a table"));
        };
        let rows = loop {
            let mut rows = HeaderLines { wanted: index.len(), rows: Vec::new() };
            block.records(&self.name, &mut rows)?;
            // Twice as much each time: a wide header is not read once for each of its blocks.
            let size = block.bytes.len();
            while rows.rows.len() < index.len() && block.bytes.len() < 2 * size {
                match self.next()? {
                    Some(more) => block.append(more),
                    None => break,
                }
            }
            if block.bytes.len() == size {
                break rows.rows;
            }
        };
        for (i, cells) in index.iter().enumerate() {
            let Some((line, row)) = rows.get(i) else {
                let wanted = format!("{} header rows", index.len());
                return Err(Error::data(&self.name).found(format!("only {i} rows")).wanted(wanted));
            };
            let place = format!("{}, line {line}", self.name);
            if cells.first().is_some_and(|_| !cells.contains(&row[0].as_str())) {
                let wanted = format!("header row {} of {}, which begins with {}", i + 1, index.len(), cells[0]);
                return Err(Error::data(place).found(shown(&row[0])).wanted(wanted));
            }
            check_width(&place, row.len(), rows[0].1.len())?;
        }
        self.first = Some(TextBlock { header: index.len(), ..block });
        Ok(rows)
    }

    /// The next block, `None` at the end of the file.
    fn next(&mut self) -> Result<Option<TextBlock>> {
        if self.first.is_some() {
            return Ok(self.first.take());
        }
        let mut bytes = std::mem::take(&mut self.rest);
        let (end, quoted) = loop {
            let at_end = self.fill(&mut bytes)? < BLOCK;
            let quoted = count(&bytes, b'"') > 0;
            let plain = !quoted && count(&bytes, b'\r') == 0;
            let Scan { end, open } = match plain {
                true => Scan { end: end_of_plain(&bytes), open: None },
                false => self.scan(&bytes)?,
            };
            if (open.is_some() && at_end) || (end == 0 && bytes.len() > LONGEST_RECORD) {
                let place = format!("{}, line {}", self.name, self.line + breaks(&bytes[..open.unwrap_or(end)]));
                let (found, wanted) = match open {
                    Some(_) => ("a quoted field that does not end", "a closing quote"),
                    None => ("a line without an end", "rows of a table"),
                };
                return Err(Error::data(place).found(found).wanted(wanted));
            }
            if at_end || end > 0 {
                break (if at_end { bytes.len() } else { end }, quoted);
            }
        };
        self.rest = bytes.split_off(end);
        let line = self.line;
        self.line += breaks(&bytes);
        Ok((!bytes.is_empty()).then_some(TextBlock { bytes, line, header: 0, quoted }))
    }

    /// Where the records of some bytes end, which begin on the current line.
    fn scan(&self, bytes: &[u8]) -> Result<Scan> {
        // What stands before the first character of a file is none.
        let mark = if self.line == 1 && bytes.starts_with(MARK.as_bytes()) { MARK.len() } else { 0 };
        let scan = scan(&bytes[mark..]).map_err(|Fault { at, found, wanted, fix }| {
            let line = self.line + breaks(&bytes[..mark + at]);
            Error::data(format!("{}, line {line}", self.name)).found(found).wanted(wanted).fix(fix)
        })?;
        let end = if scan.end == 0 { 0 } else { mark + scan.end };
        Ok(Scan { end, open: scan.open.map(|at| mark + at) })
    }

    fn fill(&mut self, bytes: &mut Vec<u8>) -> Result<usize> {
        bytes.reserve(BLOCK);
        (&mut self.bytes).take(BLOCK as u64).read_to_end(bytes).map_err(|e| match self.archived {
            true => damaged(&self.name, &e),
            false => Error::io(&self.name, &e),
        })
    }

    /// Parses every block, several at a time, and merges what comes of them in file order.
    pub fn parse<T: Send>(
        mut self,
        parse: impl Fn(&TextBlock) -> Result<T> + Sync,
        mut merge: impl FnMut(T) -> Result<()>,
    ) -> Result<()> {
        let (mut next, mut parsed) = (self.batch(), Vec::new());
        loop {
            // What cannot be read is an error only after all that comes before it in the file.
            let batch = std::mem::replace(&mut next, Ok(Vec::new()));
            let blocks = batch.as_deref().unwrap_or_default();
            let before = std::mem::take(&mut parsed);
            rayon::in_place_scope(|scope| {
                scope.spawn(|_| parsed = blocks.par_iter().map(&parse).collect());
                before.into_iter().try_for_each(|block: Result<T>| merge(block?))?;
                if !blocks.is_empty() {
                    next = self.batch();
                }
                Ok(())
            })?;
            if blocks.is_empty() {
                return batch.map(drop);
            }
        }
    }

    fn batch(&mut self) -> Result<Vec<TextBlock>> {
        let blocks = BLOCKS_A_THREAD * rayon::current_num_threads();
        std::iter::from_fn(|| self.next().transpose()).take(blocks).collect()
    }
}

impl TextBlock {
    /// Adds the records that follow.
    fn append(&mut self, next: TextBlock) {
        self.bytes.extend(next.bytes);
        self.quoted |= next.quoted;
    }

    /// Hands each record below the header to `each`; blank lines are passed over.
    pub fn records(&self, name: &str, each: &mut impl Records) -> Result<()> {
        let text = str::from_utf8(&self.bytes).map_err(|e| {
            let line = self.line + breaks(&self.bytes[..e.valid_up_to()]);
            Error::data(format!("{name}, line {line}"))
                .found(format!("the byte 0x{:02X}", self.bytes[e.valid_up_to()]))
                .wanted("UTF-8 text")
        })?;
        let text = if self.line == 1 { text.strip_prefix(MARK).unwrap_or(text) } else { text };
        if self.quoted { self.quoted(name, text, each) } else { self.plain(text, each) }
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

/// The first records of a table, with their lines.
struct HeaderLines {
    wanted: usize,
    rows: Vec<(usize, Vec<String>)>,
}

impl Records for HeaderLines {
    fn record(&mut self, line: usize, record: &impl Record) -> Result<()> {
        if self.rows.len() < self.wanted {
            self.rows.push((line, record.cells().map(str::to_owned).collect()));
        }
        Ok(())
    }
}

fn breaks(bytes: &[u8]) -> usize {
    count(bytes, b'\n')
}

fn end_of_plain(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1)
}

/// What to say of an archive that cannot be read.
pub(super) fn damaged(place: &str, error: &dyn std::fmt::Display) -> Error {
    Error::data(place)
        .found(format!("an archive that cannot be read ({error})"))
        .wanted("the whole of fma_metadata.zip")
        .fix("it is cut short, damaged or packed in a way not supported: download it again, or unpack it and give the folder")
}
