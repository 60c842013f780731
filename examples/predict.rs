//! Predicts the genres of the tracks in a table of features, with their probabilities.
//!
//! ```text
//! cargo run --example predict -- --model runs/fma_cnn/model.safetensors --data fma_metadata.zip --track 2 --track 5
//! cargo run --example predict -- --model model.safetensors --data features.csv --format csv > genres.csv
//! unzip -p fma_metadata.zip '*features.csv' | cargo run --example predict -- --model model.safetensors --data -
//! ```

mod common;

use clap::{Parser, ValueEnum};
use common::manners::{load, program, use_threads};
use ndarray::ArrayView1;
use serde::Serialize;
use std::collections::HashSet;
use std::io::{self, BufWriter, StdoutLock, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use tonegrad::fma::report::SYNTHETIC;
use tonegrad::fma::{FeatureRows, LeftOut, Unusable, columns, each_row, each_row_of};
use tonegrad::{Error, Result};

/// Predicts the genres of the tracks in a table of features, with their probabilities.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// A model file, as fma_cnn writes it
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// features.csv, its folder, or fma_metadata.zip: raw features, in the columns that the model learned from; or - for
    /// features.csv from standard input
    #[arg(long, value_name = "PATH")]
    data: PathBuf,
    /// Only these tracks; all where not given
    #[arg(long, value_name = "ID", num_args = 1..)]
    track: Vec<u32>,
    /// Genres to show for each track; 3, or all if there are fewer, where not given
    #[arg(long, value_name = "N")]
    top: Option<usize>,
    /// How to show them
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Threads; all cores where not given. No figure depends on it
    #[arg(long)]
    threads: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// A line for each track: its id, then genre and probability alternately
    Csv,
    /// A list of tracks, each with its id and a list of genres and probabilities
    Json,
}

fn main() -> ExitCode {
    program(|| {
        let args = Args::parse();
        let out = BufWriter::new(io::stdout().lock());
        let mut out = Output { out, format: args.format, shown: 0, closed: false };
        match run(&args, &mut out) {
            // The program that reads the output has seen enough, `head` for instance.
            Err(_) if out.closed => Ok(()),
            result => result,
        }
    })
}

fn run(args: &Args, out: &mut Output) -> Result<()> {
    use_threads(args.threads)?;
    let model = load(&args.model)?;
    let (card, genres) = (model.card(), &model.card().classes);
    let columns = columns(card)?;
    let top = args.top.unwrap_or(genres.len().min(3));
    if !(1..=genres.len()).contains(&top) {
        return Err(Error::config("--top").found(top.to_string()).wanted(format!("1 to {} genres", genres.len())));
    }
    // Not into the output, which may be a table for other programs.
    if card.provenance.synthetic {
        drop(writeln!(io::stderr(), "The model learned from {SYNTHETIC}"));
    }
    let wanted: HashSet<u32> = args.track.iter().copied().collect();
    let only = (!wanted.is_empty()).then_some(&wanted);
    let mut missing = wanted.clone();
    let mut left_out = Vec::new();
    let each = |FeatureRows { ids, lines, x, mut unusable }: FeatureRows| {
        let (probabilities, rows) = model.probabilities_where_finite(&x)?;
        for (&row, probabilities) in rows.iter().zip(probabilities.rows()) {
            out.track(ids[row], &best(probabilities, genres, top))?;
        }
        for row in (0..ids.len()).filter(|row| rows.binary_search(row).is_err()) {
            let fits = model.standardize().fits(x.row(row));
            let why = if fits { Unusable::Overflow } else { Unusable::TooLarge };
            unusable.push(LeftOut { id: ids[row], line: lines[row], why });
        }
        for id in ids.iter().chain(unusable.iter().map(|row| &row.id)) {
            missing.remove(id);
        }
        count(&mut left_out, &unusable);
        Ok(())
    };
    let place = match args.data.to_str() {
        Some("-") => "standard input".to_owned(),
        _ => args.data.display().to_string(),
    };
    match args.data.to_str() {
        Some("-") => each_row_of(place.as_str(), io::stdin(), &columns, only, each)?,
        _ => each_row(&args.data, &columns, only, each)?,
    }
    out.end(top)?;
    for (LeftOut { id, line, why }, tracks) in &left_out {
        drop(writeln!(io::stderr(), "left out: {tracks} tracks with {why}, first track {id} on line {line}"));
    }
    match missing.iter().min() {
        Some(id) => Err(Error::data(place)
            .found(format!("{} of {} tracks missing, first track {id}", missing.len(), wanted.len()))
            .wanted("a row of features for each track asked for")),
        None if out.shown == 0 => {
            Err(Error::data(place).found("no row that can be used").wanted("tracks with features"))
        }
        None => Ok(()),
    }
}

