//! A progress bar on a terminal, plain lines elsewhere.

use super::callback::{BatchEnd, Callback, Plan};
use super::epoch::Epoch;
use super::history::History;
use crate::Result;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, Write};

/// A callback that shows loss, accuracy, rows per second and the time left; a line for each epoch stays.
#[derive(Debug, Default)]
pub struct Progress {
    bar: Option<ProgressBar>,
    plan: Option<Plan>,
    last_seconds: f64,
}

impl Progress {
    /// On standard error.
    pub fn new() -> Self {
        Self::default()
    }

    fn say(&self, line: &str) {
        match &self.bar {
            Some(bar) if !bar.is_hidden() => bar.println(line),
            // A user who closed standard error does not want to know; that is no reason to stop training.
            _ => drop(writeln!(std::io::stderr(), "{line}")),
        }
    }
}

/// An accuracy with its name; nothing where targets are numbers.
fn share(name: &str, value: f64) -> String {
    if value.is_nan() { String::new() } else { format!("  {name} {value:.4}") }
}

impl Callback for Progress {
    fn on_start(&mut self, plan: &Plan) -> Result<()> {
        self.plan = Some(*plan);
        if std::io::stderr().is_terminal() {
            let rows = (plan.epochs * plan.rows) as u64;
            let template = "{bar:24} {percent:>3}%  {msg}  {per_sec}  ETA {eta}";
            let style = ProgressStyle::with_template(template).expect("the template is well-formed");
            let style = style.with_key("per_sec", |state: &indicatif::ProgressState, out: &mut dyn std::fmt::Write| {
                let _ = write!(out, "{:.0} tracks/s", state.per_sec());
            });
            let bar = ProgressBar::with_draw_target(Some(rows), ProgressDrawTarget::stderr());
            self.bar = Some(bar.with_style(style));
        }
        Ok(())
    }

    fn on_resume(&mut self, epochs: &[Epoch]) -> Result<()> {
        self.last_seconds = epochs.last().map_or(0.0, |epoch| epoch.seconds);
        self.say(&format!("resumed after epoch {}", epochs.len()));
        if let (Some(bar), Some(plan)) = (&self.bar, &self.plan) {
            bar.set_position((epochs.len() * plan.rows) as u64);
            bar.reset_eta();
        }
        Ok(())
    }

    fn on_batch(&mut self, end: &BatchEnd) -> Result<()> {
        if let (Some(bar), Some(plan)) = (&self.bar, &self.plan) {
            let (epoch, epochs) = (end.epoch, plan.epochs);
            let accuracy = share("accuracy", end.accuracy);
            bar.set_message(format!("epoch {epoch}/{epochs}  loss {:.4}{accuracy}", end.loss));
            bar.set_position(((epoch - 1) * plan.rows + end.rows) as u64);
        }
        Ok(())
    }

    fn on_epoch(&mut self, e: &Epoch) -> Result<()> {
        let plan = self.plan.unwrap_or(Plan { epochs: e.epoch, batches: 0, rows: 0 });
        let took = e.seconds - self.last_seconds;
        let (left, rate) = (took * plan.epochs.saturating_sub(e.epoch) as f64, plan.rows as f64 / took.max(1e-9));
        self.last_seconds = e.seconds;
        self.say(&format!(
            "epoch {:>3}/{}  loss {:.4}{}  val_loss {:.4}{}  {rate:.0} tracks/s  ETA {left:.0} s",
            e.epoch,
            plan.epochs,
            e.loss,
            share("accuracy", e.accuracy),
            e.val_loss,
            share("val_accuracy", e.val_accuracy),
        ));
        Ok(())
    }

    fn on_end(&mut self, history: &History) -> Result<()> {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        self.say(&history.to_string());
        Ok(())
    }
}
