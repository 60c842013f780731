//! Models compared under two protocols, as a picture and as a table.

use crate::metrics::Spread;
use crate::pictures::bars::{BarLabel, Bars};
use crate::pictures::escape::{count, plural};
use crate::pictures::palette::{BLUE, ORANGE};
use crate::pictures::panel::{BarSeries, Panel, Unit};
use crate::pictures::{Cell, Picture, Table};

/// A model's figures under one protocol, over all seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparisonRow {
    /// The model's name.
    pub model: String,
    /// Trainable parameters, where that can be said.
    pub parameters: Option<usize>,
    /// How its genres were balanced, where that is not what its protocol usually does.
    pub balance: Option<String>,
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

impl ComparisonRow {
    /// The protocol, and what is unusual about it.
    fn prepared(&self) -> String {
        let protocol = if self.leaks { "paper" } else { "honest" };
        self.balance.as_ref().map_or(protocol.into(), |balance| format!("{protocol}, {balance}"))
    }

    /// The model, and what is unusual about its data.
    fn label(&self) -> String {
        self.balance.as_ref().map_or(self.model.clone(), |balance| format!("{}, {balance}", self.model))
    }
}

/// Test accuracy of each model under both protocols, with a standard deviation over the seeds to either side, and the
/// published figure where there is one. Models in the order of their first rows.
pub fn comparison(rows: &[ComparisonRow]) -> Picture {
    let mut models: Vec<String> = Vec::new();
    for row in rows.iter().filter(|row| row.test.mean.is_finite() || row.published.is_some()) {
        if !models.contains(&row.label()) {
            models.push(row.label());
        }
    }
    let find = |model: &str, leaks: bool| rows.iter().find(|row| row.label() == model && row.leaks == leaks);
    let series = |leaks: bool, name, colour| {
        let of = |figure: &dyn Fn(&ComparisonRow) -> Option<f64>| -> Vec<f64> {
            models.iter().map(|model| find(model, leaks).and_then(figure).unwrap_or(f64::NAN)).collect()
        };
        let (whiskers, marks) = (of(&|row| row.test.deviation), of(&|row| row.published));
        BarSeries { whiskers, marks, ..BarSeries::new(name, colour, of(&|row| Some(row.test.mean))) }
    };
    let both = [series(false, "honest", BLUE), series(true, "paper, leaks", ORANGE)];
    // A protocol without a run is not in the legend.
    let something = |s: &BarSeries| s.values.iter().chain(&s.marks).any(|v| v.is_finite());
    let series = both.into_iter().filter(something).collect();

    let gains = models.iter().filter_map(|m| Some(find(m, true)?.test.mean - find(m, false)?.test.mean));
    let (gains, n) = gains.filter(|gain| gain.is_finite()).fold((0.0, 0), |(sum, n), gain| (sum + gain, n + 1));
    let mut description = "Whiskers are a standard deviation over the seeds.".to_string();
    if n > 0 {
        description += &format!(
            " Over {} under both protocols, paper reports {:.1} points more on average: its test part leaks into training.",
            plural(n, "model"),
            100.0 * gains / n as f64
        );
    }
    let parameters = |model: &str| rows.iter().filter(|row| row.label() == model).find_map(|row| row.parameters);
    let note = |model: &str| parameters(model).map_or(String::new(), |n| format!("{} parameters", count(n as u64)));
    let labels = models.iter().map(|model| BarLabel { name: model.to_string(), note: note(model) }).collect();
    let panel = Panel { heading: "", unit: Unit::Score, series, mark: "published" };
    let drawing = Bars { rows: labels, panels: vec![panel] }.draw();
    let data = Table::new("Test accuracy", ["model", "protocol", "test accuracy", "published"]);
    let row = |row: &ComparisonRow| {
        let published = row.published.map(Cell::score);
        [row.model.as_str().into(), row.prepared().into(), row.test.into(), published.into()]
    };
    Picture::new("Test accuracy under both protocols", description, drawing, data.rows(rows.iter().map(row)))
}

/// All figures of a study: model, protocol, parameters, accuracies, seconds, and what was published.
pub fn comparison_table(rows: &[ComparisonRow]) -> Table {
    let head =
        ["model", "protocol", "parameters", "train", "valid", "test", "balanced", "macro F1", "seconds", "published"];
    let accuracy = |spread: Spread| Cell::number(spread.percent());
    let row = |row: &ComparisonRow| {
        [
            row.model.as_str().into(),
            row.prepared().into(),
            row.parameters.into(),
            accuracy(row.train),
            accuracy(row.valid),
            accuracy(row.test),
            accuracy(row.balanced_accuracy),
            accuracy(row.macro_f1),
            Cell::number(format!("{:.1}", row.seconds.mean)),
            row.published.map(|p| Cell::number(format!("{:.1}", 100.0 * p))).into(),
        ]
    };
    Table::new("Every model, in per cent: mean ± standard deviation over the seeds", head).rows(rows.iter().map(row))
}
