//! Trains a network that tells classes of music by pictures of short pieces, and reports its accuracy.
//!
//! ```text
//! cargo run --example spectrogram_cnn                                        # sounds that it makes itself
//! cargo run --example spectrogram_cnn -- --data pictures                     # PNG files, a sub-folder a class
//! cargo run --example spectrogram_cnn -- --data music --model nahue          # songs, a sub-folder a class
//! cargo run --example spectrogram_cnn -- --data pictures --protocol paper    # as the similar projects measure
//! cargo run --example spectrogram_cnn -- --help
//! ```

mod common;

use clap::Parser;
use clap::builder::PossibleValuesParser;
use common::manners::{Unwritten, interrupt, program, say, use_threads};
use common::training::Training;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;
use tonegrad::data::Images;
use tonegrad::files::{lock_folder, write_atomically};
use tonegrad::fma::pages::pieces_page;
use tonegrad::fma::pieces::recipes;
use tonegrad::fma::pieces::{FrontEnd, Looks, PieceProtocol, PieceRecipe, PieceReport, sounds, synthesised, votes};
use tonegrad::fma::report::PartSizes;
use tonegrad::metrics::Assessment;
use tonegrad::prelude::*;

/// Trains a network that tells classes of music by pictures of short pieces, and reports its accuracy.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// A folder with a sub-folder for each class: PNG pictures of one size, or music (mp3, flac, wav, ogg, m4a), which is
    /// cut into pieces. Where not given, sounds that the program makes itself
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The network, with all that it takes to train it: tonegrad, which we recommend, those of two similar projects
    /// (witt, witt-binary for two classes, nahue), and the deep ones of FMA's baselines notebook
    #[arg(long, value_parser = networks(), value_name = "NAME", default_value = "tonegrad")]
    model: String,
    /// How pieces are dealt to the parts. grouped: whole recordings, or the last fifth of each, are the test. paper: a
    /// random fifth, which also chooses the epoch, as the similar projects do, which flatters
    #[arg(long, default_value_t = PieceProtocol::Grouped)]
    protocol: PieceProtocol,
    /// Seconds of a piece of music; each network has its own where not given, 6 at most of made-up sounds
    #[arg(long)]
    seconds: Option<f64>,
    #[command(flatten)]
    training: Training,
    /// The figure that decides which epoch's weights are kept: loss, accuracy, val_loss, val_accuracy,
    /// val_balanced_accuracy, val_macro_f1, or last for the last epoch; each network has its own where not given
    #[arg(long)]
    monitor: Option<Monitor>,
    /// Where model.safetensors, history.csv, report.json, report.html and checkpoint.safetensors go
    #[arg(long, default_value = "runs/spectrogram_cnn", value_name = "DIR")]
    out: PathBuf,
}

fn main() -> ExitCode {
    program(|| run(&Args::parse()))
}

