//! Trains a network that predicts the genre of a song from FMA's features, and reports its accuracy.
//!
//! ```text
//! cargo run --example fma_cnn                                   # 1,990 real tracks of two genres
//! cargo run --example fma_cnn -- --data echonest                # 9,355 real tracks of twelve genres
//! cargo run --example fma_cnn -- --data synthetic               # made up, in the full shape of FMA's tables
//! cargo run --example fma_cnn -- --data fma_metadata.zip        # FMA's
//! cargo run --example fma_cnn -- --help
//! ```

mod common;

use clap::Parser;
use clap::builder::PossibleValuesParser;
use common::data::{DataArgs, Tables};
use common::manners::{Unwritten, interrupt, program, say, use_threads};
use common::training::Training;
use std::ops::Add;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;
use tonegrad::balance::Leak;
use tonegrad::files::{lock_folder, write_atomically};
use tonegrad::fma::recipes::{self, Recipe, TrainedNetwork};
use tonegrad::fma::report::{self, Choices, Report};
use tonegrad::fma::{Balance, Column, Preparation, Prepared, Protocol, card, pages, synthetic};
use tonegrad::metrics::{self, Assessment, Evaluation, Intervals, Reliability, nll};
use tonegrad::prelude::*;

/// Trains a network that predicts the genre of a song from FMA's features, and reports its accuracy.
#[derive(Parser)]
#[command(version)]
struct Args {
    #[command(flatten)]
    data: DataArgs,
    /// honest: split, then standardise and balance by the training part. paper: the paper's order, balance and
    /// standardise everything, then split, which leaks
    #[arg(long, default_value_t = Protocol::Honest)]
    protocol: Protocol,
    /// What is done about rare genres: none, weights, smote (genres above 6,000 cut to that first), oversample, or prior
    /// (train as they are, then divide each genre's probability by its share); none where not given, smote under the
    /// paper's protocol
    #[arg(long)]
    balance: Option<Balance>,
    /// The network, with all that it takes to train it: the paper's genre-cnn, those before it, those of FMA's
    /// authors, and tonegrad, which we recommend. genre-cnn where not given, or tonegrad where the table is too narrow
    /// for that
    #[arg(long, value_parser = networks(), value_name = "NAME")]
    model: Option<String>,
    #[command(flatten)]
    training: Training,
    /// The figure that decides which epoch's weights are kept: loss, accuracy, val_loss, val_accuracy,
    /// val_balanced_accuracy, val_macro_f1, or last for the last epoch; val_loss where not given, or
    /// val_balanced_accuracy where training tracks are balanced, except where a network's recipe has another one that is
    /// no figure of the training tracks
    #[arg(long)]
    monitor: Option<Monitor>,
    /// Where model.safetensors, history.csv, report.json, report.html and checkpoint.safetensors go
    #[arg(long, default_value = "runs/fma_cnn", value_name = "DIR")]
    out: PathBuf,
}

fn main() -> ExitCode {
    program(|| run(&Args::parse()))
}

