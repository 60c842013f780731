//! Runs that are interrupted, and go on: the same bits as if nothing had happened.

use crate::signals::{network, signals, weights};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tonegrad::data::Train;
use tonegrad::nn::{Dense, Sequential};
use tonegrad::optim::{Adam, AdamW, Schedule, Sgd};
use tonegrad::store::tensors::TensorsWriter;
use tonegrad::train::{BatchEnd, Callback, CsvLog, EarlyStopping, Epoch, History, Monitor, Stopped, Trainer};
use tonegrad::{Error, Result, Seed};

/// The bits of weights and history, all but the time.
type Bits = (Vec<u32>, Vec<[u64; 7]>, usize, Stopped);

fn bits(model: &tonegrad::nn::Model<f32>, history: &History) -> Bits {
    let epoch = |e: &Epoch| {
        [e.loss, e.accuracy, e.val_loss, e.val_accuracy, e.val_balanced_accuracy, e.val_macro_f1, e.learning_rate]
            .map(f64::to_bits)
    };
    (weights(model), history.epochs.iter().map(epoch).collect(), history.best_epoch, history.stopped)
}

const EPOCHS: usize = 6;
const BATCHES: usize = 3;

/// Everything that a run can carry with it: moments, a schedule on plateaus, patience.
fn trainer<'a>(schedule: Schedule) -> Trainer<'a, f32> {
    let rule = EarlyStopping::on(Monitor::ValLoss).patience(4).min_delta(0.01);
    Trainer::new(AdamW::new(2e-2)).epochs(EPOCHS).batch_size(25).schedule(schedule).early_stopping(rule).clip_norm(1.0)
}

const PLATEAU: Schedule = Schedule::Plateau { patience: 1, factor: 0.5, floor: 0.01 };

fn fit(trainer: Trainer<f32>) -> Result<Bits> {
    let (mut trainer, mut model) = (trainer, network());
    let history = trainer.fit(&mut model, &Train::new(signals(70, 1)), &signals(30, 2), Seed(3))?;
    Ok(bits(&model, &history))
}

/// Interrupts training after so many mini-batches: politely through the flag, or rudely through an error, which is as
/// sudden for everything that was not written yet.
struct Interrupt {
    after: usize,
    flag: Option<Arc<AtomicBool>>,
}

impl Callback for Interrupt {
    fn on_batch(&mut self, _: &BatchEnd) -> Result<()> {
        self.after -= 1;
        match (&self.flag, self.after) {
            (Some(flag), 0) => flag.store(true, Ordering::Relaxed),
            (None, 0) => return Err(Error::config("interrupt").found("pulled")),
            _ => {}
        }
        Ok(())
    }
}

fn interrupted(path: &Path, schedule: Schedule, every: usize, after: usize, politely: bool) {
    let flag = Arc::new(AtomicBool::new(false));
    let interrupt = Interrupt { after, flag: politely.then(|| flag.clone()) };
    let outcome = fit(trainer(schedule).checkpoint(path, every).resume(true).interrupt(flag).with(interrupt));
    match outcome {
        Ok((.., stopped)) => assert_eq!((politely, stopped), (true, Stopped::Interrupted)),
        Err(error) => assert_eq!((politely, error.to_string().as_str()), (false, "interrupt: found pulled")),
    }
}

#[test]
fn a_run_cut_off_after_any_batch_ends_with_the_same_bits() {
    for schedule in [PLATEAU, Schedule::Cosine { warm_up: 1.0, floor: 0.1 }] {
        let whole = fit(trainer(schedule)).unwrap();
        assert_eq!(whole.1.len(), EPOCHS, "the run must be long enough to be cut everywhere");
        for after in 1..EPOCHS * BATCHES {
            for (every, politely) in [(1, true), (1, false), (2, false)] {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("checkpoint.safetensors");
                interrupted(&path, schedule, every, after, politely);
                let done = (after - usize::from(!politely)) / BATCHES;
                let there = if politely { done > 0 } else { done >= every };
                assert_eq!(path.exists(), there, "after {after} batches, every {every}, politely {politely}");
                let resumed = fit(trainer(schedule).checkpoint(&path, every).resume(true)).unwrap();
                assert_eq!(resumed, whole, "after {after} batches, every {every}, politely {politely}");
            }
        }
    }
}

