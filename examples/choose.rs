//! How the recommended recipe was chosen: every candidate by cross-validation inside the training part of FMA's own split,
//! grouped by artist. Validation and test tracks are never looked at.
//!
//! ```text
//! cargo run --release --example choose                     # on the MFCC table
//! cargo run --release --example choose -- --data echonest  # on the twelve genres
//! ```

mod common;

use clap::Parser;
use common::data::{DataArgs, Tables};
use common::manners::{program, say, use_threads};
use std::process::ExitCode;
use tonegrad::classical::{Estimator, Tuned};
use tonegrad::data::{Folds, Partition, Parts};
use tonegrad::fma::recipes::{self, Recipe};
use tonegrad::fma::{Preparation, Series, synthetic};
use tonegrad::metrics::{Spread, nll};
use tonegrad::prelude::*;

/// Scores candidates for the recommended recipe by the training part alone, and prints a table in Markdown.
#[derive(Parser)]
#[command(version)]
struct Args {
    #[command(flatten)]
    data: DataArgs,
    /// Seeds of folds and training
    #[arg(long, value_delimiter = ',', default_value = "0,1")]
    seeds: Vec<u64>,
    /// Folds of the training part, by artist
    #[arg(long, default_value_t = 3)]
    folds: usize,
    /// Only candidates whose name contains this
    #[arg(long, default_value = "")]
    only: String,
    /// Threads; all cores where not given. No figure depends on it
    #[arg(long)]
    threads: Option<usize>,
}

fn main() -> ExitCode {
    program(|| run(&Args::parse()))
}

fn run(args: &Args) -> Result<()> {
    use_threads(args.threads)?;
    let read = args.data.read(Seed(0), Tables::Mfcc, synthetic::TRACKS)?;
    let split = args.data.split.unwrap_or(read.usual_split());
    let parts = read.fma.split(split, Seed(0))?;
    let (columns, genres) = (read.fma.columns(), parts.train.classes().len());
    say!("Training part of {} tracks, {} folds by artist, seeds {:?}\n", parts.train.len(), args.folds, args.seeds);
    say!("| candidate | negative log-likelihood | accuracy |\n|---|---|---|");
    for (name, candidate, quantile) in candidates(columns, genres)? {
        if !name.contains(&args.only) {
            continue;
        }
        let (mut losses, mut accuracies) = (Vec::new(), Vec::new());
        for &seed in &args.seeds {
            let seed = Seed(seed);
            let folds = Folds::suiting(&parts.train, args.folds, seed)?;
            for fold in 0..folds.k() {
                // Nothing is chosen by these validation rows: candidates that would are given their training rows again.
                let rows = Partition { train: folds.train(fold), valid: folds.train(fold), test: folds.test(fold) };
                let own = Parts::ignoring_groups(&parts.train, rows)?;
                let how =
                    Preparation { quantile, standardize: candidate.wants_standardized(), ..Preparation::default() };
                let own = how.honest(own, seed)?.parts;
                let fitted = candidate.fit(&own.train, &own.valid, seed)?;
                accuracies.push(fitted.evaluate(&own.test)?.accuracy());
                if fitted.gives_probabilities() {
                    losses.push(nll(fitted.scores(own.test.x())?.view(), own.test.y())?);
                }
            }
        }
        let loss = if losses.is_empty() { "votes".into() } else { format!("{:.3}", Spread::of(&losses)) };
        say!("| {name} | {loss} | {} |", Spread::of(&accuracies).percent());
    }
    Ok(())
}

/// A name, a method, and whether features pass through the quantile transform first.
type Candidate = (String, Box<dyn Estimator>, bool);

fn candidates(columns: &[tonegrad::fma::Column], genres: usize) -> Result<Vec<Candidate>> {
    let (features, mut all) = (columns.len(), Vec::<Candidate>::new());
    for quantile in [false, true] {
        let by = if quantile { "quantiles, " } else { "" };
        all.push((format!("{by}tuned LR"), Box::new(Tuned::logistic_regression()), quantile));
        all.push((format!("{by}tuned SVC"), Box::new(Tuned::svc(features)), quantile));
        if let Ok(series) = Series::of(columns) {
            for members in [1, 5] {
                let recipe = Recipe { members, ..recipes::tonegrad(&series, genres) };
                all.push((format!("{by}{members} x convolutions along the series"), Box::new(recipe), quantile));
            }
        }
        for (hidden, epochs, dropout) in [(128, 10, 0.3), (128, 20, 0.5), (128, 40, 0.5), (512, 20, 0.5)] {
            for input in [0.0, 0.2] {
                for members in [1, 5] {
                    let recipe = recipes::perceptron(features, (input, hidden, dropout), genres);
                    let what = if members > 1 { format!("{members} x MLP") } else { "MLP".into() };
                    let name = format!("{by}{what} {hidden}, dropout {input} and {dropout}, {epochs} epochs");
                    all.push((name, Box::new(Recipe { epochs, members, ..recipe }), quantile));
                }
            }
        }
    }
    Ok(all)
}
