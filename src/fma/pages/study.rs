//! The page of a study: table, protocols side by side, the lesson, and what went into it.

use super::comparison::{ComparisonRow, comparison, comparison_table};
use super::provenance::{ProvenanceRow, provenance};
use crate::Result;
use crate::fma::protocol::Protocol;
use crate::fma::report::{GenreRows, SYNTHETIC};
use crate::fma::split::Split;
use crate::fma::study::causes::Causes;
use crate::fma::study::lesson::{Lesson, Share};
use crate::fma::study::sureness::{self, Pair, Sure};
use crate::fma::study::{Outcome, StudyRow, Treatment, aggregate};
use crate::fma::tables::Fma;
use crate::metrics::{Confusion, Spread};
use crate::pictures::{self, Cell, Page, Table};

/// The page of a study; `lesson` is the one that it shows.
///
/// # Errors
/// When outcomes contradict the genres of the tables.
pub fn study_page(
    rows: &[StudyRow],
    lesson: Option<&Lesson>,
    outcomes: &[&Outcome],
    (fma, split): (&Fma, Split),
) -> Result<Page> {
    let table: Vec<_> = rows.iter().map(study_row).collect();
    let lessons = lesson.map_or(Vec::new(), lesson_rows);
    let mut page = results_page(&table, &lessons, fma.is_synthetic().then_some(SYNTHETIC));
    if let Some(lesson) = lesson {
        page = page.paragraph(&lesson.paragraph());
    }
    if let Some(causes) = lesson.and_then(|lesson| Causes::of(&lesson.model, outcomes)) {
        page = page.heading("Where the gain comes from").table(causes_table(&causes));
    }
    page = page.heading("What is sure").table(intervals_table(&sureness::intervals(outcomes, fma)?));
    let pairs = sureness::pairs(outcomes, fma, split)?;
    if !pairs.is_empty() {
        page = page.paragraph(SURE).table(pairs_table(&pairs));
    }
    if let Some(artists) = aggregate::artists(outcomes) {
        page = page.paragraph(&artists);
    }
    // The best of those whose figures hold for new tracks.
    let honest = rows.iter().filter(|row| row.treatment.protocol == Protocol::Honest);
    if let Some(best) = honest.max_by(|a, b| a.test.mean.total_cmp(&b.test.mean)) {
        let own = outcomes.iter().filter(|o| o.model == best.model && o.treatment == best.treatment);
        let confusion = pooled(own.map(|o| &o.test.confusion), fma.dataset().classes())?;
        page = page
            .heading("What was taken for what")
            .paragraph(&format!(
                "By {}, prepared {}: the most accurate under the honest protocol. All seeds together.",
                best.model, best.treatment
            ))
            .figures(pictures::confusion(&confusion));
    }
    page = balanced(page, outcomes, fma.dataset().classes());
    Ok(trained(page, outcomes))
}

/// How to read the table of pairs.
const SURE: &str = "A difference is sure where both intervals at 95 % leave zero out: that of a bootstrap over the artists \
    tested, which stands for other test tracks, and that of the corrected resampled t-test over the splits (Nadeau and \
    Bengio 2003), which stands for other training tracks. McNemar's p, of the first split, takes tracks of one artist for \
    independent, which they are not.";

fn causes_table(causes: &Causes) -> Table {
    let row = |(name, rows, spread): (String, Option<u64>, Option<Spread>)| {
        let spread = spread.map_or_else(Cell::none, |spread| Cell::number(spread.percent()));
        [Cell::from(name), rows.map_or_else(|| Cell::number(""), Cell::from), spread]
    };
    let title = format!("{}, all seeds, in per cent", causes.model);
    Table::new(title, ["tested on", "rows", "accuracy"]).rows(causes.lines().into_iter().map(row))
}

fn intervals_table(sure: &[Sure]) -> Table {
    let row = |s: &Sure| {
        let (accuracy, interval) = (Cell::percent(s.accuracy), Cell::number(s.interval.percent()));
        [s.model.as_str().into(), s.treatment.to_string().into(), accuracy, interval, s.artists.into()]
    };
    Table::new("Accuracy on real test tracks", ["model", "prepared", "accuracy", "95 % interval", "artists"])
        .rows(sure.iter().map(row))
}

fn pairs_table(pairs: &[Pair]) -> Table {
    let head = ["better", "than", "prepared", "points", "artists, 95 %", "splits, 95 %", "McNemar's p", "sure"];
    let row = |p: &Pair| {
        let cells = [
            p.better.as_str().into(),
            p.worse.as_str().into(),
            p.treatment.to_string().into(),
            Cell::number(format!("{:.1}", 100.0 * p.difference)),
            Cell::number(p.interval.percent()),
            p.resampled.map_or_else(Cell::none, |d| Cell::number(d.interval.percent())),
            Cell::number(format!("{:.3}", p.mcnemar)),
            if p.is_sure() { "yes" } else { "no" }.into(),
        ];
        cells.map(|cell: Cell| if p.is_sure() { cell } else { cell.faint() })
    };
    Table::new("The most accurate model against the others", head).rows(pairs.iter().map(row))
}