#[test]
fn a_run_cut_off_again_and_again_ends_with_the_same_bits() {
    let whole = fit(trainer(PLATEAU)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    (0..EPOCHS - 1).for_each(|_| interrupted(&path, PLATEAU, 1, BATCHES + 1, false));
    assert_eq!(fit(trainer(PLATEAU).checkpoint(&path, 1).resume(true)).unwrap(), whole);
    // Once more, where nothing is left to do.
    assert_eq!(fit(trainer(PLATEAU).checkpoint(&path, 1).resume(true)).unwrap(), whole);
}

#[test]
fn a_run_that_stopped_early_stays_stopped_and_more_patience_takes_it_further() {
    let rule = |patience| EarlyStopping::on(Monitor::ValLoss).patience(patience).min_delta(10.0);
    let run =
        |patience| Trainer::new(Sgd::new(0.05).nesterov(0.9)).epochs(9).batch_size(25).early_stopping(rule(patience));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let early = fit(run(2).checkpoint(&path, 1)).unwrap();
    assert_eq!((early.1.len(), early.3), (3, Stopped::Early));
    assert_eq!(fit(run(2).checkpoint(&path, 1).resume(true)).unwrap(), early);
    assert_eq!(fit(run(5).checkpoint(&path, 1).resume(true)).unwrap(), fit(run(5)).unwrap());
}

#[test]
fn more_epochs_go_on_where_fewer_ended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let run = |epochs| Trainer::new(Adam::new(1e-2)).epochs(epochs).batch_size(25);
    fit(run(2).checkpoint(&path, 1)).unwrap();
    assert_eq!(fit(run(5).checkpoint(&path, 1).resume(true)).unwrap(), fit(run(5)).unwrap());
}

