//! Trains every model on the same tables, prepared honestly and as in the paper, and explains the difference.
//!
//! ```text
//! cargo run --example fma_study                                        # on 9,355 real tracks of twelve genres
//! cargo run --example fma_study -- --data mfcc                         # on 1,990 real tracks of two genres
//! cargo run --example fma_study -- --data synthetic                    # on synthetic tables: minutes
//! cargo run --example fma_study -- --data fma_metadata.zip             # on FMA's: hours
//! cargo run --example fma_study -- --models fma-lr,fma-svc --subset medium --split official --data fma_metadata.zip
//! ```
//!
//! Ctrl-C ends it; the same command goes on where it ended.

mod common;

use clap::Parser;
use clap::builder::PossibleValuesParser;
use common::data::{DataArgs, Tables};
use common::manners::{interrupt, program, say, use_threads};
use indicatif::{ProgressBar, ProgressStyle};
use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use tonegrad::files::{lock_folder, write_atomically};
use tonegrad::fma::study::causes::Causes;
use tonegrad::fma::study::sureness;
use tonegrad::fma::study::{Changes, Entrant, Lesson, Outcome, Results, Study, StudyRow, Task, Treatment, aggregate};
use tonegrad::fma::{Protocol, pages, report};
use tonegrad::prelude::*;

/// Synthetic tracks where --tracks is not given: few enough for a study of minutes.
const TRACKS: usize = 2_000;

/// Trains every model on the same tables, prepared honestly and as in the paper, and explains the difference.
#[derive(Parser)]
#[command(version)]
struct Args {
    #[command(flatten)]
    data: DataArgs,
    /// The models; all where not given
    #[arg(long, value_delimiter = ',', value_name = "NAMES", value_parser = models())]
    models: Option<Vec<String>>,
    /// How the tables are prepared: a protocol, honest or paper, and a balance, none, weights (not for fma-svc and
    /// fma-knn), smote or oversample. The paper's protocol leaks; the honest test part is held out of it, to judge its
    /// models by
    #[arg(long, value_delimiter = ',', default_values_t = Treatment::USUAL, value_name = "PROTOCOL/BALANCE")]
    protocols: Vec<Treatment>,
    /// Seeds of split, balancing and training. Synthetic tables are always those of seed 0
    #[arg(long, value_delimiter = ',', default_value = "0,1,2")]
    seeds: Vec<u64>,
    /// Cross-validate: each of so many folds is once the test part, stratified, and by artist with --split artist
    #[arg(long, value_name = "K")]
    folds: Option<usize>,
    /// Train networks by their whole recipes (30 epochs; 20,001 steps for softmax-raw). Always so on real tables; on
    /// synthetic ones they are cut short otherwise
    #[arg(long)]
    full: bool,
    /// Epochs of all networks, passes over the training tracks, at most; each has its own where not given
    #[arg(long)]
    epochs: Option<usize>,
    /// Mini-batch size of all networks, the tracks in a step; each has its own where not given
    #[arg(long)]
    batch_size: Option<usize>,
    /// Adam's learning rate for all networks; each has its own where not given
    #[arg(long)]
    learning_rate: Option<f64>,
    /// Threads; all cores where not given. No figure depends on it
    #[arg(long)]
    threads: Option<usize>,
    /// Where results.csv, results.json and report.html go. Finished results that are there are not done again
    #[arg(long, default_value = "runs/fma_study", value_name = "DIR")]
    out: PathBuf,
    /// Print nothing but the table and the lesson
    #[arg(long)]
    quiet: bool,
}

fn main() -> ExitCode {
    program(|| run(&Args::parse()))
}

