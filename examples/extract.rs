//! Computes FMA's 518 features of a folder of music, and writes features.csv and tracks.csv, which fma_cnn, fma_study and
//! predict take as they are.
//!
//! ```text
//! cargo run --example extract -- music --out tables                       # genre: the folder a song lies in
//! cargo run --example extract -- music --out tables --genre tag --jobs 2
//! cargo run --example extract -- --header > features.csv; cat paths.txt | cargo run --example extract -- --stdin >> features.csv
//! ```

mod common;

use clap::Parser;
use common::manners::{interrupt, program, say};
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use tonegrad::audio::{Decoding, Families, Target};
use tonegrad::files::lock_folder;
use tonegrad::fma::songs::{
    ArtistFrom, Extracted, GenreFrom, Journal, Names, Settings, Written, extract, features_header, features_row, songs,
    write_tables,
};
use tonegrad::{Error, Result};

/// Computes FMA's 518 features of a folder of music, as tables that fma_cnn, fma_study and predict take as they are.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// The folder of music
    #[arg(required_unless_present_any = ["stdin", "header"], value_name = "MUSIC")]
    music: Option<PathBuf>,
    /// Where features.csv, tracks.csv, failures.csv and the journal songs.csv go. Run it again, and only songs that are
    /// new or changed are read
    #[arg(long, default_value = "tables", value_name = "DIR")]
    out: PathBuf,
    /// Where the genre is from: folder (the one a song lies in, or with --artist folder the one above), tag, or none
    #[arg(long, default_value_t = GenreFrom::Folder)]
    genre: GenreFrom,
    /// Where the artist is from: tag, or folder
    #[arg(long, default_value_t = ArtistFrom::Tag)]
    artist: ArtistFrom,
    /// Whose numbers: fma (librosa 0.5.0, what FMA's table and models trained on it expect) or librosa (0.11)
    #[arg(long, default_value_t = Target::Fma)]
    target: Target,
    /// How a decoded sample becomes a number: 16-bit, fixed-point (MP3s as FMA's decoder of 2017) or float; the target's
    /// way where not given
    #[arg(long)]
    decoding: Option<Decoding>,
    /// Songs at a time, a thread each; all cores where not given. No figure depends on it
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Read paths from standard input, one a line, and write rows of features.csv to standard output as they are done. The
    /// id is the number that the file is named by (000002.mp3), or stands before the path and a tab
    #[arg(long)]
    stdin: bool,
    /// Write the four header lines of features.csv, and nothing else
    #[arg(long)]
    header: bool,
    /// Print no progress
    #[arg(long)]
    quiet: bool,
}

fn main() -> ExitCode {
    program(|| run(&Args::parse()))
}

fn run(args: &Args) -> Result<()> {
    let settings = Settings { target: args.target, decoding: args.decoding, families: Families::all() };
    let jobs = match args.jobs {
        Some(0) => return Err(Error::config("--jobs").found("0").wanted("at least 1, or no --jobs for all cores")),
        Some(jobs) => jobs,
        None => std::thread::available_parallelism().map_or(1, usize::from),
    };
    match &args.music {
        _ if args.header => write!(io::stdout(), "{}", features_header()).map_err(|e| Error::io("standard output", &e)),
        Some(music) if !args.stdin => folder(args, music, &settings, jobs),
        _ => stream(&settings, jobs),
    }
}

/// A folder into tables.
fn folder(args: &Args, music: &Path, settings: &Settings, jobs: usize) -> Result<()> {
    let found = songs(music)?;
    if found.is_empty() {
        return Err(Error::data(music.display().to_string())
            .found("no file that ends as audio does")
            .wanted("mp3, flac, wav, ogg or m4a"));
    }
    let _lock = lock_folder(&args.out, &["features.csv", "tracks.csv", "failures.csv"])?;
    let mut journal = Journal::open(&args.out, settings)?;
    let stop = interrupt()?;
    let mut pending = Vec::new();
    for path in &found {
        let about = path.metadata().map_err(|e| Error::io(path.display(), &e))?;
        let (version, name) = (Journal::version(&about), path.display().to_string());
        let (id, new) = journal.assign(&name, version);
        if new {
            pending.push((id, path.clone(), version));
        }
    }
    if !args.quiet {
        say!("{} songs, {} of them to read, {jobs} at a time", found.len(), pending.len());
    }
    let mut progress = Progress::new(pending.len(), args.quiet);
    let paths: Vec<PathBuf> = pending.iter().map(|(_, path, _)| path.clone()).collect();
    each(&paths, settings, jobs, &stop, |at, result| {
        let (id, path, version) = &pending[at];
        progress.step(&result);
        journal.add(*id, &path.display().to_string(), *version, &result)
    })?;
    progress.end();
    let names = Names { genre: args.genre, artist: args.artist };
    let paths: Vec<String> = found.iter().map(|path| path.display().to_string()).collect();
    let written = write_tables(&args.out, &mut journal, &paths, names)?;
    report(args, &written)?;
    match stop.load(Ordering::Relaxed) {
        true => Err(Error::data("extract").found("an interruption").wanted("all songs").fix("run it again to go on")),
        false if written.rows == 0 => {
            Err(Error::data("extract").found("no song that can be read").wanted("one at least"))
        }
        false => Ok(()),
    }
}

