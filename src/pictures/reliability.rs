//! The reliability diagram: how often a model is right, by how sure it is.

use super::bars::{BarLabel, Bars};
use super::escape::plural;
use super::panel::{BarSeries, Panel, SERIES, Unit};
use super::{Cell, Picture, Table};
use crate::metrics::{Bin, Reliability};

/// Confidence and accuracy of every bin that has rows, from the least confident.
pub fn reliability(diagram: &Reliability) -> Picture {
    let title = "Calibration: how sure, how often right";
    let shown: Vec<(usize, &Bin)> = diagram.bins.iter().enumerate().filter(|(_, bin)| bin.rows > 0).collect();
    let range = |at: usize| {
        let edge = |at: usize| 100.0 * at as f64 / diagram.bins.len() as f64;
        format!("{:.0} to {:.0} %", edge(at), edge(at + 1))
    };
    let description = format!(
        "Rows by the probability of their most probable class. Where the bars of a row are alike, probabilities mean what \
         they say; confidence beyond accuracy is too much of it. On average they differ by {:.1} points (expected \
         calibration error).",
        100.0 * diagram.ece
    );
    let series = vec![
        BarSeries::new("confidence", SERIES[1], shown.iter().map(|(_, bin)| bin.confidence)),
        BarSeries::new("accuracy", SERIES[0], shown.iter().map(|(_, bin)| bin.accuracy)),
    ];
    let panel = Panel { heading: "", unit: Unit::Score, series, mark: "" };
    let label = |(at, bin): &(usize, &Bin)| BarLabel { name: range(*at), note: plural(bin.rows as usize, "row") };
    let drawing = Bars { rows: shown.iter().map(label).collect(), panels: vec![panel] }.draw();
    let row = |(at, bin): &(usize, &Bin)| {
        [range(*at).into(), bin.rows.into(), Cell::score(bin.confidence), Cell::score(bin.accuracy)]
    };
    let table = Table::new(title, ["probability", "rows", "mean probability", "accuracy"]).rows(shown.iter().map(row));
    Picture::new(title, description, drawing, table)
}
