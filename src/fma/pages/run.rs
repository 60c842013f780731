//! The page of one run: warnings, accuracy, learning curves, genres.

use crate::fma::protocol::Protocol;
use crate::fma::report::{Report, SYNTHETIC};
use crate::pictures::escape::count;
use crate::pictures::{Cell, Page, Table, balance, confusion, curves, scores};
use crate::train::History;

/// The page of one run: its warnings and figures, its learning curves, and its genres.
pub fn run_page(report: &Report, history: &History) -> Page {
    let Report { test, data, rows, genre_rows, .. } = report;
    let protocol = report.protocol.parse::<Protocol>().ok();
    let mut page = Page::new(format!("Genre classification: {}", report.model));
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
            "Of {total} test rows, the model classifies {} correctly ({:.1} %).",
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