fn run(args: &Args) -> Result<()> {
    use_threads(args.threads)?;
    let read = args.data.read(Seed(0), Tables::Echonest, TRACKS)?;
    let about = read.describe();
    let fma = read.fma;
    let split = args.data.split.unwrap_or(fma.usual_split());
    let leaks = args.protocols.iter().map(|t| t.protocol).find(|p| p.warning().is_some());
    let note = report::note(&fma, leaks.unwrap_or(Protocol::Honest));
    if let Some(note) = &note {
        say!("{note}");
    }
    if let Some(about) = about.filter(|_| !args.quiet) {
        say!("{about}");
    }
    let mut study = set_up(args, &fma, split)?;
    let _lock = lock_folder(&args.out, &["results.csv", "results.json", "report.html"])?;
    let mut results = Results::open(args.out.join("results.json"))?;
    if let Some(note) = &note {
        results.head("note", note)?;
    }
    study.interrupt = interrupt()?;
    if !args.quiet {
        let tasks = study.tasks().len();
        let done = study.done(&results).len();
        say!(
            "Data: {}: {} tracks, {} features, {} genres",
            fma.source(),
            fma.len(),
            fma.columns().len(),
            fma.dataset().classes().len()
        );
        say!("Split: {split}; {tasks} fits, {done} of them done before\n");
    }
    let mut pace = Pace::new(&study, &results);
    let complete = study.run(&mut results, |task, outcome| match outcome {
        _ if args.quiet => (),
        None => pace.begin(task),
        Some(outcome) => pace.end(task, outcome),
    })?;
    pace.bar.finish_and_clear();

    let outcomes = study.done(&results);
    let rows = aggregate::rows(&outcomes, &fma);
    let lessons: Vec<_> = study.entrants.iter().filter_map(|e| Lesson::of(e.name, &outcomes, &fma)).collect();
    let csv = csv(&outcomes, &rows, note.as_deref());
    let sure = sureness::intervals(&outcomes, &fma)?;
    say!("\n{}", aggregate::text(&rows, &sure));
    let classes = fma.dataset().classes();
    let fixed = aggregate::genres_of_all(&outcomes);
    if fixed.len() < classes.len() {
        let left_out: Vec<_> =
            (0..classes.len()).filter(|genre| !fixed.contains(genre)).map(|g| classes[g].as_str()).collect();
        say!("Macro F1 is of the {} genres that every test part has, without {}.\n", fixed.len(), left_out.join(", "));
    }
    let chosen = aggregate::settings(&outcomes);
    if !chosen.is_empty() {
        say!("Chosen by cross-validation inside the training parts (and how often):\n{}\n", chosen.join("\n"));
    }
    if let Some(artists) = aggregate::artists(&outcomes) {
        say!("{artists}\n");
    }
    if !fma.is_synthetic() && rows.iter().all(|row| row.published.is_none()) {
        say!(
            "Published figures are of all 16 genres and 518 features (or the 140 of MFCC): none of them compares with these tables.\n"
        );
    }
    let pairs = sureness::pairs(&outcomes, &fma, split)?;
    if !pairs.is_empty() {
        say!(
            "The most accurate model against the others; a difference is sure where no interval holds 0:\n\n{}",
            sureness::text(&pairs)
        );
    }
    if let Some(lesson) = main_lesson(&lessons) {
        say!("The lesson, in per cent:\n\n{lesson}\n{}\n", lesson.paragraph());
    }
    let causes: Vec<_> = study.entrants.iter().filter_map(|e| Causes::of(e.name, &outcomes)).collect();
    if !causes.is_empty() {
        say!("Where the gain comes from, in per cent:\n");
        causes.iter().for_each(|causes| say!("{causes}"));
    }
    pages::study_page(&rows, main_lesson(&lessons), &outcomes, (&fma, split))?.write(args.out.join("report.html"))?;
    results.head("table", &rows)?;
    results.head("lessons", &lessons)?;
    results.head("intervals", &sure)?;
    results.head("differences", &pairs)?;
    results.head("causes", &causes)?;
    results.write()?;
    write_atomically(args.out.join("results.csv"), csv.as_bytes())?;
    if !complete {
        say!("Interrupted: the same command goes on from here.");
    }
    if !args.quiet {
        say!("Wrote {0}/results.csv, {0}/results.json and {0}/report.html", args.out.display());
    }
    Ok(())
}

/// All models' names.
fn models() -> PossibleValuesParser {
    Entrant::names().collect::<Vec<_>>().into()
}

fn set_up<'a>(args: &Args, fma: &'a Fma, split: Split) -> Result<Study<'a>> {
    if let (Some(k), Split::Official) = (args.folds, split) {
        return Err(Error::config("--folds, --split")
            .found(format!("{k} folds of the official split"))
            .wanted("folds by artist, random or stratified: the official split is a single one")
            .fix("leave one of both out"));
    }
    if let Some(folds) = args.folds.filter(|folds| !(2..=fma.len()).contains(folds)) {
        let wanted = format!("2 to {}, a track in each", fma.len());
        return Err(Error::config("--folds").found(folds.to_string()).wanted(wanted));
    }
    let changes = Changes {
        epochs: args.epochs,
        batch_size: args.batch_size,
        learning_rate: args.learning_rate,
        quick: fma.is_synthetic() && !args.full && args.epochs.is_none(),
    };
    let genres = fma.dataset().classes().len();
    let entrant = |name: &str| Entrant::named(name, fma.columns(), genres, changes);
    let names = match &args.models {
        Some(names) => unique(names),
        // Of all models, those that can take these columns.
        None => {
            let (able, unable): (Vec<_>, Vec<_>) = Entrant::names().partition(|name| entrant(name).is_ok());
            if !unable.is_empty() && !args.quiet {
                say!("Left out, as they need more than {} columns: {}.", fma.columns().len(), unable.join(", "));
            }
            able.into_iter().map(String::from).collect()
        }
    };
    let entrants = names.iter().map(|name| entrant(name)).collect::<Result<_>>()?;
    let mut study = Study::new(fma, entrants);
    (study.treatments, study.seeds) = (unique(&args.protocols), unique(&args.seeds));
    (study.split, study.folds) = (split, args.folds);
    let idle = |treatment: &&Treatment| !study.entrants.iter().any(|entrant| entrant.can(**treatment));
    match study.treatments.iter().find(idle) {
        Some(treatment) => Err(Error::config("--protocols")
            .found(format!("{treatment}, and --models {}", names.join(",")))
            .wanted("a model that learns by a loss, which weights could weigh")),
        None => Ok(study),
    }
}