fn run(args: &Args) -> Result<()> {
    let began = Instant::now();
    use_threads(args.training.threads)?;
    let seed = Seed(args.training.seed);
    let read = args.data.read(seed, Tables::Mfcc, synthetic::TRACKS)?;
    let fma = &read.fma;
    let balance = args.balance.unwrap_or(args.protocol.usual_balance());
    let (name, recipe) = args.recipe(fma.columns(), fma.dataset().classes().len(), balance)?;
    let preparation = Preparation {
        protocol: args.protocol,
        balance,
        // Synthetic rows, which the paper's protocol splits, have no artist.
        split: args.data.split.unwrap_or(match args.protocol {
            Protocol::Honest => read.usual_split(),
            Protocol::Paper => Split::Random,
        }),
        standardize: recipe.standardized,
        quantile: recipe.quantile,
        ..Preparation::default()
    };
    let note = report::note(fma, args.protocol);
    if let Some(note) = &note {
        say!("{note}");
    }
    let prepared = preparation.prepare(fma, seed)?;
    let parts = &prepared.parts;
    if !args.training.quiet {
        if let Some(about) = read.describe() {
            say!("{about}");
        }
        show_data(fma, &prepared, &preparation);
    }

    if !args.training.quiet {
        say!("{}", recipe.network.build::<f32>(seed)?.summary());
    }

    let _lock = lock_folder(&args.out, &OUTPUTS)?;
    // What no model file could hold is refused now, not after hours of training.
    let standardize = parts.standardize.clone().unwrap_or(Standardize::identity(fma.columns().len()));
    let card = card(fma, name.as_str(), seed, args.protocol.to_string());
    let untrained = recipe.network.build::<f32>(seed)?.with_outputs(fma.dataset().classes().len())?;
    let classifier = |model: Model<f32>, card: Card| {
        let plain = Classifier::new(model, standardize.clone(), card)?;
        parts.quantile.clone().map_or(Ok(plain.clone()), |quantile| plain.with_quantile(quantile))
    };
    classifier(untrained, card.clone())?.savable()?;
    let interrupt = interrupt()?;
    let unwritten = Unwritten::default();
    let tell = unwritten.teller();
    let TrainedNetwork { mut model, history, .. } =
        recipe.train(&parts.train, &parts.valid, seed, |member, trainer| {
            args.training.watch(trainer, (&args.out, member), note.as_deref(), interrupt.clone(), tell.clone())
        })?;

    // As sure of itself as the validation tracks bear out. Only then are genres' shares taken out.
    let raw = model.predict(parts.test.x());
    let temperature = metrics::temperature(model.logits(parts.valid.x()).view(), parts.valid.y())?;
    model.scale_logits(1.0 / temperature)?;
    if balance == Balance::Prior {
        // Of a genre without a training track nothing is known, whatever it is divided by.
        model.shift_logits(&prepared.before.iter().map(|&count| -(count.max(1) as f64).ln()).collect::<Vec<_>>())?;
    }
    let (x, y, artists) = (parts.test.x(), parts.test.y(), parts.test.groups());
    let judged = Assessment::new(model.predict(x).view(), y, artists, seed).and_then(|assessment| {
        // The plain likelihood: penalties are a matter of training.
        let before = (nll(raw.view(), y)?, Reliability::new(raw.view(), y)?.ece);
        Ok((Evaluation { loss: assessment.nll, ..model.evaluate(&parts.test)? }, assessment, before))
    });
    // The model comes first: nothing that fails after it can lose it.
    let card = card.tempered(temperature);
    let card = match &judged {
        Ok((test, ..)) => card.tested(test),
        Err(_) => card,
    };
    classifier(model.clone(), card)?.save(args.out.join("model.safetensors"))?;
    let (test, assessment, (nll, ece)) = judged?;
    say!("\n{}:\n\n{test}\n{}", describe_test(fma, &prepared), describe_sureness(&assessment, artists.is_some()));
    say!(
        "Temperature {temperature:.3}, fitted on the validation part and kept in the model; without it {nll:.3} and {ece:.3}"
    );
    let batch_size = recipe.batch_size.min(parts.train.len());
    let learning_rate = recipe.adam.learning_rate;
    let choices = Choices { model: name, preparation, batch_size, learning_rate, seed, temperature };
    let seconds = began.elapsed().as_secs_f64();
    let report = Report::new(&choices, (fma, &prepared), (&model, &history), (test, assessment), seconds);
    write_atomically(args.out.join("report.json"), report.to_json()?.as_bytes())?;
    pages::run_page(&report, &history).write(args.out.join("report.html"))?;
    if !args.training.quiet {
        say!("\nWrote model.safetensors, history.csv, report.json and report.html into {}", args.out.display());
    }
    unwritten.first()
}

/// What goes into the folder.
const OUTPUTS: [&str; 5] = ["model.safetensors", "history.csv", "report.json", "report.html", "checkpoint.safetensors"];

