//! Scores of each genre, and genres before and after balancing, as bar charts.

use super::bars::{BarLabel, Bars};
use super::escape::{count, plural};
use super::panel::{BarSeries, Panel, SERIES, Unit};
use super::{Cell, Picture, Table};
use crate::metrics::{ClassScore, Evaluation};

/// Precision, recall and F1 of every genre that has tracks or was predicted.
pub fn scores(evaluation: &Evaluation) -> Picture {
    let (title, counts) = ("Precision, recall and F1 by genre", evaluation.confusion.counts());
    let predicted = |class: usize| counts.column(class).sum() > 0;
    let all = evaluation.confusion.per_class();
    let (shown, absent): (Vec<_>, Vec<_>) =
        (0..).zip(&all).partition(|(class, score): &(usize, &ClassScore)| score.support > 0 || predicted(*class));
    let shown: Vec<&ClassScore> = shown.into_iter().map(|(_, score)| score).collect();

    let f1 = |a: &&&ClassScore, b: &&&ClassScore| a.f1.total_cmp(&b.f1);
    let mut description = "A number of tracks stands under each genre's name.".to_string();
    if let (Some(best), Some(worst)) = (shown.iter().max_by(f1), shown.iter().min_by(f1)) {
        description += &format!(
            " F1 is highest for {} ({:.2}) and lowest for {} ({:.2}).",
            best.class, best.f1, worst.class, worst.f1
        );
    }
    if !absent.is_empty() {
        description += &format!(" Left out: {} without tracks.", plural(absent.len(), "genre"));
    }
    let series = vec![
        BarSeries::new("precision", SERIES[0], shown.iter().map(|s| s.precision)),
        BarSeries::new("recall", SERIES[1], shown.iter().map(|s| s.recall)),
        BarSeries::new("F1", SERIES[2], shown.iter().map(|s| s.f1)),
    ];
    let panel = Panel { heading: "", unit: Unit::Score, series, mark: "" };
    let row = |s: &&ClassScore| BarLabel { name: s.class.clone(), note: plural(s.support as usize, "track") };
    let drawing = Bars { rows: shown.iter().map(row).collect(), panels: vec![panel] }.draw();
    Picture::new(title, description, drawing, scores_table(&all))
}

fn scores_table(scores: &[ClassScore]) -> Table {
    let row = |s: &ClassScore| {
        let [precision, recall, f1] = [s.precision, s.recall, s.f1].map(Cell::score);
        [s.class.as_str().into(), precision, recall, f1, s.support.into()]
    };
    Table::new("Scores by genre", ["genre", "precision", "recall", "F1", "tracks"]).rows(scores.iter().map(row))
}

/// Tracks of each genre before and after balancing; `before` and `after` are in the order of `genres`, as
/// [`Dataset::counts`](crate::data::Dataset::counts) gives them. A count that is missing is 0.
pub fn balance<G: AsRef<str>>(genres: &[G], before: &[usize], after: &[usize]) -> Picture {
    let title = "Genres before and after balancing";
    let at = |counts: &[usize], genre: usize| counts.get(genre).copied().unwrap_or(0);
    let occurs = |&genre: &usize| at(before, genre) + at(after, genre) > 0;
    let shown: Vec<usize> = (0..genres.len()).filter(occurs).collect();
    let sum = |counts: &[usize]| count(counts.iter().map(|&n| n as u64).sum());
    let mut description = format!("{} tracks before, {} after.", sum(before), sum(after));
    if let Some(rarest) = shown.iter().copied().filter(|&g| at(before, g) > 0).min_by_key(|&g| at(before, g)) {
        let (name, before, after) = (genres[rarest].as_ref(), at(before, rarest), at(after, rarest));
        description +=
            &format!(" The rarest genre, {name}, goes from {} to {}.", count(before as u64), count(after as u64));
    }
    let series = [("before", before), ("after", after)].into_iter().zip(SERIES);
    let series = series.map(|((name, counts), c)| BarSeries::new(name, c, shown.iter().map(|&g| at(counts, g) as f64)));
    let panel = Panel { heading: "", unit: Unit::Count, series: series.collect(), mark: "" };
    let row = |&g: &usize| BarLabel { name: genres[g].as_ref().to_string(), note: String::new() };
    let drawing = Bars { rows: shown.iter().map(row).collect(), panels: vec![panel] }.draw();
    let numbers = |g: usize| [Cell::from(genres[g].as_ref()), at(before, g).into(), at(after, g).into()];
    let data = Table::new(title, ["genre", "before", "after"]).rows((0..genres.len()).map(numbers));
    Picture::new(title, description, drawing, data)
}
