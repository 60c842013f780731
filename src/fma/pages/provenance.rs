//! Data leakage as a picture: why balancing before the split makes a model look better than it is.

use crate::pictures::bars::{BarLabel, Bars};
use crate::pictures::palette::{BLUE, GREEN, MUTED, ORANGE, PURPLE};
use crate::pictures::panel::{BarSeries, Panel, Unit};
use crate::pictures::{Cell, Picture, Table};

/// A genre's share in the lesson. Each figure is NaN where it is unknown, say without test rows.
#[derive(Clone, Debug, PartialEq)]
pub struct ProvenanceRow {
    /// The genre's name.
    pub genre: String,
    /// Real tracks in the data.
    pub tracks: usize,
    /// Accuracy on the genre's test rows where SMOTE came before the split.
    pub before: f64,
    /// The same where SMOTE came after the split and saw the training part alone.
    pub after: f64,
    /// Accuracy of the model of `before` on real tracks that neither its training nor SMOTE saw.
    pub real: f64,
    /// The share of the test rows of `before` that is synthetic.
    pub synthetic: f64,
    /// The share of the test rows of `before` that is synthetic and has a parent in the training part.
    pub parents: f64,
}

/// What SMOTE before the split gains, and where it comes from; the genres that gain most come first.
pub fn provenance(rows: &[ProvenanceRow]) -> Picture {
    let title = "What SMOTE before the split gains, and why";
    let gain = |row: &ProvenanceRow| row.before - row.after;
    let mut rows: Vec<&ProvenanceRow> = rows.iter().collect();
    // NaN last.
    let rank = |row: &ProvenanceRow| if gain(row).is_nan() { f64::INFINITY } else { -gain(row) };
    rows.sort_by(|a, b| rank(a).total_cmp(&rank(b)));

    let mean = |value: &dyn Fn(&ProvenanceRow) -> f64| {
        let values: Vec<f64> = rows.iter().map(|row| value(row)).filter(|v| v.is_finite()).collect();
        100.0 * values.iter().sum::<f64>() / values.len() as f64
    };
    let [before, after, real] = [mean(&|r| r.before), mean(&|r| r.after), mean(&|r| r.real)].map(whole);
    let [synthetic, parents] = [mean(&|r| r.synthetic), mean(&|r| r.parents)].map(whole);
    let description = format!(
        "Averaged over genres, a model balanced before the split classifies {before} of its test rows correctly, one \
         balanced after it {after}. But {synthetic} of the former's test rows are synthetic, and {parents} have a \
         parent that it was trained on; of real tracks it has never seen, the same model classifies {real}. Under each \
         genre's name: points gained."
    );
    let series = |name: &str, colour, value: fn(&ProvenanceRow) -> f64| {
        BarSeries::new(name, colour, rows.iter().map(|r| value(r)))
    };
    let accuracy = Panel {
        heading: "Accuracy",
        unit: Unit::Share,
        series: vec![
            series("SMOTE first", ORANGE, |r| r.before),
            series("same, real tracks", GREEN, |r| r.real),
            series("split first", BLUE, |r| r.after),
        ],
        mark: "",
    };
    let origin = Panel {
        heading: "Test rows, SMOTE first",
        unit: Unit::Share,
        series: vec![series("synthetic", PURPLE, |r| r.synthetic), series("parent in training", MUTED, |r| r.parents)],
        mark: "",
    };
    let label = |row: &&ProvenanceRow| BarLabel { name: row.genre.clone(), note: points(gain(row)) + " points" };
    let drawing = Bars { rows: rows.iter().map(label).collect(), panels: vec![accuracy, origin] }.draw();
    Picture::new(title, description, drawing, table(&rows))
}

fn whole(percent: f64) -> String {
    if percent.is_finite() { format!("{percent:.0} %") } else { "an unknown share".into() }
}

fn table(rows: &[&ProvenanceRow]) -> Table {
    let head = [
        "genre",
        "real tracks",
        "accuracy, SMOTE first",
        "accuracy, split first",
        "points gained",
        "accuracy on real tracks, SMOTE first",
        "test rows synthetic",
        "with a parent in training",
    ];
    let share = |value: f64| if value.is_finite() { Cell::percent(value) } else { Cell::none() };
    let row = |r: &&ProvenanceRow| {
        let [before, after, real] = [r.before, r.after, r.real].map(share);
        let gain = Cell::number(points(r.before - r.after));
        [r.genre.as_str().into(), r.tracks.into(), before, after, gain, real, share(r.synthetic), share(r.parents)]
    };
    Table::new("SMOTE before and after the split, by genre", head).rows(rows.iter().map(row))
}

/// Whole points with a sign, of a difference of shares: `+12`, `−3`, `0`.
fn points(difference: f64) -> String {
    match (difference * 100.0).round() {
        p if p > 0.0 => format!("+{p}"),
        p if p < 0.0 => format!("\u{2212}{}", -p),
        p if p.is_nan() => "?".into(),
        _ => "0".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_have_signs() {
        let gains = [0.456, -0.031, -0.004, f64::NAN].map(points);
        assert_eq!(gains, ["+46", "\u{2212}3", "0", "?"]);
    }
}