#[test]
fn a_run_that_is_shorter_than_its_checkpoint_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let rule = |patience| EarlyStopping::on(Monitor::ValLoss).patience(patience).min_delta(10.0);
    let run = |epochs, patience| {
        let trainer = Trainer::new(Adam::new(1e-2)).epochs(epochs).batch_size(25).early_stopping(rule(patience));
        fit(trainer.checkpoint(&path, 1).resume(true))
    };
    let whole = run(5, 9).unwrap();
    let before = std::fs::read(&path).unwrap();
    // The first epoch is an improvement over nothing, and no other one is: a patience of 2 ends with the third.
    for (epochs, patience, setting, most) in [(4, 9, "epochs", 4), (5, 2, "patience", 3), (2, 2, "epochs", 2)] {
        let error = run(epochs, patience).unwrap_err().to_string();
        let wanted = format!("{}, {setting}: found 5 epochs, wanted at most {most}, where", path.display());
        assert!(error.starts_with(&wanted) && error.ends_with("or start anew"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
    assert_eq!((run(5, 4).unwrap().0, run(5, 9).unwrap()), (whole.0.clone(), whole));
}

#[test]
fn the_log_is_whole_again_after_a_resumption() {
    let folder = tempfile::tempdir().unwrap();
    let (path, log) = (folder.path().join("checkpoint.safetensors"), folder.path().join("history.csv"));
    let run = |epochs| Trainer::new(Adam::new(1e-2)).epochs(epochs).batch_size(25).with(CsvLog::new(&log));
    fit(run(2).checkpoint(&path, 1)).unwrap();
    std::fs::remove_file(&log).unwrap();
    fit(run(4).checkpoint(&path, 1).resume(true)).unwrap();
    let text = std::fs::read_to_string(&log).unwrap();
    let epochs: Vec<_> = text.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(epochs, ["1", "2", "3", "4"]);
}

#[test]
fn another_run_is_refused_with_the_difference_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let run = || Trainer::new(Adam::new(1e-2)).epochs(2).batch_size(25);
    fit(run().checkpoint(&path, 1)).unwrap();
    let before = std::fs::read(&path).unwrap();
    let refused =
        |trainer: Trainer<f32>, model: Option<tonegrad::nn::Sequential>, rows: u64, seed: u64, wanted: &str| {
            let mut model = model.map_or_else(network, |m| m.build(Seed(5)).unwrap());
            let mut trainer = trainer.checkpoint(&path, 1).resume(true);
            let train = Train::new(signals(70, rows));
            let error = trainer.fit(&mut model, &train, &signals(30, 2), Seed(seed)).unwrap_err().to_string();
            let place = format!("{}, ", path.display());
            assert!(error.starts_with(&place) && error.contains(wanted) && error.contains("start anew"), "{error}");
        };
    let two = |learning_rate| Trainer::new(Adam::new(learning_rate)).epochs(2);
    refused(run().batch_size(24), None, 1, 3, "batch size: found 25, wanted 24, as for this run");
    refused(run(), None, 1, 4, "seed: found 3, wanted 4");
    refused(run(), None, 9, 3, "training data: found 70 rows of 12 features, checksum ");
    refused(two(2e-2).batch_size(25), None, 1, 3, "optimiser: found Adam { learning_rate: 0.01,");
    refused(Trainer::new(Sgd::new(1e-2)).batch_size(25), None, 1, 3, "wanted Sgd { learning_rate: 0.01");
    refused(run().schedule(PLATEAU), None, 1, 3, "schedule: found Constant");
    refused(run().clip_norm(1.0), None, 1, 3, "gradient clipping: found None");
    refused(run().class_weights(vec![1.0, 2.0, 1.0]), None, 1, 3, "class weights: found None");
    refused(run().label_smoothing(0.1), None, 1, 3, "label smoothing: found 0");
    refused(run().early_stopping(EarlyStopping::on(Monitor::ValAccuracy)), None, 1, 3, "monitor: found val_loss");
    let cosine = Schedule::Cosine { warm_up: 0.0, floor: 0.0 };
    refused(run().schedule(cosine), None, 1, 3, "schedule");
    let other = tonegrad::fma::networks::mlp3(12, 3);
    refused(run(), Some(other), 1, 3, "network, input: found [12, 1], wanted [12]");
    let deeper = network().network().clone().then(tonegrad::nn::Activation::Linear);
    refused(run(), Some(deeper), 1, 3, "network, layer 7: found nothing, wanted Activation(Linear)");
    assert_eq!(std::fs::read(&path).unwrap(), before, "a refusal leaves the checkpoint alone");
}

#[test]
fn epochs_matter_where_the_schedule_asks_for_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let cosine = Schedule::Cosine { warm_up: 0.0, floor: 0.0 };
    let run =
        |epochs| Trainer::new(Adam::new(1e-2)).epochs(epochs).batch_size(25).schedule(cosine).checkpoint(&path, 1);
    fit(run(2)).unwrap();
    let error = fit(run(3).resume(true)).unwrap_err().to_string();
    assert!(error.contains("epochs: found 2, wanted 3"), "{error}");
}

#[test]
fn a_damaged_checkpoint_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let run = || Trainer::new(Adam::new(1e-2)).epochs(2).batch_size(25).checkpoint(&path, 1);
    fit(run()).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(whole.len() / 97) {
        let mut bytes = whole.clone();
        bytes[at] ^= 4;
        std::fs::write(&path, &bytes).unwrap();
        // A bit of the padding behind the header, say, may not matter; but nothing may go wrong in silence.
        if let Ok(resumed) = fit(run().resume(true)) {
            assert_eq!(resumed, fit(run()).unwrap(), "byte {at}");
        }
        std::fs::write(&path, &whole[..at]).unwrap();
        assert!(fit(run().resume(true)).is_err(), "cut after {at} bytes");
    }
}

#[test]
fn zero_epochs_between_checkpoints_are_refused() {
    let error = fit(trainer(PLATEAU).checkpoint("nowhere", 0)).unwrap_err();
    assert_eq!(error.to_string(), "epochs between checkpoints: found 0, wanted at least 1");
}