/// What became of the songs, for people and in failures.csv.
fn report(args: &Args, written: &Written) -> Result<()> {
    let Written { rows, duplicates, failures } = written;
    let mut lines = csv::Writer::from_writer(Vec::new());
    let broken = |e: String| Error::data("failures.csv").found(e);
    lines.write_record(["path", "reason"]).map_err(|e| broken(e.to_string()))?;
    for (path, why) in failures {
        lines.write_record([path, why]).map_err(|e| broken(e.to_string()))?;
    }
    for (path, first) in duplicates {
        lines.write_record([path, &format!("the same audio as {first}")]).map_err(|e| broken(e.to_string()))?;
    }
    let bytes = lines.into_inner().map_err(|e| broken(e.to_string()))?;
    tonegrad::files::write_atomically(args.out.join("failures.csv"), &bytes)?;
    for (path, why) in failures.iter().take(10) {
        // Most reasons begin with the path.
        let name = if why.contains(path.as_str()) { String::new() } else { format!("{path}: ") };
        drop(writeln!(io::stderr(), "failed: {name}{why}"));
    }
    say!(
        "{rows} songs in {}; {} failed or lack columns, {} have the audio of another: failures.csv",
        args.out.join("features.csv").display(),
        failures.len(),
        duplicates.len()
    );
    Ok(())
}

/// Rows for paths that come on standard input.
fn stream(settings: &Settings, jobs: usize) -> Result<()> {
    let stop = AtomicBool::new(false);
    let mut lines = io::stdin().lock().lines();
    // Some lines at a time, so that rows are out soon and memory does not depend on how many there are.
    loop {
        let mut batch = Vec::new();
        for line in lines.by_ref().take(16 * jobs) {
            let line = line.map_err(|e| Error::io("standard input", &e))?;
            if !line.trim().is_empty() {
                batch.push(line);
            }
        }
        if batch.is_empty() {
            return Ok(());
        }
        let mut named = Vec::new();
        for line in &batch {
            match numbered(line) {
                Ok(song) => named.push(song),
                Err(error) => drop(writeln!(io::stderr(), "failed: {error}")),
            }
        }
        let paths: Vec<PathBuf> = named.iter().map(|(_, path)| path.clone()).collect();
        each(&paths, settings, jobs, &stop, |at, result| {
            let (id, path) = &named[at];
            let mut out = io::stdout().lock();
            let why = match &result {
                Ok(Extracted { features, .. }) => {
                    let row = features_row(*id, &features.values);
                    let written = out.write_all(row.as_bytes()).and_then(|()| out.flush());
                    written.map_err(|e| Error::io("standard output", &e))?;
                    features.stopped.as_ref().map(|why| format!("{}: {why}", path.display()))
                }
                Err(error) => Some(error.to_string()),
            };
            why.into_iter().for_each(|why| drop(writeln!(io::stderr(), "failed: {why}")));
            Ok(())
        })?;
    }
}

/// The id and the path of a line.
fn numbered(line: &str) -> Result<(u32, PathBuf)> {
    let (id, path) = match line.split_once('\t') {
        Some((id, path)) => (id.trim().to_owned(), PathBuf::from(path)),
        None => {
            let path = PathBuf::from(line.trim_end());
            (path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), path)
        }
    };
    let error = Error::data("standard input").found(format!("{line:?}"));
    let wanted = "a file named by the number of its track, or a number, a tab and a path";
    Ok((id.parse().map_err(|_| error.wanted(wanted))?, path))
}

/// Reads songs, several at a time, and hands over each as soon as it is done.
fn each(
    paths: &[PathBuf],
    settings: &Settings,
    jobs: usize,
    stop: &AtomicBool,
    mut done: impl FnMut(usize, Result<Extracted>) -> Result<()>,
) -> Result<()> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..jobs.min(paths.len()) {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(path) = paths.get(at) else { break };
                    if sender.send((at, extract(path, settings))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        receiver.into_iter().try_for_each(|(at, result)| done(at, result))
    })
}

/// Songs and seconds of audio so far, the rate, and the time left: a line that changes on a terminal, a line every ten
/// seconds elsewhere.
struct Progress {
    began: Instant,
    shown: Instant,
    songs: usize,
    all: usize,
    failed: usize,
    seconds: f64,
    every: Option<Duration>,
    terminal: bool,
}

impl Progress {
    fn new(all: usize, quiet: bool) -> Progress {
        let (now, terminal) = (Instant::now(), io::stderr().is_terminal());
        let every = (!quiet).then(|| if terminal { Duration::from_millis(200) } else { Duration::from_secs(10) });
        Progress { began: now, shown: now, songs: 0, all, failed: 0, seconds: 0.0, every, terminal }
    }

    fn step(&mut self, result: &Result<Extracted>) {
        self.songs += 1;
        match result {
            Ok(song) => self.seconds += song.features.seconds(),
            Err(_) => self.failed += 1,
        }
        if self.every.is_some_and(|every| self.shown.elapsed() >= every) {
            self.shown = Instant::now();
            self.show();
        }
    }

    fn show(&self) {
        let &Progress { songs, all, failed, seconds, terminal, .. } = self;
        let took = self.began.elapsed().as_secs_f64();
        let left = (took / songs.max(1) as f64 * (all - songs) as f64).round() as u64;
        let line = format!(
            "{songs}/{all} songs, {failed} failed, {:.1} songs/s, {:.0} s of audio/s, ETA {}:{:02}:{:02}",
            songs as f64 / took,
            seconds / took,
            left / 3600,
            left / 60 % 60,
            left % 60
        );
        let written = match terminal {
            true => write!(io::stderr(), "\r{line}\x1b[K"),
            false => writeln!(io::stderr(), "{line}"),
        };
        drop(written);
    }

    fn end(&self) {
        if self.every.is_some() && self.all > 0 {
            self.show();
            if self.terminal {
                drop(writeln!(io::stderr()));
            }
        }
    }
}
