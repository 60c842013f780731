//! The options that say how a network is trained, and what a run leaves behind while it trains.

use super::manners::say;
use clap::Args;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tonegrad::Error;
use tonegrad::train::{CsvLog, Progress, Trainer};

#[derive(Args)]
pub struct Training {
    /// Epochs, passes over the training rows, at most; each network has its own where not given
    #[arg(long)]
    pub epochs: Option<usize>,
    /// Mini-batch size, the rows in a step; each network has its own where not given
    #[arg(long)]
    pub batch_size: Option<usize>,
    /// The optimiser's learning rate; each network has its own where not given
    #[arg(long)]
    pub learning_rate: Option<f64>,
    /// Stop after so many epochs without an improvement; 0 never stops. Each network has its own where not given
    #[arg(long)]
    pub patience: Option<usize>,
    /// Decides everything random
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Threads; all cores where not given. No figure depends on it
    #[arg(long)]
    pub threads: Option<usize>,
    /// Write a checkpoint after so many epochs; 0 writes none
    #[arg(long, default_value_t = 1, value_name = "EPOCHS")]
    pub checkpoint_every: usize,
    /// Go on from the checkpoint in --out, where there is one: the end is the same, to the bit
    #[arg(long)]
    pub resume: bool,
    /// Print nothing but the figures of the test part
    #[arg(long)]
    pub quiet: bool,
}

impl Training {
    /// The trainer with its history, its checkpoint and its progress. `member` is 0, or the number of an ensemble's network, which
    /// has files of its own: history_1.csv.
    pub fn watch<'a>(
        &self,
        trainer: Trainer<'a, f32>,
        (folder, member): (&Path, usize),
        note: Option<&str>,
        interrupt: Arc<AtomicBool>,
        tell: impl FnMut(&Error) + 'a,
    ) -> Trainer<'a, f32> {
        let file = |name: &str, end: &str| match member {
            0 => folder.join(format!("{name}.{end}")),
            _ => folder.join(format!("{name}_{member}.{end}")),
        };
        let log = CsvLog::new(file("history", "csv"));
        let log = note.into_iter().fold(log, |log, note| log.comment(note));
        let mut trainer = trainer.interrupt(interrupt).with(log).tolerant(tell);
        if self.checkpoint_every > 0 || self.resume {
            let path = file("checkpoint", "safetensors");
            if self.resume && !path.exists() && !self.quiet {
                say!("No {}: begins at the beginning", path.display());
            }
            trainer = trainer.checkpoint(path, self.checkpoint_every).resume(self.resume);
        }
        if self.quiet { trainer } else { trainer.with(Progress::new()) }
    }
}
