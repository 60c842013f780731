//! Songs: their features, their genres, as a whole and along time.

use super::output::{Output, Subject, best};
use clap::Args;
use ndarray::{Array2, ArrayView1};
use std::io::Write;
use std::path::{Path, PathBuf};
use tonegrad::audio::{Decoding, LogMel, Samples, Signal, Song, Target, features};
use tonegrad::fma::pages::{SongReport, song_page};
use tonegrad::fma::songs::{FeatureChoice, choice, songs as songs_in};
use tonegrad::fma::{FmaReader, columns};
use tonegrad::pictures::Page;
use tonegrad::store::Classifier;
use tonegrad::{Error, Result};

#[derive(Args)]
pub struct SongArgs {
    /// Songs, or folders of songs: mp3, flac, wav, ogg or m4a
    #[arg(long, value_name = "PATH", num_args = 1..)]
    song: Vec<PathBuf>,
    /// Predict along each song as well, for pieces of so many seconds
    #[arg(long, value_name = "SECONDS", requires = "song")]
    segments: Option<f64>,
    /// Whose features the model learned from: fma (FMA's table, and what extract writes) or librosa
    #[arg(long, default_value_t = Target::Fma)]
    target: Target,
    /// How a decoded sample becomes a number: 16-bit, fixed-point or float; the target's way where not given
    #[arg(long)]
    decoding: Option<Decoding>,
    /// Write a page of the song, for a browser: waveform, spectrogram, genres along time (of pieces of 10 seconds where
    /// --segments is not given)
    #[arg(long, value_name = "FILE", requires = "song")]
    report: Option<PathBuf>,
    /// Tables with the tracks that the model has learned from: the page names those nearest to the song
    #[arg(long, value_name = "PATH", requires = "report")]
    near: Option<PathBuf>,
}

/// Seconds of a page's pieces, and how many nearest tracks it names.
const PIECE: f64 = 10.0;
const NEAREST: usize = 10;

/// From which distance on a song is unlike those that the model has learned from. A song of the training part has 1 on
/// average.
const UNLIKE: f32 = 2.0;

/// What is asked of a model.
struct Asked<'a> {
    args: &'a SongArgs,
    model: &'a Classifier<f32>,
    choice: FeatureChoice,
    top: usize,
    /// What was predicted, for the page: from, to, distance, values, and the probability of each genre.
    found: Vec<Found>,
}

struct Found {
    begin: f64,
    end: f64,
    distance: f32,
    values: Vec<f32>,
    probabilities: Vec<f32>,
}

/// The genres of all songs.
pub fn songs(args: &SongArgs, model: &Classifier<f32>, top: usize, out: &mut Output) -> Result<()> {
    if let Some(seconds) = args.segments.filter(|seconds| !(1.0..=1e6).contains(seconds)) {
        return Err(Error::config("--segments").found(seconds.to_string()).wanted("at least a second"));
    }
    let mut paths = Vec::new();
    for path in &args.song {
        match path.is_dir() {
            true => paths.extend(songs_in(path)?),
            false => paths.push(path.clone()),
        }
    }
    if let (Some(report), 2..) = (&args.report, paths.len()) {
        return Err(Error::config("--report")
            .found(format!("{}, and {} songs", report.display(), paths.len()))
            .wanted("one song"));
    }
    if paths.is_empty() {
        return Err(Error::data("--song").found("folders without a song").wanted("mp3, flac, wav, ogg or m4a"));
    }
    // Not into the output, which may be a table for other programs.
    let genres = &model.card().classes;
    drop(writeln!(std::io::stderr(), "The model knows {} genres, and no other: {}", genres.len(), genres.join(", ")));
    let mut asked = Asked { args, model, choice: choice(model.card())?, top, found: Vec::new() };
    let mut failed = Vec::new();
    for path in &paths {
        match asked.song(path, out) {
            Err(error) if !out.closed => failed.push(error),
            result => result?,
        }
    }
    out.end(top)?;
    if let (Some(path), [song], true) = (&args.report, &paths[..], failed.is_empty()) {
        asked.page(song)?.write(path)?;
    }
    match failed.split_first() {
        // One song that was asked for has one reason.
        Some((first, _)) if paths.len() == 1 => Err(first.clone()),
        Some(_) => {
            failed.iter().for_each(|error| drop(writeln!(std::io::stderr(), "failed: {error}")));
            Err(Error::data("--song")
                .found(format!("{} of {} songs that have no prediction", failed.len(), paths.len()))
                .wanted("audio with features"))
        }
        None => Ok(()),
    }
}

