//! Means and standard deviations of accuracy and F1 over the seeds.

use super::sureness::Sure;
use super::{Entrant, Outcome, Treatment};
use crate::fma::Fma;
use crate::metrics::Spread;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// A model's figures under one treatment, over all seeds and folds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StudyRow {
    /// The model's name.
    pub model: String,
    /// How the tables were prepared.
    pub treatment: Treatment,
    /// Trainable parameters, the most of all fits.
    pub parameters: usize,
    /// Fits.
    pub fits: usize,
    /// Training accuracy.
    pub train: Spread,
    /// Validation accuracy.
    pub valid: Spread,
    /// Test accuracy.
    pub test: Spread,
    /// Mean recall of the genres on the test part.
    pub balanced_accuracy: Spread,
    /// Mean F1 on the test part of those genres that every test part has: [`genres_of_all`].
    pub macro_f1: Spread,
    /// Under the paper's protocol, accuracy on real tracks that were held out of it.
    pub real: Option<Spread>,
    /// Seconds of a fit and its judgement.
    pub seconds: Spread,
    /// Test accuracy that was published, where these are FMA's tables and genres.
    pub published: Option<f64>,
}

/// The genres that every test part has rows of. A rare genre is missing from some; were it counted in the others, a mean over
/// genres would compare different sets of them.
pub fn genres_of_all(outcomes: &[&Outcome]) -> Vec<usize> {
    let genres = outcomes.first().map_or(0, |o| o.test.confusion.len());
    (0..genres).filter(|&genre| outcomes.iter().all(|o| o.test.has(genre))).collect()
}

/// A row for each model and treatment, models in the order of their first outcomes.
pub fn rows(outcomes: &[&Outcome], fma: &Fma) -> Vec<StudyRow> {
    let mut models: Vec<&str> = Vec::new();
    let mut treatments: Vec<Treatment> = Vec::new();
    for outcome in outcomes {
        if !models.contains(&outcome.model.as_str()) {
            models.push(&outcome.model);
        }
        if !treatments.contains(&outcome.treatment) {
            treatments.push(outcome.treatment);
        }
    }
    let fixed = genres_of_all(outcomes);
    let comparable = !fma.is_synthetic() && fma.dataset().classes().len() == 16;
    let row = |model: &str, treatment: Treatment| {
        let own: Vec<_> = outcomes.iter().filter(|o| o.model == model && o.treatment == treatment).collect();
        let of = |figure: fn(&Outcome) -> f64| Spread::of(&own.iter().map(|o| figure(o)).collect::<Vec<_>>());
        let real: Vec<f64> = own.iter().filter_map(|o| o.real.as_ref().map(|scores| scores.accuracy)).collect();
        let published = Entrant::published(model, treatment, fma.columns().len());
        (!own.is_empty()).then(|| StudyRow {
            model: model.into(),
            treatment,
            parameters: own.iter().map(|o| o.parameters).max().unwrap_or(0),
            fits: own.len(),
            train: of(|o| o.train_accuracy),
            valid: of(|o| o.valid_accuracy),
            test: of(|o| o.test.accuracy),
            balanced_accuracy: of(|o| o.test.balanced_accuracy),
            macro_f1: Spread::of(&own.iter().map(|o| o.test.mean_f1(&fixed)).collect::<Vec<_>>()),
            real: (!real.is_empty()).then(|| Spread::of(&real)),
            seconds: of(|o| o.seconds),
            published: published.filter(|_| comparable),
        })
    };
    models.iter().flat_map(|model| treatments.iter().filter_map(|&t| row(model, t)).collect::<Vec<_>>()).collect()
}

/// The hyperparameters that were chosen, for each model that chose some: `tuned-svc: C = 1 (2), C = 3 (1)`.
pub fn settings(outcomes: &[&Outcome]) -> Vec<String> {
    let mut chosen = BTreeMap::<(&str, String), BTreeMap<&str, usize>>::new();
    for o in outcomes {
        if let Some(settings) = &o.settings {
            *chosen.entry((&o.model, o.treatment.to_string())).or_default().entry(settings).or_default() += 1;
        }
    }
    let line = |((model, treatment), counts): (&(&str, String), &BTreeMap<&str, usize>)| {
        let counts: Vec<_> = counts.iter().map(|(settings, times)| format!("{settings} ({times})")).collect();
        format!("{model}, {treatment}: {}", counts.join("; "))
    };
    chosen.iter().map(line).collect()
}

/// What test and training part share, in a sentence; none where no artist is known.
pub fn artists(outcomes: &[&Outcome]) -> Option<String> {
    let known: Vec<f64> = outcomes.iter().filter_map(|o| o.trained_artists).collect();
    let share = Spread::of(&known).percent();
    (!known.is_empty()).then(|| format!("Test tracks by an artist of the training part, honest protocol: {share} %."))
}

/// The rows as text, in per cent, with the intervals of the test accuracy where they are known.
pub fn text(rows: &[StudyRow], sure: &[Sure]) -> String {
    let mut table = format!(
        "{:<12} {:<16}{:>11} {:>12} {:>12} {:>12} {:>13} {:>12} {:>12} {:>9} {:>12} {:>10}\n",
        "model",
        "prepared",
        "parameters",
        "train",
        "valid",
        "test",
        "95 %",
        "balanced",
        "macro F1",
        "seconds",
        "real tracks",
        "published"
    );
    for r in rows {
        let real = r.real.map_or(String::new(), Spread::percent);
        let published = r.published.map_or(String::new(), |p| format!("{:.1}", 100.0 * p));
        let interval = sure.iter().find(|s| (&s.model, s.treatment) == (&r.model, r.treatment));
        let interval = interval.map_or(String::new(), |sure| sure.interval.percent());
        let figures =
            [r.train, r.valid, r.test, r.balanced_accuracy, r.macro_f1].map(|f| format!(" {:>12}", f.percent()));
        let figures = [&figures[..3], &[format!(" {interval:>13}")], &figures[3..]].concat();
        let leaks = if r.treatment.protocol.warning().is_some() { " LEAKS" } else { "" };
        let (model, treatment, figures) = (&r.model, format!("{}{leaks}", r.treatment), figures.concat());
        let (parameters, seconds) = (r.parameters, r.seconds.mean);
        // Writing into a string does not fail.
        let _ = writeln!(
            table,
            "{model:<12} {treatment:<17}{parameters:>10}{figures} {seconds:>9.1} {real:>12} {published:>10}"
        );
    }
    table
}
