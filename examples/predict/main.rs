//! Predicts the genres of songs, or of the tracks in a table of features, with their probabilities.
//!
//! ```text
//! cargo run --example predict -- --model runs/fma_cnn/model.safetensors --song music
//! cargo run --example predict -- --model runs/fma_cnn/model.safetensors --song song.mp3 --segments 30
//! cargo run --example predict -- --model runs/fma_cnn/model.safetensors --data fma_metadata.zip --track 2 --track 5
//! cargo run --example predict -- --model model.safetensors --data features.csv --format csv > genres.csv
//! ```

#[path = "../common/mod.rs"]
mod common;
mod output;
mod song;

use clap::Parser;
use common::manners::exit;
use ndarray::Axis;
use output::{Format, Output, Subject, best};
use std::collections::HashSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tonegrad::fma::report::SYNTHETIC;
use tonegrad::fma::{FeatureRows, Unusable, columns, each_row};
use tonegrad::store::Classifier;
use tonegrad::{Error, Result};

/// Predicts the genres of songs, or of the tracks in a table of features, with their probabilities.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// A model file, as fma_cnn writes it
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// features.csv, its folder, or fma_metadata.zip: raw features, in the columns that the model learned from
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
}

fn main() -> ExitCode {
    let mut out = Output::new();
    match run(&Args::parse(), &mut out) {
        // The program that reads the output has seen enough, `head` for instance.
        Err(_) if out.closed => ExitCode::SUCCESS,
        result => exit(result),
    }
}

fn run(args: &Args, out: &mut Output) -> Result<()> {
    let model = Classifier::<f32>::load(&args.model)?;
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
        None => song::songs(&args.songs, &model, top, args.format, out),
    }
}

/// The rows of a table.
fn tracks(args: &Args, data: &Path, model: &Classifier<f32>, top: usize, out: &mut Output) -> Result<()> {
    let (columns, genres) = (columns(model.card())?, &model.card().classes);
    let wanted: HashSet<u32> = args.track.iter().copied().collect();
    let only = (!wanted.is_empty()).then_some(&wanted);
    let mut missing = wanted.clone();
    let (mut left_out, mut shown) = (Vec::new(), 0);
    out.begin(args.format, top, false)?;
    each_row(data, &columns, only, |FeatureRows { mut ids, mut x, mut unusable }| {
        let fits: Vec<_> = (0..ids.len()).filter(|&row| model.standardize().fits(x.row(row))).collect();
        if fits.len() < ids.len() {
            unusable.extend((0..ids.len()).filter(|row| !fits.contains(row)).map(|row| (ids[row], Unusable::TooLarge)));
            (ids, x) = (fits.iter().map(|&row| ids[row]).collect(), x.select(Axis(0), &fits));
        }
        let probabilities = model.probabilities(x)?;
        for (&id, probabilities) in ids.iter().zip(probabilities.rows()) {
            out.row(args.format, shown == 0, &Subject::Track(id), &best(probabilities, genres, top))?;
            shown += 1;
        }
        for id in ids.iter().chain(unusable.iter().map(|(id, _)| id)) {
            missing.remove(id);
        }
        count(&mut left_out, &unusable);
        Ok(())
    })?;
    out.end(args.format)?;
    for (why, first, tracks) in &left_out {
        drop(writeln!(io::stderr(), "left out: {tracks} tracks with {why}, first track {first}"));
    }
    let place = data.display().to_string();
    match missing.iter().min() {
        Some(id) => Err(Error::data(place)
            .found(format!("{} of {} tracks missing, first track {id}", missing.len(), wanted.len()))
            .wanted("a row of features for each track asked for")),
        None if shown == 0 => Err(Error::data(place).found("no row that can be used").wanted("tracks with features")),
        None => Ok(()),
    }
}

/// Counts tracks by the reason why they are left out, and keeps the first of each.
fn count(left_out: &mut Vec<(Unusable, u32, usize)>, unusable: &[(u32, Unusable)]) {
    for &(id, why) in unusable {
        match left_out.iter_mut().find(|(known, ..)| *known == why) {
            Some((_, _, tracks)) => *tracks += 1,
            None => left_out.push((why, id, 1)),
        }
    }
}
