//! Checkpoints: a run in a file, from which it can go on: the weights, the best ones, the optimiser's moments, the
//! history. The history grows with every epoch, and is a tensor therefore: the text has a limit, tensors have none.

use super::epoch::Epoch;
use super::history::History;
use super::monitor::{EarlyStopping, Watch};
use super::run::{Run, Standing};
use super::settings::Settings;
use super::trainer::Trainer;
use crate::nn::{Model, Param};
use crate::store::tensors::{Tensors, TensorsWriter};
use crate::{Error, Result, Scalar, Tensor};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Where the checkpoints of a run go, each over the one before, and what a run must have in common with them to go on.
pub(super) struct Checkpoint {
    path: PathBuf,
    settings: Settings,
    epochs: usize,
    stopping: EarlyStopping,
}

/// What the text of the file says. The epochs of the standing's history are in a tensor instead; here is how many.
#[derive(Serialize, Deserialize)]
struct CheckpointText {
    checkpoint: u32,
    settings: Settings,
    step: u64,
    epochs: usize,
    standing: Standing,
}

/// The part of the text that every version has.
#[derive(Deserialize)]
struct CheckpointVersion {
    checkpoint: u32,
}

/// The version of the file. The first had the history in its text, and no room for more than some 15,000 epochs.
const FORMAT: u32 = 2;

/// The history, an `f64` tensor (epochs, [`COLUMNS`]).
const HISTORY: &str = "history";

/// Figures of an epoch.
const COLUMNS: usize = 9;

const MODEL: &str = "model.";
const BEST: &str = "best.";

impl Checkpoint {
    /// That of a run, where one is asked for.
    pub fn of<F: Scalar, T: Scalar>(trainer: &Trainer<F>, model: &Model<F>, run: &Run<F, T>) -> Option<Self> {
        let settings = || Settings::of(trainer, model, (run.train, run.valid), run.seed);
        let (path, epochs, stopping) = (&trainer.checkpoint_path, trainer.epochs, trainer.stopping);
        trainer.checkpoint_every.map(|_| Checkpoint { path: path.clone(), settings: settings(), epochs, stopping })
    }

    /// Whether the file is there.
    pub fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Writes the file, whole or not at all.
    pub fn save<F: Scalar, T: Scalar>(&self, model: &Model<F>, run: &Run<F, T>) -> Result<()> {
        // A copy of the weights, of the best ones and of each moment.
        let copies = 2 + run.optimizer.moments.first().map_or(0, Vec::len);
        let Standing { history, watch, plateau, reductions } = &run.standing;
        let bytes = copies * model.parameters() * size_of::<F>() + history.epochs.len() * COLUMNS * size_of::<f64>();
        let mut file = TensorsWriter::with_capacity(bytes);
        let figures = history.epochs.iter().flat_map(figures).collect();
        file.add(HISTORY, &Tensor::new([history.epochs.len(), COLUMNS], figures))?;
        for ((param, best), moments) in model.params().iter().zip(&run.best).zip(&run.optimizer.moments) {
            file.add(format!("{MODEL}{}", param.name), &param.value)?;
            file.add(format!("{BEST}{}", param.name), &best.value)?;
            for (i, moment) in moments.iter().enumerate() {
                file.add(moment_name(i, param), moment)?;
            }
        }
        let (watch, plateau, reductions) = (*watch, *plateau, *reductions);
        let text = CheckpointText {
            checkpoint: FORMAT,
            settings: self.settings.clone(),
            step: run.optimizer.step,
            epochs: history.epochs.len(),
            standing: Standing { history: History { epochs: Vec::new(), ..*history }, watch, plateau, reductions },
        };
        let text = serde_json::to_string(&text);
        let text = text.map_err(|e| Error::data(self.path.display().to_string()).found(e.to_string()))?;
        file.write(&self.path, &text)
    }

    /// Refuses a run that is longer already than this one may become: its best weights may be later than the end of this
    /// one, and those of before are not in the file.
    fn reaches(&self, history: &History) -> Result<()> {
        let mut watch = Watch::default();
        let gives_up = |epoch: &&Epoch| {
            watch.improves(&self.stopping, epoch);
            watch.gives_up(&self.stopping)
        };
        let trained = history.trained();
        let last = history.epochs.iter().find(gives_up).map_or(usize::MAX, |epoch| epoch.epoch);
        let (setting, most) = if last < self.epochs { ("patience", last) } else { ("epochs", self.epochs) };
        match trained > most {
            true => Err(Error::config(format!("{}, {setting}", self.path.display()))
                .found(format!("{trained} epochs"))
                .wanted(format!("at most {most}, where this run would end"))
                .fix("ask for more of it, or start anew")),
            false => Ok(()),
        }
    }

