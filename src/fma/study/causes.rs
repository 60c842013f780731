//! Why SMOTE before the split gains what it gains: accuracy by where test rows come from, a control that leaks nothing, and
//! what of SMOTE is the prior.

use super::{Outcome, Treatment};
use crate::balance::Origin;
use crate::metrics::Spread;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// What is known of one model, over all seeds. Every figure is an accuracy; none where it was not measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Causes {
    /// The model's name.
    pub model: String,
    /// SMOTE before the split: its test rows by where they come from, rows of each origin and their accuracy.
    pub origins: Vec<(Origin, u64, Spread)>,
    /// SMOTE before the split, on all its test rows.
    pub paper: Option<Spread>,
    /// The same models on real tracks.
    pub paper_on_real: Option<Spread>,
    /// SMOTE on training and test part separately: rows as synthetic, and no leak.
    pub control: Option<Spread>,
    /// The models of the control on real tracks.
    pub control_on_real: Option<Spread>,
    /// The same, their probabilities times the genres' real shares.
    pub control_times_prior: Option<Spread>,
    /// No SMOTE at all, on real tracks.
    pub plain: Option<Spread>,
    /// Balanced accuracy of no SMOTE at all, and with probabilities divided by the genres' shares; and of SMOTE.
    pub balanced: [Option<Spread>; 3],
}

impl Causes {
    /// Of a model; none where SMOTE before the split was not tried.
    pub fn of(model: &str, outcomes: &[&Outcome]) -> Option<Causes> {
        let spread = |treatment: Treatment, figure: &dyn Fn(&Outcome) -> Option<f64>| {
            let own = outcomes.iter().filter(|o| o.model == model && o.treatment == treatment);
            let values: Vec<f64> = own.filter_map(|o| figure(o)).collect();
            (!values.is_empty()).then(|| Spread::of(&values))
        };
        let mut origins = BTreeMap::<Origin, (u64, Vec<f64>)>::new();
        let first = outcomes.iter().filter(|o| o.model == model && o.treatment == Treatment::SMOTE_FIRST);
        for &(origin, rows, correct) in first.filter_map(|o| o.origins.as_ref()).flatten() {
            let entry = origins.entry(origin).or_default();
            entry.0 += rows;
            entry.1.push(correct as f64 / rows as f64);
        }
        if origins.is_empty() {
            return None;
        }
        let (before, after, plain) = (Treatment::SMOTE_FIRST, Treatment::SPLIT_FIRST, Treatment::PLAIN);
        Some(Causes {
            model: model.into(),
            origins: origins.into_iter().map(|(o, (rows, shares))| (o, rows, Spread::of(&shares))).collect(),
            paper: spread(before, &|o| Some(o.test.accuracy)),
            paper_on_real: spread(before, &|o| Some(o.real.as_ref()?.accuracy)),
            control: spread(after, &|o| Some(o.control.as_ref()?.accuracy)),
            control_on_real: spread(after, &|o| Some(o.test.accuracy)),
            control_times_prior: spread(after, &|o| Some(o.other_prior.as_ref()?.accuracy)),
            plain: spread(plain, &|o| Some(o.test.accuracy)),
            balanced: [
                spread(plain, &|o| Some(o.test.balanced_accuracy)),
                spread(plain, &|o| Some(o.other_prior.as_ref()?.balanced_accuracy)),
                spread(after, &|o| Some(o.test.balanced_accuracy)),
            ],
        })
    }

    /// Each line of the argument: what was tested, rows where they were counted, accuracy.
    pub fn lines(&self) -> Vec<(String, Option<u64>, Option<Spread>)> {
        let line = |name: &str, spread: Option<Spread>| (name.to_string(), None, spread);
        let origin =
            |(origin, rows, spread): &(Origin, u64, Spread)| (format!("  {origin}"), Some(*rows), Some(*spread));
        let mut lines = vec![line("SMOTE, then split: its test rows", self.paper)];
        lines.extend(self.origins.iter().map(origin));
        lines.push(line("  and real tracks that were held out", self.paper_on_real));
        lines.push(line("split, then SMOTE on both parts: test rows as synthetic, no leak", self.control));
        lines.push(line("  and real tracks that were held out", self.control_on_real));
        lines.push(line("  the same, probabilities times the real shares of the genres", self.control_times_prior));
        lines.push(line("no SMOTE, real tracks", self.plain));
        lines.push(line("balanced accuracy, real tracks: no SMOTE", self.balanced[0]));
        lines.push(line("  the same, probabilities divided by the shares of the genres", self.balanced[1]));
        lines.push(line("  SMOTE on the training part", self.balanced[2]));
        lines
    }
}

/// A table in per cent.
impl fmt::Display for Causes {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(f, "{:<68}{:>8}{:>14}", self.model, "rows", "accuracy")?;
        for (name, rows, spread) in self.lines() {
            let rows = rows.map_or(String::new(), |rows| rows.to_string());
            let spread = spread.map_or("-".into(), Spread::percent);
            writeln!(f, "{name:<68}{rows:>8}{spread:>14}")?;
        }
        Ok(())
    }
}