fn run(args: &Args) -> Result<()> {
    let began = Instant::now();
    use_threads(args.training.threads)?;
    let seed = Seed(args.training.seed);
    let (images, source) = args.read(seed)?;
    let data = images.dataset();
    let recipe = args.recipe(&images)?;
    let notes = [args.data.is_none().then_some(SYNTHESISED), images.warning(), args.protocol.warning()];
    let notes: Vec<&str> = notes.into_iter().flatten().collect();
    let note = (!notes.is_empty()).then(|| notes.join(" "));
    if let Some(note) = &note {
        say!("{note}");
    }
    let parts = args.protocol.split(&images, seed)?;
    if !args.training.quiet {
        show_data(&images, &parts, &source, args.protocol);
        say!("{}", recipe.network.build::<f32>(seed)?.summary());
    }

    let _lock = lock_folder(&args.out, &OUTPUTS)?;
    // What no model file could hold is refused now, not after hours of training.
    let mut card = Card::new(data.classes(), (0..data.x().ncols()).map(|i| i.to_string()), args.model.as_str(), seed);
    card.provenance.protocol = args.protocol.to_string();
    card.provenance.source = source.clone();
    card.provenance.synthetic = args.data.is_none();
    let standardize = Standardize::identity(data.x().ncols());
    let untrained = recipe.network.build::<f32>(seed)?.with_loss(recipe.loss)?;
    Classifier::new(untrained, standardize.clone(), card.clone())?.savable()?;
    let interrupt = interrupt()?;
    let unwritten = Unwritten::default();
    let tell = unwritten.teller();
    let trained = recipe.train(&parts.train, &parts.valid, seed, |trainer| {
        args.training.watch(trainer, (&args.out, 0), note.as_deref(), interrupt, tell)
    })?;

    let (model, history) = (trained.model, trained.history);
    let judged = model.probabilities(parts.test.x()).and_then(|probabilities| {
        let test = model.evaluate(&parts.test)?;
        let groups = parts.test.groups().filter(|groups| groups.count() > 1);
        let assessment = Assessment::new(probabilities.view(), parts.test.y(), groups, seed)?;
        Ok((probabilities, test, assessment))
    });
    // The model comes first: nothing that fails after it can lose it.
    let card = match &judged {
        Ok((_, test, _)) => card.tested(test),
        Err(_) => card,
    };
    Classifier::new(model.clone(), standardize, card)?.save(args.out.join("model.safetensors"))?;
    let (probabilities, test, assessment) = judged?;
    let trained_groups = data.groups().map(|groups| groups.shared(&parts.rows.train, &parts.rows.test));
    say!("\nTest part, {} pieces{}:\n\n{test}", parts.test.len(), known(trained_groups));
    let sure = &assessment.intervals;
    say!("95 % interval, by a bootstrap over {} groups: accuracy {:.2}", sure.clusters, sure.accuracy);
    let votes = votes(&images, &parts.rows.test, probabilities.view())?;
    show_votes(&votes, data.classes());

    let mut rule = recipe.rule;
    let report = PieceReport {
        version: env!("CARGO_PKG_VERSION"),
        note,
        model: args.model.clone(),
        parameters: model.parameters(),
        source,
        synthetic: args.data.is_none(),
        pieces: images.dataset().len(),
        shape: images.shape(),
        genres: data.classes().to_vec(),
        protocol: args.protocol.to_string(),
        split: args.protocol.describe(&images).into(),
        rows: PartSizes { train: parts.train.len(), valid: parts.valid.len(), test: parts.test.len() },
        trained_groups,
        batch_size: recipe.batch_size.min(parts.train.len()),
        learning_rate: *rule.learning_rate_mut(),
        seed: args.training.seed,
        threads: rayon::current_num_threads(),
        epochs_run: history.epochs.len(),
        best_epoch: history.best_epoch,
        monitor: history.monitor.to_string(),
        stopped: history.stopped,
        seconds: began.elapsed().as_secs_f64(),
        test,
        assessment,
        votes,
    };
    write_atomically(args.out.join("report.json"), report.to_json()?.as_bytes())?;
    let looks = Looks::new(&images, &parts.rows.test, &model, probabilities.view())?;
    pieces_page(&report, &history, &looks).write(args.out.join("report.html"))?;
    if !args.training.quiet {
        say!("\nWrote model.safetensors, history.csv, report.json and report.html into {}", args.out.display());
    }
    unwritten.first()
}

/// What goes into the folder.
const OUTPUTS: [&str; 5] = ["model.safetensors", "history.csv", "report.json", "report.html", "checkpoint.safetensors"];

/// What to say wherever figures of made-up sounds are shown.
const SYNTHESISED: &str = "SYNTHESISED sounds, made up by this program: figures say nothing about music. --data takes a \
    folder of pictures or of music, with a sub-folder for each class.";

/// Made-up recordings are cut into pieces of so many seconds at most.
const SYNTHESISED_SECONDS: f64 = 6.0;

impl Args {
    /// The pictures, and where they are from.
    fn read(&self, seed: Seed) -> Result<(Images, String)> {
        if let Some(seconds) = self.seconds.filter(|seconds| !(0.1..=3600.0).contains(seconds)) {
            return Err(Error::config("--seconds").found(seconds.to_string()).wanted("0.1 to 3600"));
        }
        let (front, _) = recipes::named(&self.model)?;
        match &self.data {
            None => {
                let seconds = self.seconds.unwrap_or(front.usual_seconds().min(SYNTHESISED_SECONDS));
                let classes = synthesised::CLASSES.map(String::from).to_vec();
                let classes = if self.model == "witt-binary" { classes[..2].to_vec() } else { classes };
                let mut made = synthesised::recordings(seed);
                made.retain(|recording| recording.class < classes.len());
                Ok((sounds::of_recordings(&made, classes, front, seconds)?, "sounds made by this program".into()))
            }
            Some(folder) if has_pictures(folder) => {
                if self.seconds.is_some() {
                    return Err(Error::config("--seconds").found("a folder of pictures").wanted("music"));
                }
                if matches!(front, FrontEnd::Raw2k | FrontEnd::Raw16k) {
                    return Err(Error::config("--model")
                        .found(format!("{}, and a folder of pictures", self.model))
                        .wanted("a network for pictures")
                        .fix("this one takes raw sound: name a folder of music"));
                }
                Ok((Images::read(folder)?, folder.display().to_string()))
            }
            Some(folder) => {
                let seconds = self.seconds.unwrap_or(front.usual_seconds());
                Ok((sounds::read(folder, front, seconds)?, folder.display().to_string()))
            }
        }
    }