    /// Takes up the run that the file holds; model and run are as they were if it does not fit.
    pub fn load<F: Scalar, T: Scalar>(&self, model: &mut Model<F>, run: &mut Run<F, T>) -> Result<()> {
        let file = Tensors::open(&self.path)?;
        let unread = |found: String| {
            Error::data(file.name()).found(found).wanted("a checkpoint of this version").fix("start without it")
        };
        let text = file.text().ok_or_else(|| unread("tensors without a text".into()))?;
        let ill = |e: serde_json::Error| unread(format!("a text with {e}"));
        let CheckpointVersion { checkpoint: version } = serde_json::from_str(text).map_err(ill)?;
        if version != FORMAT {
            return Err(unread(format!("a checkpoint of version {version}, not {FORMAT}")));
        }
        let mut text: CheckpointText = serde_json::from_str(text).map_err(ill)?;
        if let Some(difference) = self.settings.difference(&text.settings) {
            return Err(Error::config(format!("{}, {}", file.name(), difference.name))
                .found(difference.there)
                .wanted(format!("{}, as for this run", difference.here))
                .fix("resume with the settings of the checkpoint, or start anew"));
        }
        let history = file.get::<f64>(HISTORY, &[text.epochs, COLUMNS])?;
        text.standing.history.epochs = history.as_slice().chunks_exact(COLUMNS).map(epoch).collect();
        if !text.standing.holds_after(text.step, run.plan.batches) {
            return Err(unread("a history that contradicts itself".into()));
        }
        self.reaches(&text.standing.history)?;
        let read = |prefix: &str| {
            let value = |p: &Param<F>| {
                Ok(Param { value: file.get(&format!("{prefix}{}", p.name), p.value.shape())?, ..p.clone() })
            };
            model.params().iter().map(value).collect::<Result<Vec<_>>>()
        };
        let (params, best) = (read(MODEL)?, read(BEST)?);
        let moments = model.params().iter().zip(&run.optimizer.moments).map(|(param, moments)| {
            let moment = |i| file.get(&moment_name(i, param), param.value.shape());
            (0..moments.len()).map(moment).collect()
        });
        run.optimizer.moments = moments.collect::<Result<_>>()?;
        run.optimizer.step = text.step;
        (run.best, run.standing) = (best, text.standing);
        model.params_mut().clone_from_slice(&params);
        Ok(())
    }
}

/// The figures of an epoch, in the order of the tensor's columns. A tensor in a file is finite, so -1 stands for an accuracy that
/// there is none of.
fn figures(epoch: &Epoch) -> [f64; COLUMNS] {
    let &Epoch {
        epoch,
        loss,
        accuracy,
        val_loss,
        val_accuracy,
        val_balanced_accuracy,
        val_macro_f1,
        learning_rate,
        seconds,
    } = epoch;
    let [accuracy, val_accuracy, val_balanced_accuracy, val_macro_f1] =
        [accuracy, val_accuracy, val_balanced_accuracy, val_macro_f1].map(|a| if a.is_nan() { -1.0 } else { a });
    [epoch as f64, loss, accuracy, val_loss, val_accuracy, val_balanced_accuracy, val_macro_f1, learning_rate, seconds]
}

/// The epoch of these figures.
fn epoch(figures: &[f64]) -> Epoch {
    let accuracy = |column: usize| if figures[column] < 0.0 { f64::NAN } else { figures[column] };
    Epoch {
        epoch: figures[0] as usize,
        loss: figures[1],
        accuracy: accuracy(2),
        val_loss: figures[3],
        val_accuracy: accuracy(4),
        val_balanced_accuracy: accuracy(5),
        val_macro_f1: accuracy(6),
        learning_rate: figures[7],
        seconds: figures[8],
    }
}

fn moment_name<F: Scalar>(moment: usize, param: &Param<F>) -> String {
    format!("slot_{moment}.{}", param.name)
}

impl Standing {
    /// Whether epochs, steps and the best epoch agree with each other.
    fn holds_after(&self, step: u64, batches: usize) -> bool {
        let epochs = &self.history.epochs;
        let counted = epochs.iter().enumerate().all(|(i, epoch)| epoch.epoch == i + 1);
        counted && self.history.best().is_some() && step == (epochs.len() * batches) as u64
    }
}
