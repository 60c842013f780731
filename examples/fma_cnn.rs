//! Learns to tell the genre of a song from FMA's features, and reports how well it does.
//!
//! ```text
//! cargo run --example fma_cnn                                   # on synthetic tables, if there are no others
//! cargo run --example fma_cnn -- --data fma_metadata.zip        # on FMA's
//! cargo run --example fma_cnn -- --help
//! ```

use clap::{Parser, ValueEnum};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use tonegrad::data::synthetic;
use tonegrad::files::{writable_folder, write_atomically};
use tonegrad::prelude::*;
use tonegrad::report::{Choices, Report, SYNTHETIC};
use tonegrad::{ErrorKind, nn::Sequential};

/// Learns to tell the genre of a song from FMA's features, and reports how well it does.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// FMA's tables: fma_metadata.zip, or a folder with features.csv and tracks.csv. Otherwise data/fma_metadata.zip or
    /// data/fma_metadata/ where there is one, otherwise synthetic tables
    #[arg(long, env = "FMA_METADATA", value_name = "PATH")]
    data: Option<PathBuf>,
    /// FMA's subset: small, medium, large or full
    #[arg(long, default_value_t = Subset::Full)]
    subset: Subset,
    /// Families of features, such as mfcc,spectral_contrast; all where not given
    #[arg(long, value_delimiter = ',', value_name = "FAMILIES")]
    features: Option<Vec<String>>,
    /// How tracks are dealt to the parts: random, stratified, artist or official
    #[arg(long, default_value_t = Split::Random)]
    split: Split,
    /// What is done about rare genres in training
    #[arg(long, value_enum, default_value_t = Balance::None)]
    balance: Balance,
    /// The network
    #[arg(long, value_enum, default_value_t = Network::GenreCnn)]
    model: Network,
    /// Passes over the training tracks, at most
    #[arg(long, default_value_t = 30)]
    epochs: usize,
    /// Tracks in a step
    #[arg(long, default_value_t = 400)]
    batch_size: usize,
    /// Adam's learning rate; each network has its own where not given
    #[arg(long)]
    learning_rate: Option<f64>,
    /// Stop after so many epochs without an improvement; 0 never stops
    #[arg(long, default_value_t = 10)]
    patience: usize,
    /// The figure that decides which epoch's weights are kept: loss, accuracy, val_loss, val_accuracy,
    /// val_balanced_accuracy or val_macro_f1
    #[arg(long, default_value_t = Monitor::ValLoss)]
    monitor: Monitor,
    /// Decides everything random
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Threads; all cores where not given. No figure depends on it
    #[arg(long)]
    threads: Option<usize>,
    /// Where history.csv and report.json go
    #[arg(long, default_value = "runs/fma_cnn", value_name = "DIR")]
    out: PathBuf,
    /// Print nothing but the test report
    #[arg(long)]
    quiet: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Balance {
    /// Nothing
    None,
    /// Each genre's loss counts in inverse proportion to its tracks
    Weights,
}

#[derive(Clone, Copy, ValueEnum)]
enum Network {
    /// The report's network: 3 convolutions, 4 dense layers
    GenreCnn,
    /// Its predecessor with poolings of 3
    CnnA,
    /// Its predecessor with five hidden layers
    CnnB,
    /// Softmax regression
    Softmax,
    /// Three hidden layers of 129
    Mlp3,
    /// Hidden layers of 259, 129, 64 and 32
    Mlp4,
}

impl Network {
    /// The network and a learning rate that suits it.
    fn describe(self, features: usize, genres: usize) -> (Sequential, f64) {
        match self {
            Network::GenreCnn => (models::genre_cnn(features, genres), 1e-3),
            Network::CnnA => (models::cnn_a(features, genres), 1e-3),
            Network::CnnB => (models::cnn_b(features, genres), 1e-3),
            Network::Softmax => (models::softmax_regression(features, genres), 5e-3),
            Network::Mlp3 => (models::mlp3(features, genres), 1e-2),
            Network::Mlp4 => (models::mlp4(features, genres), 1e-2),
        }
    }
}

/// Prints a line. Whoever closed standard output does not want to know; the files are written all the same.
macro_rules! say {
    ($($arg:tt)*) => { drop(writeln!(std::io::stdout(), $($arg)*)) };
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(std::io::stderr(), "error: {error}"));
            // 2 where the input or the command line is to blame, 1 where training went wrong.
            ExitCode::from(if error.kind() == ErrorKind::NonFinite { 1 } else { 2 })
        }
    }
}