impl Asked<'_> {
    /// One song, and where asked for its pieces.
    fn song(&mut self, path: &Path, out: &mut Output) -> Result<()> {
        let name = path.display().to_string();
        let mut song = match self.args.decoding {
            Some(decoding) => Song::open_as(path, decoding)?,
            None => Song::open(path, self.args.target)?,
        };
        let seconds = self.predict(&name, &mut song, 0.0, out)?;
        let pieces = self.args.segments.or(self.args.report.is_some().then_some(PIECE));
        let Some(length) = pieces else { return Ok(()) };
        let (rate, mut piece, mut at, mut result) = (song.rate(), Vec::new(), 0.0, Ok(()));
        let samples = ((length * rate) as usize).max(1);
        song.read(&mut |new| {
            let mut new = new;
            while result.is_ok() && !new.is_empty() {
                let (now, later) = new.split_at(new.len().min(samples - piece.len()));
                piece.extend_from_slice(now);
                new = later;
                if piece.len() == samples {
                    result = self.segment(&name, &mut piece, rate, &mut at, out);
                }
            }
        })?;
        result?;
        // A rest of less than half a piece says little.
        if piece.len() > samples / 2 || seconds < length {
            self.segment(&name, &mut piece, rate, &mut at, out)?;
        }
        Ok(())
    }

    /// One piece, which is emptied. A silent one has no features, and no prediction.
    fn segment(&mut self, name: &str, piece: &mut Vec<f32>, rate: f64, at: &mut f64, out: &mut Output) -> Result<()> {
        let begin = *at;
        *at += piece.len() as f64 / rate;
        let result = self.predict(name, &mut Samples { samples: piece, rate }, begin, out).map(drop);
        piece.clear();
        match result {
            Err(error) if !out.closed => {
                drop(writeln!(std::io::stderr(), "{name}, from second {begin:.0}: {error}"));
                Ok(())
            }
            result => result,
        }
    }

    /// Predicts a signal that begins at some second, and returns its seconds.
    fn predict(&mut self, name: &str, signal: &mut dyn Signal, begin: f64, out: &mut Output) -> Result<f64> {
        let in_song = |e: Error| match e.to_string().contains(name) {
            true => e,
            false => Error::data(name).found(e.to_string()).wanted("a song with all features that the model wants"),
        };
        let features = features(signal, self.args.target, self.choice.families).map_err(in_song)?;
        let values = self.choice.of(&features).map_err(in_song)?;
        let x = Array2::from_shape_vec((1, values.len()), values.clone()).map_err(|e| Error::shape(e.to_string()))?;
        let distance = rms(self.model.prepared(x.clone()).map_err(in_song)?.row(0));
        let probabilities = self.model.probabilities(x).map_err(in_song)?;
        let genres = best(probabilities.row(0), &self.model.card().classes, self.top);
        let end = begin + features.seconds();
        out.row(&Subject::Song { song: name, begin, end, distance }, &genres)?;
        if self.args.report.is_some() {
            let probabilities = probabilities.row(0).to_vec();
            self.found.push(Found { begin, end, distance, values, probabilities });
        }
        if distance > UNLIKE && begin == 0.0 {
            drop(writeln!(
                std::io::stderr(),
                "{name} is unlike the songs that the model has learned from: {distance:.1} standard deviations off, where 1 is usual"
            ));
        }
        Ok(features.seconds())
    }

    /// The page of the song that was predicted.
    fn page(&self, path: &Path) -> Result<Page> {
        let Some((whole, segments)) = self.found.split_first() else {
            return Err(Error::data(path.display().to_string()).found("no prediction").wanted("one, for its page"));
        };
        let mut song = Song::open(path, Target::Librosa)?;
        let mel = LogMel::librosa().spectrogram(&mut song)?;
        // A column for each of the page's 700 pixels.
        let (columns, all) = (700, ((whole.end * song.rate()) as usize).max(1));
        let (mut waveform, mut at) = (vec![(0f32, 0f32); columns], 0);
        song.read(&mut |piece| {
            for sample in piece {
                let (low, high) = &mut waveform[(at * columns / all).min(columns - 1)];
                (*low, *high) = (low.min(*sample), high.max(*sample));
                at += 1;
            }
        })?;
        Ok(song_page(&SongReport {
            name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            seconds: whole.end,
            waveform,
            mel,
            genres: self.model.card().classes.clone(),
            probabilities: whole.probabilities.clone(),
            segments: segments.iter().map(|s| (s.begin, s.end, s.probabilities.clone())).collect(),
            distance: whole.distance,
            unlike: UNLIKE,
            nearest: self.nearest(&whole.values)?,
        }))
    }

    /// The nearest tracks of tables, by features as the network takes them.
    fn nearest(&self, values: &[f32]) -> Result<Vec<(u32, String, f32)>> {
        let Some(near) = &self.args.near else { return Ok(Vec::new()) };
        let columns = columns(self.model.card())?;
        let mut families: Vec<String> = columns.iter().map(|column| column.feature.clone()).collect();
        families.dedup();
        let fma = FmaReader::new().families(families).read(near)?;
        if fma.columns() != columns {
            return Err(Error::data(near.display().to_string())
                .found("other columns")
                .wanted("those that the model has learned from"));
        }
        let data = fma.dataset();
        let all = self.model.prepared(data.x().to_owned())?;
        let own =
            Array2::from_shape_vec((1, values.len()), values.to_vec()).map_err(|e| Error::shape(e.to_string()))?;
        let own = self.model.prepared(own)?;
        let distance = |row: usize| rms((&all.row(row) - &own.row(0)).view());
        let mut all: Vec<(usize, f32)> = (0..fma.len()).map(|row| (row, distance(row))).collect();
        all.sort_by(|a, b| a.1.total_cmp(&b.1));
        let genre = |row: usize| data.classes()[data.y()[row]].clone();
        Ok(all.into_iter().take(NEAREST).map(|(row, d)| (fma.ids()[row], genre(row), d)).collect())
    }
}

/// The root mean square of features as the network takes them: how far they are from the mean of the training part.
fn rms(row: ArrayView1<f32>) -> f32 {
    (row.iter().map(|v| v * v).sum::<f32>() / row.len().max(1) as f32).sqrt()
}