    /// The network's recipe, and what the command line has it otherwise.
    fn recipe(&self, images: &Images) -> Result<PieceRecipe> {
        let classes = images.dataset().classes().len();
        let (_, make) = recipes::named(&self.model)?;
        let mut recipe = make(images.shape(), classes);
        if recipe.loss == Loss::BinaryCrossEntropy && classes != 2 {
            return Err(Error::config("--model")
                .found(format!("{}, and {classes} classes", self.model))
                .wanted("two classes")
                .fix("choose another network, or a folder with two sub-folders"));
        }
        recipe.epochs = self.training.epochs.unwrap_or(recipe.epochs);
        recipe.batch_size = self.training.batch_size.unwrap_or(recipe.batch_size);
        if let Some(rate) = self.training.learning_rate {
            *recipe.rule.learning_rate_mut() = rate;
        }
        if let Some(monitor) = self.monitor {
            recipe.stopping.monitor = monitor;
        }
        if let Some(patience) = self.training.patience {
            recipe.stopping.patience = (patience > 0).then_some(patience);
        }
        Ok(recipe)
    }
}

/// All recipes' names.
fn networks() -> PossibleValuesParser {
    recipes::ALL.iter().map(|(name, ..)| *name).collect::<Vec<_>>().into()
}

/// Whether there is a PNG file in the folder, or in a sub-folder, or nothing that could be read: then the reader of pictures
/// says what is missing.
fn has_pictures(folder: &Path) -> bool {
    let files = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_png = |path: &Path| path.extension().is_some_and(|end| end.eq_ignore_ascii_case("png"));
    let mut all = files(folder).peekable();
    all.peek().is_none()
        || files(folder)
            .any(|path| is_png(&path) || files(&path).any(|path| is_png(&path) || files(&path).any(|p| is_png(&p))))
}

fn show_data(images: &Images, parts: &Parts, source: &str, protocol: PieceProtocol) {
    let ([height, width, channels], data) = (images.shape(), images.dataset());
    say!(
        "Data: {source}\n{:>8} pieces of {height} x {width} x {channels}, in {} classes",
        data.len(),
        data.classes().len()
    );
    if let Some((_, recordings)) = images.recordings() {
        say!("{:>8} recordings", recordings.len());
    }
    say!("Split: {}\n", protocol.describe(images));
    say!("{:<24}{:>10}{:>10}{:>10}", "class", "train", "valid", "test");
    let counts = [parts.train.counts(), parts.valid.counts(), parts.test.counts()];
    for (i, class) in data.classes().iter().enumerate() {
        say!("{class:<24}{}", counts.iter().map(|counts| format!("{:>10}", counts[i])).collect::<String>());
    }
    say!("");
}

/// Recordings whose votes are printed, at most.
const VOTES: usize = 12;

fn show_votes(votes: &[tonegrad::fma::pieces::Vote], classes: &[String]) {
    if votes.is_empty() {
        return;
    }
    let right = votes.iter().filter(|vote| vote.taken == vote.truth).count();
    say!("\nWhole recordings, by the vote of their test pieces: {right} of {} right", votes.len());
    for vote in votes.iter().take(VOTES) {
        let mut shares: Vec<_> = vote.shares.iter().zip(classes).filter(|(share, _)| **share > 0.0).collect();
        shares.sort_by(|a, b| b.0.total_cmp(a.0));
        let shares: Vec<_> = shares.iter().map(|(share, class)| format!("{:.0} % {class}", 100.0 * **share)).collect();
        say!("{:<32}{:>6} pieces  {}", vote.recording, vote.pieces, shares.join(", "));
    }
    if votes.len() > VOTES {
        say!("and {} more, in report.json", votes.len() - VOTES);
    }
}

/// What is known of the test part, in words that promise no more than it holds.
fn known(trained_groups: Option<f64>) -> String {
    match trained_groups {
        None => ", of which nobody knows whether training has met their recordings".into(),
        Some(0.0) => ", of no group that the model has trained on".into(),
        Some(share) => format!(", {:.1} % of them from groups that the model has trained on", 100.0 * share),
    }
}
