//! The page of one run: warnings, accuracy, learning curves, genres.

use crate::fma::protocol::Protocol;
use crate::fma::report::{Report, SYNTHETIC};
use crate::metrics::{Assessment, Evaluation, Interval};
use crate::pictures::escape::count;
use crate::pictures::{Cell, Page, Table, balance, confusion, curves, reliability, scores};
use crate::train::History;

/// Genres of fewer test tracks than this are shown in grey: their figures are luck.
const FEW: u64 = 10;

/// The page of one run: its warnings and figures, its learning curves, and its genres.
pub fn run_page(report: &Report, history: &History) -> Page {
    let Report { test, assessment, data, rows, genre_rows, .. } = report;
    let protocol = report.protocol.parse::<Protocol>().ok();
    let mut page = Page::new(format!("Genre classification: {}", report.model));
    for notice in data.synthetic.then_some(SYNTHETIC).into_iter().chain(protocol.and_then(Protocol::warning)) {
        page = page.notice(notice);
    }
    let total = test.confusion.total() as usize;
    let number = |n: usize| count(n as u64);
    let sure = &assessment.intervals;
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
        ("test tracks by an artist of the training part", share(report.trained_artists)),
        ("balancing", report.balance.clone()),
        ("batch size", number(report.batch_size)),
        ("learning rate", report.learning_rate.to_string()),
        ("temperature, fitted on the validation part", format!("{:.3}", report.temperature)),
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
        .table(figures(test, assessment))
        .paragraph(&match data.artists {
            true => format!(
                "Intervals are a bootstrap over the {} artists of the test part: tracks of one artist are alike, and say \
                 less than as many of others.",
                sure.clusters
            ),
            false => "Intervals are a bootstrap over the rows, as if nothing tied any two of them together.".into(),
        })
        .heading("Training")
        .paragraph(&format!("{history}."))
        .figures(curves(history))
        .heading("Genres")
        .figures([scores(test), reliability(&assessment.reliability)])
        .table(ranked(&data.genres, assessment))
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

/// The figures of a test part, with their intervals.
pub(super) fn figures(test: &Evaluation, assessment: &Assessment) -> Table {
    let sure = &assessment.intervals;
    let figures = [
        ("accuracy", Cell::score(test.accuracy()), Some(sure.accuracy)),
        ("balanced accuracy", Cell::score(test.confusion.balanced_accuracy()), Some(sure.balanced_accuracy)),
        ("macro F1", Cell::score(test.confusion.macro_mean().f1), Some(sure.macro_f1)),
        ("weighted F1", Cell::score(test.confusion.weighted_mean().f1), None),
        ("top-3 accuracy", Cell::score(test.top_3), None),
        ("negative log-likelihood", Cell::score(assessment.nll), Some(sure.nll)),
        ("expected calibration error", Cell::score(assessment.reliability.ece), None),
        ("rows", (test.confusion.total() as usize).into(), None),
    ];
    let between =
        |interval: Option<Interval>| interval.map_or_else(Cell::none, |interval| Cell::number(interval.to_string()));
    Table::new("On the test part", ["figure", "value", "95 % interval"])
        .rows(figures.map(|(name, cell, interval)| [Cell::from(name), cell, between(interval)]))
}

/// How well each genre's probability ranks the test tracks.
pub(super) fn ranked(genres: &[String], assessment: &Assessment) -> Table {
    let title = format!("Each genre against the others; grey where fewer than {FEW} test tracks stand behind it");
    let rows = genres.iter().zip(&assessment.rankings).map(|(genre, ranking)| {
        let score = |value: Option<f64>| value.map_or_else(Cell::none, Cell::score);
        let cells =
            [genre.as_str().into(), ranking.support.into(), score(ranking.roc_auc), score(ranking.average_precision)];
        cells.map(|cell: Cell| if ranking.support < FEW { cell.faint() } else { cell })
    });
    Table::new(title, ["genre", "test tracks", "ROC AUC", "average precision"]).rows(rows)
}

fn share(share: Option<f64>) -> String {
    share.map_or("unknown".into(), |share| format!("{:.1} %", 100.0 * share))
}
