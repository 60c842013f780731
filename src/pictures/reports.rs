//! The pages of a run and of a study.

use super::escape::count;
use super::study::study_table;
use super::{Cell, LessonRow, Page, StudyRow, Table, confusion, curves, lesson, protocols, scores};
use crate::report::Report;
use crate::train::History;

/// What to say wherever figures of the `paper` protocol are shown.
pub const LEAKS: &str = "LEAKING protocol (paper): balancing and standardising saw all tracks before the split, so that the test \
     part holds near copies of training tracks. Accuracies are far higher than on tracks that the model has not seen.";

/// The page of one run: its figures, its curves, and its genres. Whoever calls it adds what it cannot know, such as
/// [`LEAKS`] with [`Page::notice`] or [`balance`](super::balance()) with [`Page::figure`].
pub fn run_report(report: &Report, history: &History) -> Page {
    let Report { test, data, rows, .. } = report;
    let mut page = Page::new(format!("Telling genres apart: {}", report.model));
    if let Some(note) = &report.note {
        page = page.notice(note);
    }
    let total = test.confusion.total() as usize;
    let number = |n: usize| count(n as u64);
    let figures = [
        ("accuracy", Cell::score(test.accuracy())),
        ("balanced accuracy", Cell::score(test.confusion.balanced_accuracy())),
        ("macro F1", Cell::score(test.confusion.macro_mean().f1)),
        ("weighted F1", Cell::score(test.confusion.weighted_mean().f1)),
        ("top-3 accuracy", Cell::score(test.top_3)),
        ("loss", Cell::score(test.loss)),
        ("tracks", total.into()),
    ];
    let settings = [
        ("model", report.model.clone()),
        ("parameters", number(report.parameters)),
        ("data", data.source.clone()),
        ("tracks with a genre and features", number(data.tracks)),
        ("features", number(data.features)),
        ("genres", number(data.genres.len())),
        ("split", report.split.clone()),
        ("tracks in training, validation, test", [rows.train, rows.valid, rows.test].map(number).join(" / ")),
        ("balancing", report.balance.clone()),
        ("batch size", number(report.batch_size)),
        ("learning rate", report.learning_rate.to_string()),
        ("seed", report.seed.to_string()),
        ("epochs", number(report.epochs_run)),
        ("best epoch", format!("{} by {}", report.best_epoch, report.monitor)),
        ("seconds", format!("{:.1}", report.seconds)),
        ("version of tonegrad", report.version.into()),
    ];
    page.paragraph(&format!(
        "Of {total} test tracks, the model tells the genre of {} right ({:.1} %).",
        test.confusion.counts().diag().sum(),
        100.0 * test.accuracy()
    ))
    .table(
        Table::new("On the test part", ["figure", "value"]).rows(figures.map(|(name, cell)| [Cell::from(name), cell])),
    )
    .heading("Training")
    .paragraph(&format!("{history}."))
    .figures(curves(history))
    .heading("Genres")
    .figure(scores(test))
    .heading("What was taken for what")
    .figures(confusion(&test.confusion))
    .heading("Settings")
    .table(
        Table::new("What decided these figures", ["setting", "value"])
            .rows(settings.map(|(name, value)| [Cell::from(name), value.into()])),
    )
}

/// The page of a study: the table of all models, both protocols compared, and the lesson where it was measured. `note` is a
/// warning for the top of the page, such as [`SYNTHETIC`](crate::report::SYNTHETIC).
pub fn study_report(rows: &[StudyRow], lessons: &[LessonRow], note: Option<&str>) -> Page {
    let mut page = Page::new("Every model, under both protocols");
    if let Some(note) = note {
        page = page.notice(note);
    }
    if rows.iter().any(|row| row.leaks) {
        page = page.notice(format!("Rows marked paper: {LEAKS}"));
    }
    page = page
        .paragraph(
            "Under the honest protocol the tracks are split first, and whatever learns from data sees the training part alone. \
             Under the paper protocol everything is balanced and standardised before the split.",
        )
        .heading("Results")
        .table(study_table(rows))
        .figure(protocols(rows));
    if !lessons.is_empty() {
        page = page.heading("The lesson").figure(lesson(lessons));
    }
    page
}