impl Args {
    /// The network's recipe, and what the command line has it otherwise.
    fn recipe(&self, columns: &[Column], genres: usize, balance: Balance) -> Result<(String, Recipe)> {
        let mut name = self.model.as_deref().unwrap_or("genre-cnn");
        let mut recipe = recipes::named(name, columns, genres)?;
        if self.model.is_none() && recipe.network.check().is_err() {
            if !self.training.quiet {
                say!("{} columns are too few for genre-cnn: this is tonegrad.", columns.len());
            }
            name = "tonegrad";
            recipe = recipes::named(name, columns, genres)?;
        }
        recipe.epochs = self.training.epochs.unwrap_or(recipe.epochs);
        recipe.batch_size = self.training.batch_size.unwrap_or(recipe.batch_size);
        recipe.adam.learning_rate = self.training.learning_rate.unwrap_or(recipe.adam.learning_rate);
        recipe.weighted = balance == Balance::Weights;
        let levelled = self.protocol == Protocol::Honest && balance.levels();
        if levelled {
            recipe = recipe.watched_for_all_classes();
        }
        // Some recipes go by the training figures, as their authors did. Here the validation tracks decide.
        if self.monitor.is_some() || recipe.stopping.monitor.trains() {
            // Where balancing makes the training tracks another mix of genres than the validation tracks, a loss under
            // that mix is least before anything was learned about rare genres.
            let usual = if levelled { Monitor::ValBalancedAccuracy } else { Monitor::ValLoss };
            recipe.stopping = EarlyStopping::on(self.monitor.unwrap_or(usual)).patience(10);
        }
        if let Some(patience) = self.training.patience {
            recipe.stopping.patience = (patience > 0).then_some(patience);
        }
        Ok((name.into(), recipe))
    }
}

/// All recipes' names.
fn networks() -> PossibleValuesParser {
    recipes::ALL.iter().map(|(name, _)| *name).collect::<Vec<_>>().into()
}

fn show_data(fma: &Fma, prepared: &Prepared, how: &Preparation) {
    let (tracks, columns, genres) = (fma.len(), fma.columns().len(), fma.dataset().classes());
    say!("Data: {}", fma.source());
    say!(
        "{tracks:>8} tracks with a genre and {columns} features, in {} genres\nLeft out:\n{}",
        genres.len(),
        fma.dropped()
    );
    let Preparation { protocol, balance, split, .. } = how;
    match protocol {
        Protocol::Honest => {
            say!("\nSplit: {split}; then, on the training part, balance: {balance}, and standardised\n")
        }
        Protocol::Paper => {
            say!("\nBalance: {balance}, over all tracks; standardised over all rows, then split: {split}\n")
        }
    }
    let parts = &prepared.parts;
    let mut columns =
        vec![("train", parts.train.counts()), ("valid", parts.valid.counts()), ("test", parts.test.counts())];
    if prepared.before != prepared.after {
        columns.insert(0, ("before", prepared.before.clone()));
        columns.insert(1, ("balanced", prepared.after.clone()));
    }
    let row = |name: &str, cells: Vec<String>| {
        say!("{name:<24}{}", cells.iter().map(|cell| format!("{cell:>10}")).collect::<String>());
    };
    row("genre", columns.iter().map(|(name, _)| name.to_string()).collect());
    for (i, genre) in genres.iter().enumerate() {
        row(genre, columns.iter().map(|(_, counts)| counts[i].to_string()).collect());
    }
    row("all", columns.iter().map(|(_, counts)| counts.iter().sum::<usize>().to_string()).collect());
    say!("");
}

/// How far the figures reach.
fn describe_sureness(Assessment { nll, intervals, reliability, .. }: &Assessment, artists: bool) -> String {
    let Intervals { clusters, accuracy, balanced_accuracy, macro_f1, nll: between } = intervals;
    format!(
        "95 % intervals, by a bootstrap over {clusters} {}: accuracy {accuracy:.2}, balanced accuracy \
         {balanced_accuracy:.2}, macro F1 {macro_f1:.2}\nNegative log-likelihood {nll:.3}, {between:.3}; expected \
         calibration error {:.3}",
        if artists { "artists" } else { "rows" },
        reliability.ece
    )
}

/// What the test part is, in words that promise no more than it holds.
fn describe_test(fma: &Fma, prepared: &Prepared) -> String {
    let (parts, rows) = (&prepared.parts, prepared.parts.test.len());
    match &prepared.lineage {
        None => match fma.trained_artists(&parts.rows) {
            None => format!("Test part, {rows} tracks that the model has never seen, nothing known of their artists"),
            Some(0.0) => format!("Test part, {rows} tracks that the model has never seen, nor any artist of theirs"),
            Some(share) => format!(
                "Test part, {rows} tracks that the model has never seen, but {:.1} % of them by artists that it has",
                100.0 * share
            ),
        },
        Some(lineage) => {
            let leak = lineage.leak(parts).into_iter().fold(Leak::default(), Leak::add);
            let Leak { synthetic, one_parent_trained: children, .. } = leak;
            format!(
                "Test part, {rows} rows, {synthetic} of them synthetic, {children} of these children of training rows"
            )
        }
    }
}
