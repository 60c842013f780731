//! What is printed, as a table, as CSV and as JSON.

use clap::ValueEnum;
use ndarray::ArrayView1;
use serde::{Serialize, Serializer};
use std::io::{self, BufWriter, StdoutLock, Write};
use tonegrad::{Error, Result};

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Format {
    /// For people
    Table,
    /// A line for each track: its id, then genre and probability alternately
    Csv,
    /// A list of tracks, each with its id and a list of genres and probabilities
    Json,
}

/// What a prediction is about.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Subject<'s> {
    /// A row of a table.
    #[serde(serialize_with = "track")]
    Track(u32),
    /// A song from one second to another, and how far it is from what the model has learned from.
    Song { song: &'s str, begin: f64, end: f64, distance: f32 },
}

/// As an object with one field.
fn track<S: Serializer>(id: &u32, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Track {
        track_id: u32,
    }
    Track { track_id: *id }.serialize(serializer)
}

/// The most probable genres, best first; of equal ones the first in the list.
pub fn best<'g>(probabilities: ArrayView1<f32>, genres: &'g [String], top: usize) -> Vec<(&'g str, f32)> {
    let order = |&a: &usize, &b: &usize| probabilities[b].total_cmp(&probabilities[a]).then(a.cmp(&b));
    let mut all: Vec<usize> = (0..genres.len()).collect();
    // Of many genres only the first few need be in order.
    all.select_nth_unstable_by(top - 1, order);
    all.truncate(top);
    all.sort_unstable_by(order);
    all.into_iter().map(|genre| (genres[genre].as_str(), probabilities[genre])).collect()
}

/// A prediction in JSON.
#[derive(Serialize)]
struct Prediction<'g> {
    #[serde(flatten)]
    subject: &'g Subject<'g>,
    genres: Vec<GenrePrediction<'g>>,
}

#[derive(Serialize)]
struct GenrePrediction<'g> {
    genre: &'g str,
    probability: f32,
}

/// Standard output, which may be closed at any time. Nothing is written before the first track: an error of the table's
/// header leaves no half of a list.
pub struct Output<'a> {
    out: BufWriter<StdoutLock<'a>>,
    format: Format,
    of_songs: bool,
    /// Rows so far.
    pub shown: usize,
    pub closed: bool,
}

impl Output<'_> {
    pub fn new(format: Format, of_songs: bool) -> Self {
        Output { out: BufWriter::new(io::stdout().lock()), format, of_songs, shown: 0, closed: false }
    }

    fn begin(&mut self, top: usize) -> Result<()> {
        let header = (1..=top).map(|i| format!(",genre_{i},probability_{i}")).collect::<String>();
        self.write(match self.format {
            Format::Table => String::new(),
            Format::Csv => {
                let name = if self.of_songs { "song,begin,end,distance" } else { "track_id" };
                format!("{name}{header}\n")
            }
            Format::Json => "[".into(),
        })
    }

    /// A prediction.
    pub fn row(&mut self, subject: &Subject, best: &[(&str, f32)]) -> Result<()> {
        let first = self.shown == 0;
        if first {
            self.begin(best.len())?;
        }
        self.shown += 1;
        self.write(match self.format {
            Format::Table => {
                let genres: Vec<_> = best.iter().map(|(genre, p)| format!("{genre} {:.1} %", 100.0 * p)).collect();
                let name = match subject {
                    Subject::Track(id) => format!("{id:>8}"),
                    Subject::Song { song, begin, end, distance } => {
                        format!("{}  {}-{}  distance {distance:.1}", song.escape_debug(), clock(*begin), clock(*end))
                    }
                };
                format!("{name}  {}\n", genres.join(", "))
            }
            Format::Csv => {
                let cells = best.iter().map(|(genre, p)| format!(",{},{p}", quoted(genre))).collect::<String>();
                match subject {
                    Subject::Track(id) => format!("{id}{cells}\n"),
                    Subject::Song { song, begin, end, distance } => {
                        format!("{},{begin:.3},{end:.3},{distance}{cells}\n", quoted(song))
                    }
                }
            }
            Format::Json => {
                let genres = best.iter().map(|&(genre, probability)| GenrePrediction { genre, probability }).collect();
                let text = serde_json::to_string(&Prediction { subject, genres });
                let text = text.map_err(|e| Error::data("JSON").found(e.to_string()))?;
                format!("{}\n{text}", if first { "" } else { "," })
            }
        })
    }

    pub fn end(&mut self, top: usize) -> Result<()> {
        if self.shown == 0 {
            self.begin(top)?;
        }
        self.write(if self.format == Format::Json { "\n]\n".into() } else { String::new() })?;
        let flushed = self.out.flush();
        self.check(flushed)
    }

    fn write(&mut self, text: String) -> Result<()> {
        let written = self.out.write_all(text.as_bytes());
        self.check(written)
    }

    fn check(&mut self, written: io::Result<()>) -> Result<()> {
        written.map_err(|error| {
            self.closed = error.kind() == io::ErrorKind::BrokenPipe;
            Error::io("standard output", &error)
        })
    }
}

/// A cell of a CSV file. What a spreadsheet would take for a formula begins with an apostrophe.
fn quoted(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.into() };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// Minutes and seconds.
fn clock(seconds: f64) -> String {
    format!("{}:{:02}", seconds as u64 / 60, seconds as u64 % 60)
}