/// Each once, in order.
fn unique<T: Clone + PartialEq>(all: &[T]) -> Vec<T> {
    all.iter().enumerate().filter(|(i, one)| !all[..*i].contains(one)).map(|(_, one)| one.clone()).collect()
}

/// The genre CNN's, as it was the paper's claim; otherwise the first.
fn main_lesson(lessons: &[Lesson]) -> Option<&Lesson> {
    lessons.iter().find(|lesson| lesson.model == "genre-cnn").or(lessons.first())
}

/// A line for each fit.
fn csv(outcomes: &[&Outcome], rows: &[StudyRow], note: Option<&str>) -> String {
    let mut csv = note.map_or(String::new(), |note| format!("# {note}\n"));
    csv += "model,protocol,balance,seed,fold,parameters,epochs,train_accuracy,valid_accuracy,test_accuracy,\
            test_balanced_accuracy,test_macro_f1,real_tracks_accuracy,seconds,published\n";
    let text = |value: Option<String>| value.unwrap_or_default();
    for o in outcomes {
        let published =
            rows.iter().find(|r| r.model == o.model && r.treatment == o.treatment).and_then(|r| r.published);
        // Writing into a string does not fail.
        let _ = writeln!(
            csv,
            "{},{},{},{},{},{},{},{},{},{},{},{},{},{:.3},{}",
            o.model,
            o.treatment.protocol,
            o.treatment.balance,
            o.seed,
            text(o.fold.map(|f| f.to_string())),
            o.parameters,
            text(o.epochs.map(|e| e.to_string())),
            o.train_accuracy,
            o.valid_accuracy,
            o.test.accuracy,
            o.test.balanced_accuracy,
            o.test.macro_f1,
            text(o.real.as_ref().map(|real| real.accuracy.to_string())),
            o.seconds,
            text(published.map(|p| p.to_string())),
        );
    }
    csv
}

/// How far the study is, and how long the rest will take: what the same fit took with another seed, or else the mean.
struct Pace {
    names: Vec<&'static str>,
    pending: Vec<Task>,
    took: Vec<(usize, Treatment, f64)>,
    bar: ProgressBar,
}

impl Pace {
    fn new(study: &Study, results: &Results) -> Self {
        let tasks = study.tasks();
        let seconds = |task: &Task| study.find(task, results).map(|outcome| outcome.seconds);
        let took = tasks.iter().filter_map(|task| Some((task.entrant, task.treatment, seconds(task)?))).collect();
        let pending: Vec<_> = tasks.iter().filter(|task| seconds(task).is_none()).copied().collect();
        let names = study.entrants.iter().map(|entrant| entrant.name).collect();
        let bar =
            if std::io::stderr().is_terminal() { ProgressBar::new(tasks.len() as u64) } else { ProgressBar::hidden() };
        bar.set_style(
            ProgressStyle::with_template("{bar:24} {pos}/{len}  {msg}").unwrap_or(ProgressStyle::default_bar()),
        );
        bar.set_position((tasks.len() - pending.len()) as u64);
        Pace { names, took, pending, bar }
    }

    fn describe(&self, task: &Task) -> String {
        let fold = task.fold.map_or(String::new(), |fold| format!(", fold {}", fold + 1));
        format!("{}, {}, seed {}{fold}", self.names[task.entrant], task.treatment, task.seed)
    }

    fn begin(&self, task: &Task) {
        self.bar.set_message(self.describe(task));
    }

    fn end(&mut self, task: &Task, outcome: &Outcome) {
        self.took.push((task.entrant, task.treatment, outcome.seconds));
        self.pending.retain(|other| other != task);
        self.bar.inc(1);
        let mean = |chosen: &dyn Fn(&(usize, Treatment, f64)) -> bool| {
            let seconds: Vec<f64> = self.took.iter().filter(|t| chosen(t)).map(|t| t.2).collect();
            (!seconds.is_empty()).then(|| seconds.iter().sum::<f64>() / seconds.len() as f64)
        };
        let expect = |task: &Task| mean(&|t| (t.0, t.1) == (task.entrant, task.treatment)).or(mean(&|_| true));
        let left = self.pending.iter().filter_map(expect).fold(0.0, |sum, seconds| sum + seconds);
        let line = format!(
            "[{:>3}/{}] {}: test accuracy {:.4}, {:.1} s; about {left:.0} s left",
            self.took.len(),
            self.took.len() + self.pending.len(),
            self.describe(task),
            outcome.test.accuracy,
            outcome.seconds,
        );
        if self.bar.is_hidden() {
            // A user who closed standard error does not want to know.
            drop(writeln!(std::io::stderr(), "{line}"));
        } else {
            self.bar.println(line);
        }
    }
}
