//! What is printed, as a table, as CSV and as JSON.

use clap::ValueEnum;
use ndarray::ArrayView1;
use serde::Serialize;
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
pub enum Subject<'s> {
    /// A row of a table.
    Track(u32),
    /// A song from one second to another, and how far it is from what the model has learned from.
    Song { path: &'s str, begin: f64, end: f64, distance: f32 },
}

impl Subject<'_> {
    /// The header of CSV, without the genres.
    fn header(of_songs: bool) -> &'static str {
        if of_songs { "song,begin,end,distance" } else { "track_id" }
    }
}

/// The most probable genres, best first; of equal ones the first in the list.
pub fn best<'g>(probabilities: ArrayView1<f32>, genres: &'g [String], top: usize) -> Vec<(&'g str, f32)> {
    let mut all: Vec<_> = genres.iter().map(String::as_str).zip(probabilities.iter().copied()).collect();
    all.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    all.truncate(top);
    all
}

/// A prediction in JSON.
#[derive(Serialize)]
struct Prediction<'g> {
    #[serde(skip_serializing_if = "Option::is_none")]
    track_id: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    song: Option<&'g str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    begin: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    distance: Option<f32>,
    genres: Vec<GenrePrediction<'g>>,
}

#[derive(Serialize)]
struct GenrePrediction<'g> {
    genre: &'g str,
    probability: f32,
}

/// Standard output, which may be closed at any time.
pub struct Output<'a> {
    out: BufWriter<StdoutLock<'a>>,
    pub closed: bool,
}

impl Output<'_> {
    pub fn new() -> Self {
        Output { out: BufWriter::new(io::stdout().lock()), closed: false }
    }

    pub fn begin(&mut self, format: Format, top: usize, of_songs: bool) -> Result<()> {
        let header = (1..=top).map(|i| format!(",genre_{i},probability_{i}")).collect::<String>();
        self.write(match format {
            Format::Table => String::new(),
            Format::Csv => format!("{}{header}\n", Subject::header(of_songs)),
            Format::Json => "[".into(),
        })
    }

    pub fn row(&mut self, format: Format, first: bool, subject: &Subject, best: &[(&str, f32)]) -> Result<()> {
        self.write(match format {
            Format::Table => {
                let genres: Vec<_> = best.iter().map(|(genre, p)| format!("{genre} {:.1} %", 100.0 * p)).collect();
                let name = match subject {
                    Subject::Track(id) => format!("{id:>8}"),
                    Subject::Song { path, begin, end, distance } => {
                        format!("{path}  {}-{}  distance {distance:.1}", clock(*begin), clock(*end))
                    }
                };
                format!("{name}  {}\n", genres.join(", "))
            }
            Format::Csv => {
                let cells = best.iter().map(|(genre, p)| format!(",{},{p}", quoted(genre))).collect::<String>();
                match subject {
                    Subject::Track(id) => format!("{id}{cells}\n"),
                    Subject::Song { path, begin, end, distance } => {
                        format!("{},{begin:.3},{end:.3},{distance}{cells}\n", quoted(path))
                    }
                }
            }
            Format::Json => {
                let genres = best.iter().map(|&(genre, probability)| GenrePrediction { genre, probability }).collect();
                let empty = Prediction { track_id: None, song: None, begin: None, end: None, distance: None, genres };
                let prediction = match *subject {
                    Subject::Track(id) => Prediction { track_id: Some(id), ..empty },
                    Subject::Song { path, begin, end, distance } => Prediction {
                        song: Some(path),
                        begin: Some(begin),
                        end: Some(end),
                        distance: Some(distance),
                        ..empty
                    },
                };
                let text = serde_json::to_string(&prediction).map_err(|e| Error::data("JSON").found(e.to_string()))?;
                format!("{}\n{text}", if first { "" } else { "," })
            }
        })
    }

    pub fn end(&mut self, format: Format) -> Result<()> {
        self.write(if format == Format::Json { "\n]\n".into() } else { String::new() })?;
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
