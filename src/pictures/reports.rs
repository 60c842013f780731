//! The pages of a run and of a study.

use super::escape::count;
use super::study::study_table;
use super::{Cell, LessonRow, Page, StudyRow, Table, balance, confusion, curves, lesson, protocols, scores};
use crate::data::protocol::Protocol;
use crate::report::{Report, SYNTHETIC};
use crate::train::History;

/// The page of one run: its warnings and figures, its curves, and its genres.
pub fn run_report(report: &Report, history: &History) -> Page {
    let Report { test, data, rows, genre_rows, .. } = report;
    let protocol = Protocol::ALL.iter().find(|(name, _)| *name == report.protocol).map(|(_, protocol)| *protocol);
    let mut page = Page::new(format!("Telling genres apart: {}", report.model));
    for notice in data.synthetic.then_some(SYNTHETIC).into_iter().chain(protocol.and_then(Protocol::warning)) {
        page = page.notice(notice);
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
        ("rows", total.into()),
    ];
    let settings = [
        ("model", report.model.clone()),
        ("parameters", number(report.parameters)),
        ("data", data.source.clone()),
        ("tracks with a genre and features", number(data.tracks)),
        ("features", number(data.features)),
        ("genres", number(data.genres.len())),
        ("protocol", report.protocol.clone()),
        ("split", report.split.clone()),
        ("rows in training, validation, test", [rows.train, rows.valid, rows.test].map(number).join(" / ")),
        ("balancing", report.balance.clone()),
        ("batch size", number(report.batch_size)),
        ("learning rate", report.learning_rate.to_string()),
        ("seed", report.seed.to_string()),
        ("epochs", number(report.epochs_run)),
        ("best epoch", format!("{} by {}", report.best_epoch, report.monitor)),
        ("seconds", format!("{:.1}", report.seconds)),
        ("version of tonegrad", report.version.into()),
    ];
    page = page
        .paragraph(&format!(
            "Of {total} test rows, the model tells the genre of {} right ({:.1} %).",
            test.confusion.counts().diag().sum(),
            100.0 * test.accuracy()
        ))
        .table(
            Table::new("On the test part", ["figure", "value"])
                .rows(figures.map(|(name, cell)| [Cell::from(name), cell])),
        )
        .heading("Training")
        .paragraph(&format!("{history}."))
        .figures(curves(history))
        .heading("Genres")
        .figure(scores(test))
        .heading("What was taken for what")
        .figures(confusion(&test.confusion));
    let (before, after) = (&genre_rows.before_balancing, &genre_rows.after_balancing);
    if before != after {
        page = page.heading("Balancing").figure(balance(&data.genres, before, after));
    }
    page.heading("Settings").table(
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
        let warning = Protocol::Paper.warning().unwrap_or_default();
        page = page.notice(format!("Rows marked paper: {warning}"));
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
