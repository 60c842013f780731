//! Many models under two protocols.

use super::bars::{Bars, Row};
use super::escape::{count, plural};
use super::palette::{BLUE, INK, ORANGE};
use super::panel::{Panel, Series, Unit};
use super::{Cell, Picture, Spread, Table};

/// A model's figures under one protocol, over all seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct StudyRow {
    /// The model's name.
    pub model: String,
    /// Numbers that it learned, where that can be said.
    pub parameters: Option<usize>,
    /// Whether the test part leaks into training: the protocol is `paper` then, and `honest` otherwise.
    pub leaks: bool,
    /// Accuracy on the training part.
    pub train: Spread,
    /// Accuracy on the validation part.
    pub valid: Spread,
    /// Accuracy on the test part.
    pub test: Spread,
    /// Mean recall of the genres on the test part.
    pub balanced_accuracy: Spread,
    /// Mean F1 of the genres on the test part.
    pub macro_f1: Spread,
    /// Seconds of training and testing a seed.
    pub seconds: Spread,
    /// Test accuracy that was published under this protocol, where the data are those of the publication.
    pub published: Option<f64>,
}

impl StudyRow {
    fn protocol(&self) -> &'static str {
        if self.leaks { "paper" } else { "honest" }
    }
}

/// Test accuracy of each model under both protocols, with a standard deviation over the seeds to either side, and the
/// published figure where there is one. Models in the order of their first rows.
pub fn protocols(rows: &[StudyRow]) -> Picture {
    let mut models: Vec<&str> = Vec::new();
    for row in rows.iter().filter(|row| row.test.mean.is_finite() || row.published.is_some()) {
        if !models.contains(&row.model.as_str()) {
            models.push(&row.model);
        }
    }
    let find = |model: &str, leaks: bool| rows.iter().find(|row| row.model == model && row.leaks == leaks);
    let series = |leaks: bool, name, colour| {
        let tests = models.iter().map(|model| find(model, leaks).map(|row| row.test));
        let tests: Vec<Option<Spread>> = tests.collect();
        let whiskers = tests.iter().map(|test| test.and_then(|t| t.deviation).unwrap_or(0.0)).collect();
        Series { whiskers, ..Series::new(name, colour, tests.iter().map(|test| test.map_or(f64::NAN, |t| t.mean))) }
    };
    let both = [series(false, "honest", BLUE), series(true, "paper, leaks", ORANGE)];
    // A protocol that nobody ran has no place in the legend.
    let series: Vec<_> = both.into_iter().filter(|s| s.values.iter().any(|v| v.is_finite())).collect();
    let published = |model: &&str| rows.iter().filter(|row| row.model == **model).find_map(|row| row.published);
    let published: Vec<f64> = models.iter().map(|model| published(model).unwrap_or(f64::NAN)).collect();
    let mark = published.iter().any(|v| v.is_finite()).then(|| Series::new("published", INK, published));

    let gains = models.iter().filter_map(|m| Some(find(m, true)?.test.mean - find(m, false)?.test.mean));
    let (gains, n) = gains.filter(|gain| gain.is_finite()).fold((0.0, 0), |(sum, n), gain| (sum + gain, n + 1));
    let mut description = "Whiskers are a standard deviation over the seeds.".to_string();
    if n > 0 {
        description += &format!(
            " Over {} under both protocols, `paper` reports {:.1} points more on average: its test part leaks into training.",
            plural(n, "model"),
            100.0 * gains / n as f64
        );
    }
    let parameters = |model: &str| rows.iter().filter(|row| row.model == model).find_map(|row| row.parameters);
    let note = |model: &str| parameters(model).map_or(String::new(), |n| format!("{} parameters", count(n as u64)));
    let labels = models.iter().map(|model| Row { name: model.to_string(), note: note(model) }).collect();
    let drawing = Bars { rows: labels, panels: vec![Panel { heading: "", unit: Unit::Score, series, mark }] }.draw();
    let data = Table::new("Test accuracy", ["model", "protocol", "test accuracy", "published"]);
    let row = |row: &StudyRow| {
        let published = row.published.map(Cell::score);
        [row.model.as_str().into(), row.protocol().into(), row.test.into(), published.into()]
    };
    Picture::new("Test accuracy under both protocols", description, drawing, data.rows(rows.iter().map(row)))
}

/// All figures of a study: model, protocol, parameters, accuracies, seconds, and what was published.
pub fn study_table(rows: &[StudyRow]) -> Table {
    let head =
        ["model", "protocol", "parameters", "train", "valid", "test", "balanced", "macro F1", "seconds", "published"];
    let row = |row: &StudyRow| {
        [
            row.model.as_str().into(),
            row.protocol().into(),
            row.parameters.into(),
            row.train.into(),
            row.valid.into(),
            row.test.into(),
            row.balanced_accuracy.into(),
            row.macro_f1.into(),
            Cell::number(format!("{:.1}", row.seconds)),
            row.published.map(Cell::score).into(),
        ]
    };
    Table::new("Accuracy of every model, mean ± standard deviation over the seeds", head).rows(rows.iter().map(row))
}