/// The history once was part of a text, and after 15,500 epochs too long for it.
#[test]
fn a_checkpoint_has_room_for_any_number_of_epochs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let (train, valid) = (Train::new(signals(3, 1)), signals(3, 2));
    let fit = |epochs, resume| {
        let mut model = Sequential::new([12]).then(Dense::new(3)).build::<f32>(Seed(5)).unwrap();
        let mut trainer = Trainer::new(Sgd::new(1e-3)).epochs(epochs).checkpoint(&path, 16_000).resume(resume);
        let history = trainer.fit(&mut model, &train, &valid, Seed(3)).unwrap();
        bits(&model, &history)
    };
    let whole = fit(16_001, false);
    assert_eq!(whole.1.len(), 16_001);
    assert_eq!(fit(16_001, true), whole);
}

#[test]
fn a_checkpoint_of_another_version_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let text = "{\"checkpoint\":1,\"settings\":[],\"step\":3,\"standing\":{}}";
    TensorsWriter::default().write(&path, text).unwrap();
    let error = fit(trainer(PLATEAU).checkpoint(&path, 1).resume(true)).unwrap_err().to_string();
    let wanted = "found a checkpoint of version 1, not 2, wanted a checkpoint of this version; start without it";
    assert_eq!(error, format!("{}: {wanted}", path.display()));
}

/// Puts a folder where a file is to be written, after so many epochs; or takes the file away.
struct Spoil<'a> {
    path: &'a Path,
    after: usize,
    folder: bool,
}

impl Callback for Spoil<'_> {
    fn on_epoch(&mut self, epoch: &Epoch) -> Result<()> {
        if epoch.epoch == self.after {
            std::fs::remove_file(self.path).unwrap();
            if self.folder {
                std::fs::create_dir(self.path).unwrap();
            }
        }
        Ok(())
    }
}

#[test]
fn a_log_that_somebody_took_away_is_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("history.csv");
    let read = |spoil: Option<Spoil>| {
        let trainer = Trainer::new(Adam::new(1e-2)).epochs(4).batch_size(25).with(CsvLog::new(&log).comment("note"));
        fit(match spoil {
            Some(spoil) => trainer.with(spoil),
            None => trainer,
        })
        .unwrap();
        let text = std::fs::read_to_string(&log).unwrap();
        assert!(text.starts_with("# note\nepoch,loss,") && text.ends_with('\n'));
        text.lines().map(|line| line.rsplit_once(',').map_or(line, |(all, _)| all).to_owned()).collect::<Vec<_>>()
    };
    let whole = read(None);
    assert_eq!(whole.len(), 6);
    assert_eq!(read(Some(Spoil { path: &log, after: 2, folder: false })), whole);
}

#[test]
fn a_run_goes_on_without_what_cannot_be_written_if_it_may() {
    for name in ["history.csv", "checkpoint.safetensors"] {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let (path, errors) = (at(name), std::cell::RefCell::new(Vec::new()));
        let run = |tolerant: bool| {
            let spoil = Spoil { path: &path, after: 2, folder: true };
            let trainer = Trainer::new(Adam::new(1e-2)).epochs(4).batch_size(25).with(CsvLog::new(at("history.csv")));
            let trainer = trainer.with(spoil).checkpoint(at("checkpoint.safetensors"), 1);
            fit(if tolerant { trainer.tolerant(|e| errors.borrow_mut().push(e.to_string())) } else { trainer })
        };
        assert_eq!(run(true).unwrap(), fit(Trainer::new(Adam::new(1e-2)).epochs(4).batch_size(25)).unwrap());
        let wanted = format!("{}: found a folder, not a regular file, wanted ", path.display());
        assert!(errors.borrow().len() >= 2 && errors.borrow().iter().all(|e| e.starts_with(&wanted)), "{errors:?}");
        std::fs::remove_dir(&path).unwrap();
        assert!(run(false).unwrap_err().to_string().starts_with(&wanted));
    }
}