/// What balancing did to the genres, for each way of preparing that changes them; the first seed stands for all.
fn balanced(mut page: Page, outcomes: &[&Outcome], genres: &[String]) -> Page {
    let mut shown: Vec<Treatment> = Vec::new();
    let mut figures = Vec::new();
    for outcome in outcomes {
        if shown.contains(&outcome.treatment) {
            continue;
        }
        shown.push(outcome.treatment);
        let rows = outcome.genre_rows.as_ref();
        if let Some(GenreRows { before_balancing: before, after_balancing: after }) = rows.filter(|r| r.changed()) {
            let whose = match outcome.treatment.protocol {
                Protocol::Honest => "the training part",
                Protocol::Paper => "all rows, those to be tested among them",
            };
            let title = format!("{}: {whose}, seed {}", outcome.treatment, outcome.seed);
            figures.push(pictures::balance(genres, before, after).titled(title));
        }
    }
    if !figures.is_empty() {
        page = page.heading("Genres before and after balancing").figures(figures);
    }
    page
}

/// The learning curves of every network, as it was trained first: a look at a study's first seed and way of preparing.
fn trained(mut page: Page, outcomes: &[&Outcome]) -> Page {
    let Some(first) = outcomes.iter().find(|outcome| outcome.history.is_some()) else { return page };
    page = page
        .heading("Training")
        .paragraph(&format!("Every network, prepared {}, seed {}.", first.treatment, first.seed));
    let alike = |o: &&&Outcome| (o.treatment, o.seed, o.fold) == (first.treatment, first.seed, first.fold);
    for outcome in outcomes.iter().filter(alike) {
        if let Some(history) = &outcome.history {
            let named = |picture: pictures::Picture| {
                let title = format!("{}: {}", outcome.model, picture.title().to_lowercase());
                picture.titled(title)
            };
            page = page.figures(pictures::curves(history).map(named));
        }
    }
    page
}

fn study_row(row: &StudyRow) -> ComparisonRow {
    let leaks = row.treatment.protocol.warning().is_some();
    // Protocols are compared as they are usually prepared; other ways to balance stand on rows of their own.
    let usual = row.treatment.balance == row.treatment.protocol.usual_balance();
    ComparisonRow {
        model: row.model.clone(),
        balance: (!usual).then(|| row.treatment.balance.to_string()),
        parameters: Some(row.parameters),
        leaks,
        train: row.train,
        valid: row.valid,
        test: row.test,
        balanced_accuracy: row.balanced_accuracy,
        macro_f1: row.macro_f1,
        seconds: row.seconds,
        published: row.published,
    }
}

fn lesson_rows(lesson: &Lesson) -> Vec<ProvenanceRow> {
    let known = |share: Option<f64>| share.unwrap_or(f64::NAN);
    let row = |genre: &Share| ProvenanceRow {
        genre: genre.genre.clone(),
        tracks: genre.tracks,
        before: known(genre.smote_first),
        after: known(genre.split_first),
        real: known(genre.real_tracks),
        synthetic: known(genre.synthetic),
        // The picture shows a share of all test rows, where the lesson has one of the synthetic ones.
        parents: known(genre.synthetic) * genre.parent_in_training.unwrap_or(0.0),
    };
    lesson.genres.iter().map(row).collect()
}

/// Several confusion matrices in one.
fn pooled<'a>(matrices: impl Iterator<Item = &'a Vec<Vec<u64>>>, classes: &[String]) -> Result<Confusion> {
    let (mut truth, mut predicted) = (Vec::new(), Vec::new());
    for matrix in matrices {
        for (t, row) in matrix.iter().enumerate() {
            for (p, &count) in row.iter().enumerate() {
                truth.extend((0..count).map(|_| t));
                predicted.extend((0..count).map(|_| p));
            }
        }
    }
    Confusion::new(classes.iter().cloned(), &truth, &predicted)
}

/// The page of a study: the table of all models, both protocols compared, and the lesson where it was measured. `note` is a
/// warning for the top of the page, such as [`SYNTHETIC`].
pub fn results_page(rows: &[ComparisonRow], genres: &[ProvenanceRow], note: Option<&str>) -> Page {
    let mut page = Page::new("Every model, under both protocols");
    if let Some(note) = note {
        page = page.notice(note);
    }
    if rows.iter().any(|row| row.leaks) {
        let warning = Protocol::Paper.warning().unwrap_or_default();
        page = page.notice(format!("Rows marked paper: {warning}"));
    }
    page = page
        .paragraph(
            "Under the honest protocol the tracks are split first, and whatever learns from data sees the training part alone. \
             Under the paper protocol everything is balanced and standardised before the split.",
        )
        .heading("Results")
        .table(comparison_table(rows))
        .figure(comparison(rows));
    if !genres.is_empty() {
        page = page.heading("The lesson").figure(provenance(genres));
    }
    page
}
