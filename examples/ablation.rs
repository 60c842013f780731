//! An ablation study of the recommended recipe: the recipe, the recipe without each of its ideas, and with ideas that
//! it leaves out, under the honest protocol.
//!
//! ```text
//! cargo run --example ablation                                  # on 1,990 real tracks of two genres
//! cargo run --example ablation -- --data synthetic              # on synthetic tables in the full shape of FMA's
//! cargo run --example ablation -- --data fma_metadata.zip       # on FMA's
//! ```
//!
//! Ctrl-C ends it; the same command goes on where it ended.

mod common;

use clap::Parser;
use common::data::{DataArgs, Tables};
use common::manners::{interrupt, program, say, use_threads};
use rand::seq::SliceRandom;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use tonegrad::files::lock_folder;
use tonegrad::fma::recipes::{self, Recipe};
use tonegrad::fma::report;
use tonegrad::fma::study::{Changes, Entrant, Results, Study, Treatment, aggregate};
use tonegrad::fma::{Protocol, Series, synthetic};
use tonegrad::metrics::Spread;
use tonegrad::nn::AnyLayer;
use tonegrad::prelude::*;

/// What each idea of the recommended recipe is worth, as a table in Markdown.
#[derive(Parser)]
#[command(version)]
struct Args {
    #[command(flatten)]
    data: DataArgs,
    /// Seeds of split and training. Synthetic tables are always those of seed 0
    #[arg(long, value_delimiter = ',', default_value = "0,1,2,3,4")]
    seeds: Vec<u64>,
    /// The rows of the table, by number from 0; all where not given. The last two are the paper's network, the slowest
    #[arg(long, value_delimiter = ',')]
    rows: Option<Vec<usize>>,
    /// Threads; all cores where not given. No figure depends on it
    #[arg(long)]
    threads: Option<usize>,
    /// Where results.json goes. Finished results that are there are not done again
    #[arg(long, default_value = "runs/ablation", value_name = "DIR")]
    out: PathBuf,
}

fn main() -> ExitCode {
    program(|| run(&Args::parse()))
}

fn run(args: &Args) -> Result<()> {
    use_threads(args.threads)?;
    let read = args.data.read(Seed(0), Tables::Mfcc, synthetic::TRACKS)?;
    let fma = read.fma;
    if let Some(note) = report::note(&fma, Protocol::Honest) {
        say!("{note}");
    }
    let mut entrants = entrants(&fma)?;
    if let Some(rows) = &args.rows {
        let mut number = 0..;
        entrants.retain(|_| number.next().is_some_and(|number| rows.contains(&number)));
    }
    let mut study = Study::new(&fma, entrants);
    (study.treatments, study.seeds, study.split) =
        (vec![Treatment::PLAIN], args.seeds.clone(), args.data.split.unwrap_or(fma.usual_split()));
    study.interrupt = interrupt()?;
    let _lock = lock_folder(&args.out, &["results.json"])?;
    let mut results = Results::open(args.out.join("results.json"))?;
    study.run(&mut results, |_, outcome| {
        if let Some(o) = outcome {
            let line =
                format!("seed {}, {}: test accuracy {:.4}, {:.1} s", o.seed, o.model, o.test.accuracy, o.seconds);
            // A user who closed standard error does not want to know.
            drop(writeln!(std::io::stderr(), "{line}"));
        }
    })?;

    say!("| | accuracy | balanced | macro F1 | fits |\n|---|---|---|---|---|");
    for row in aggregate::rows(&study.done(&results), &fma) {
        let [accuracy, balanced, f1] = [row.test, row.balanced_accuracy, row.macro_f1].map(percent);
        say!("| {} | {accuracy} | {balanced} | {f1} | {} |", row.model, row.fits);
    }
    Ok(())
}

fn percent(Spread { mean, deviation }: Spread) -> String {
    format!("{:.1} ± {:.1}", 100.0 * mean, 100.0 * deviation.unwrap_or(0.0))
}

/// The recipe, its rivals, and its variants.
fn entrants(fma: &Fma) -> Result<Vec<Entrant>> {
    let (columns, genres) = (fma.columns(), fma.dataset().classes().len());
    let series = Series::of(columns)?;
    let ours = recipes::tonegrad(&series, genres);
    let table = Series { index: (0..columns.len()).collect(), ..series };
    let mut shuffled: Vec<_> = series.index.chunks(series.moments).collect();
    shuffled.shuffle(&mut Seed(0).stream("series"));
    let shuffled = Series { index: shuffled.concat(), ..series };
    let other = |network: Sequential| Recipe { network, ..ours.clone() };
    let without = |leave: fn(&AnyLayer) -> bool| {
        let kept = ours.network.layers().iter().filter(|layer| !leave(layer)).cloned();
        other(kept.fold(Sequential::new(ours.network.input()), Sequential::then))
    };
    let variants = [
        ("**tonegrad**", ours.clone()),
        ("- columns in the table's order", other(networks::tonegrad(&table, genres))),
        ("- series in random order", other(networks::tonegrad(&shuffled, genres))),
        ("- convolutions", without(|layer| layer.is::<Gather>() || layer.is::<Conv1d>() || layer.is::<Flatten>())),
        ("- dropout", without(|layer| layer.is::<Dropout>())),
        ("- schedule", Recipe { schedule: Schedule::Constant, ..ours.clone() }),
        (
            "- last weights: least validation loss",
            Recipe { stopping: EarlyStopping::on(Monitor::ValLoss), ..ours.clone() },
        ),
        ("+ label smoothing 0.1", Recipe { smoothing: 0.1, ..ours.clone() }),
        ("+ class weights", Recipe { weighted: true, ..ours.clone() }),
    ];
    let mut all: Vec<_> = variants.into_iter().map(|(name, recipe)| Entrant::network(name, recipe)).collect();
    for rival in ["fma-svc", "genre-cnn"] {
        all.push(Entrant::named(rival, columns, genres, Changes::default())?);
    }
    let patient = EarlyStopping::on(Monitor::ValLoss).patience(10);
    let paper = Recipe { stopping: patient, ..recipes::genre_cnn(columns.len(), genres) };
    all.push(Entrant::network("genre-cnn, least validation loss", paper));
    Ok(all)
}