/// The most probable genres, best first; of equal ones the first in the list.
fn best<'g>(probabilities: ArrayView1<f32>, genres: &'g [String], top: usize) -> Vec<(&'g str, f32)> {
    let order = |&a: &usize, &b: &usize| probabilities[b].total_cmp(&probabilities[a]).then(a.cmp(&b));
    let mut all: Vec<usize> = (0..genres.len()).collect();
    // Of many genres only the first few need be in order.
    all.select_nth_unstable_by(top - 1, order);
    all.truncate(top);
    all.sort_unstable_by(order);
    all.into_iter().map(|genre| (genres[genre].as_str(), probabilities[genre])).collect()
}

/// Counts rows by the reason why they are left out, and keeps the first of each.
fn count(left_out: &mut Vec<(LeftOut, usize)>, unusable: &[LeftOut]) {
    for row in unusable {
        match left_out.iter_mut().find(|(known, _)| known.why == row.why) {
            Some((first, tracks)) => {
                *tracks += 1;
                *first = if row.line < first.line { *row } else { *first };
            }
            None => left_out.push((*row, 1)),
        }
    }
}

/// A track in JSON.
#[derive(Serialize)]
struct TrackPrediction<'g> {
    track_id: u32,
    genres: Vec<GenrePrediction<'g>>,
}

#[derive(Serialize)]
struct GenrePrediction<'g> {
    genre: &'g str,
    probability: f32,
}

/// Standard output, which may be closed at any time. Nothing is written before the first track: an error of the table's
/// header leaves no half of a list.
struct Output<'a> {
    out: BufWriter<StdoutLock<'a>>,
    format: Format,
    /// Tracks so far.
    shown: usize,
    closed: bool,
}

impl Output<'_> {
    fn begin(&mut self, top: usize) -> Result<()> {
        let header = (1..=top).map(|i| format!(",genre_{i},probability_{i}")).collect::<String>();
        self.write(match self.format {
            Format::Table => String::new(),
            Format::Csv => format!("track_id{header}\n"),
            Format::Json => "[".into(),
        })
    }

    fn track(&mut self, id: u32, best: &[(&str, f32)]) -> Result<()> {
        let first = self.shown == 0;
        if first {
            self.begin(best.len())?;
        }
        self.shown += 1;
        self.write(match self.format {
            Format::Table => {
                let genres: Vec<_> = best.iter().map(|(genre, p)| format!("{genre} {:.1} %", 100.0 * p)).collect();
                format!("{id:>8}  {}\n", genres.join(", "))
            }
            Format::Csv => {
                let cells = best.iter().map(|(genre, p)| format!(",{},{p}", quoted(genre))).collect::<String>();
                format!("{id}{cells}\n")
            }
            Format::Json => {
                let genres = best.iter().map(|&(genre, probability)| GenrePrediction { genre, probability }).collect();
                let track = serde_json::to_string(&TrackPrediction { track_id: id, genres });
                let track = track.map_err(|e| Error::data(format!("track {id}")).found(e.to_string()))?;
                format!("{}\n{track}", if first { "" } else { "," })
            }
        })
    }

    fn end(&mut self, top: usize) -> Result<()> {
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
