//! Predicts the genres of songs, or of the tracks in a table of features, with their probabilities.
//!
//! ```text
//! cargo run --example predict -- --model runs/fma_cnn/model.safetensors --song music
//! cargo run --example predict -- --model runs/fma_cnn/model.safetensors --song song.mp3 --segments 30
//! cargo run --example predict -- --model runs/fma_cnn/model.safetensors --data fma_metadata.zip --track 2 --track 5
//! cargo run --example predict -- --model model.safetensors --data features.csv --format csv > genres.csv
//! unzip -p fma_metadata.zip '*features.csv' | cargo run --example predict -- --model model.safetensors --data -
//! ```

#[path = "../common/mod.rs"]
mod common;
mod output;
mod song;

use clap::Parser;
use common::manners::{load, program, use_threads};
use output::{Format, Output, Subject, best};
use std::collections::HashSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tonegrad::fma::report::SYNTHETIC;
use tonegrad::fma::{FeatureRows, LeftOut, Unusable, columns, each_row, each_row_of};
use tonegrad::store::Classifier;
use tonegrad::{Error, Result};

/// Predicts the genres of songs, or of the tracks in a table of features, with their probabilities.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// A model file, as fma_cnn writes it
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// features.csv, its folder, or fma_metadata.zip: raw features, in the columns that the model learned from; or - for
    /// features.csv from standard input
    #[arg(long, value_name = "PATH", required_unless_present = "song", conflicts_with = "song")]
    data: Option<PathBuf>,
    #[command(flatten)]
    songs: song::SongArgs,
    /// Only these tracks; all where not given
    #[arg(long, value_name = "ID", num_args = 1.., requires = "data")]
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

fn main() -> ExitCode {
    program(|| {
        let args = Args::parse();
        let mut out = Output::new(args.format, args.data.is_none());
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
    let top = args.top.unwrap_or(genres.len().min(3));
    if !(1..=genres.len()).contains(&top) {
        return Err(Error::config("--top").found(top.to_string()).wanted(format!("1 to {} genres", genres.len())));
    }
    // Not into the output, which may be a table for other programs.
    if card.provenance.synthetic {
        drop(writeln!(io::stderr(), "The model learned from {SYNTHETIC}"));
    }
    match &args.data {
        Some(data) => tracks(args, data, &model, top, out),
        None => song::songs(&args.songs, &model, top, out),
    }
}

/// The rows of a table.
fn tracks(args: &Args, data: &Path, model: &Classifier<f32>, top: usize, out: &mut Output) -> Result<()> {
    let (columns, genres) = (columns(model.card())?, &model.card().classes);
    let wanted: HashSet<u32> = args.track.iter().copied().collect();
    let only = (!wanted.is_empty()).then_some(&wanted);
    let mut missing = wanted.clone();
    let mut left_out = Vec::new();
    let each = |FeatureRows { ids, lines, x, mut unusable }: FeatureRows| {
        let (probabilities, rows) = model.probabilities_where_finite(&x)?;
        for (&row, probabilities) in rows.iter().zip(probabilities.rows()) {
            out.row(&Subject::Track(ids[row]), &best(probabilities, genres, top))?;
        }
        for row in (0..ids.len()).filter(|row| rows.binary_search(row).is_err()) {
            let fits = model.fits(x.row(row));
            let why = if fits { Unusable::Overflow } else { Unusable::TooLarge };
            unusable.push(LeftOut { id: ids[row], line: lines[row], why });
        }
        for id in ids.iter().chain(unusable.iter().map(|row| &row.id)) {
            missing.remove(id);
        }
        count(&mut left_out, &unusable);
        Ok(())
    };
    let place = match data.to_str() {
        Some("-") => "standard input".to_owned(),
        _ => data.display().to_string(),
    };
    match data.to_str() {
        Some("-") => each_row_of(place.as_str(), io::stdin(), &columns, only, each)?,
        _ => each_row(data, &columns, only, each)?,
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
