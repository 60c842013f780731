//! The pages of a run and of a study.

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
        ("model", report.model.as_str().into()),
        ("parameters", report.parameters.into()),
        ("data", data.source.as_str().into()),
        ("tracks with a genre and features", data.tracks.into()),
        ("features", data.features.into()),
        ("genres", data.genres.len().into()),
        ("split", report.split.as_str().into()),
        ("tracks in training", rows.train.into()),
        ("tracks in validation", rows.valid.into()),
        ("tracks in the test", rows.test.into()),
        ("balancing", report.balance.as_str().into()),
        ("batch size", report.batch_size.into()),
        ("learning rate", Cell::number(report.learning_rate.to_string())),
        ("seed", Cell::number(report.seed.to_string())),
        ("epochs", report.epochs_run.into()),
        ("best epoch", report.best_epoch.into()),
        ("chosen by", report.monitor.as_str().into()),
        ("seconds", Cell::number(format!("{:.1}", report.seconds))),
        ("version of tonegrad", report.version.into()),
    ];
    let row = |(name, cell): (&str, Cell)| [Cell::from(name), cell];
    page.paragraph(&format!(
        "Of {total} test tracks, the model tells the genre of {} right ({:.1} %).",
        test.confusion.counts().diag().sum(),
        100.0 * test.accuracy()
    ))
    .table(Table::new("On the test part", ["figure", "value"]).rows(figures.map(row)))
    .heading("Training")
    .paragraph(&format!("{history}."))
    .figures(curves(history))
    .heading("Genres")
    .figure(scores(test))
    .heading("What was taken for what")
    .figures(confusion(&test.confusion))
    .heading("Settings")
    .table(Table::new("What decided these figures", ["setting", "value"]).rows(settings.map(row)))
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