fn run(args: &Args) -> Result<()> {
    let began = Instant::now();
    use_threads(args.threads)?;
    let seed = Seed(args.seed);
    let fma = read(args, seed)?;
    if fma.is_synthetic() {
        say!("{SYNTHETIC}");
    }
    let parts = fma.split(args.split, seed)?.standardized()?;
    if !args.quiet {
        show_data(&fma, &parts, args.split);
    }

    let (features, genres) = (fma.columns().len(), fma.dataset().classes().len());
    let (network, usual_rate) = args.model.describe(features, genres);
    let learning_rate = args.learning_rate.unwrap_or(usual_rate);
    let mut model = network.build::<f32>(seed)?;
    if !args.quiet {
        say!("{}", model.summary());
    }

    writable_folder(&args.out)?;
    let mut log = CsvLog::new(args.out.join("history.csv"));
    if fma.is_synthetic() {
        log = log.comment(SYNTHETIC);
    }
    let mut stopping = EarlyStopping::on(args.monitor);
    if args.patience > 0 {
        stopping = stopping.patience(args.patience);
    }
    let mut trainer = Trainer::new(Adam::new(learning_rate))
        .epochs(args.epochs)
        .batch_size(args.batch_size)
        .early_stopping(stopping)
        .interrupt(interrupt()?)
        .with(log);
    if let Balance::Weights = args.balance {
        trainer = trainer.class_weights(parts.train.balanced_weights());
    }
    if !args.quiet {
        trainer = trainer.with(Progress::new());
    }
    let history = trainer.fit(&mut model, &parts.train, &parts.valid, seed)?;

    let test = model.evaluate(&parts.test)?;
    say!("\nTest part, {} tracks that the model has never seen:\n\n{test}", parts.test.len());
    let name = |value: &dyn Fn() -> Option<clap::builder::PossibleValue>| {
        value().map_or(String::new(), |v| v.get_name().into())
    };
    let choices = Choices {
        model: name(&|| args.model.to_possible_value()),
        split: args.split,
        balance: name(&|| args.balance.to_possible_value()),
        batch_size: args.batch_size,
        learning_rate,
        seed,
    };
    let seconds = began.elapsed().as_secs_f64();
    let report = Report::new(&choices, (&fma, &parts), (&model, &history), test, seconds);
    write_atomically(args.out.join("report.json"), report.to_json()?.as_bytes())?;
    if !args.quiet {
        say!("\nWrote {0}/history.csv and {0}/report.json", args.out.display());
    }
    Ok(())
}

fn use_threads(threads: Option<usize>) -> Result<()> {
    let wanted = "at least 1, or no --threads for all cores";
    match threads {
        Some(0) => Err(Error::config("--threads").found("0").wanted(wanted)),
        threads => rayon::ThreadPoolBuilder::new()
            .num_threads(threads.unwrap_or(0))
            .build_global()
            .map_err(|e| Error::config("--threads").found(e.to_string()).wanted(wanted)),
    }
}

/// The tables asked for, or those found in the usual places, or synthetic ones.
fn read(args: &Args, seed: Seed) -> Result<Fma> {
    let mut reader = FmaReader::new().subset(args.subset);
    if let Some(families) = &args.features {
        reader = reader.families(families);
    }
    let usual = ["data/fma_metadata.zip", "data/fma_metadata"].map(Path::new);
    match args.data.as_deref().or(usual.into_iter().find(|path| path.exists())) {
        Some(path) => reader.read(path),
        None => reader.synthetic(seed, synthetic::TRACKS),
    }
}

fn show_data(fma: &Fma, parts: &Parts, split: Split) {
    let (tracks, columns, genres) = (fma.len(), fma.columns().len(), fma.dataset().classes());
    say!("Data: {}", fma.source());
    say!(
        "{tracks:>8} tracks with a genre and {columns} features, in {} genres\nLeft out:\n{}",
        genres.len(),
        fma.dropped()
    );
    say!("\nSplit: {split}, standardised on the training part\n");
    say!("{:<24}{:>8}{:>8}{:>8}", "genre", "train", "valid", "test");
    let counts = [parts.train.counts(), parts.valid.counts(), parts.test.counts()];
    for (i, genre) in genres.iter().enumerate() {
        say!("{genre:<24}{:>8}{:>8}{:>8}", counts[0][i], counts[1][i], counts[2][i]);
    }
    let sums = counts.map(|c| c.iter().sum::<usize>());
    say!("{:<24}{:>8}{:>8}{:>8}\n", "all", sums[0], sums[1], sums[2]);
}

/// Turns true at the first Ctrl-C (or SIGTERM): training ends after the current batch, and the results are written.
/// A second one ends the program at once.
fn interrupt() -> Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    let seen = flag.clone();
    let handler = move || {
        if seen.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    };
    ctrlc::set_handler(handler).map_err(|e| Error::config("Ctrl-C").found(e.to_string()))?;
    Ok(flag)
}
