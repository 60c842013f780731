//! The page of a run on pieces of recordings: figures, votes, a row of examples, the surest mistakes, what the network looks
//! at.

use super::run::{figures, ranked};
use crate::fma::pieces::{Looks, PieceReport, Shown};
use crate::pictures::escape::count;
use crate::pictures::heatmap::shades;
use crate::pictures::palette::INK;
use crate::pictures::{Cell, Page, Picture, Table, confusion, curves, reliability, scores};
use crate::train::History;
use ndarray::{Array2, s};
use std::fmt::Write;

/// The page of a run.
pub fn pieces_page(report: &PieceReport, history: &History, looks: &Looks) -> Page {
    let PieceReport { test, assessment, genres, rows, .. } = report;
    let mut page = Page::new(format!("Pieces of music: {}", report.model));
    if let Some(note) = &report.note {
        page = page.notice(note);
    }
    page = page
        .paragraph(&format!(
            "Of {} test pieces, the model classifies {} correctly ({:.1} %). Split: {}.",
            test.confusion.total(),
            test.confusion.counts().diag().sum(),
            100.0 * test.accuracy(),
            report.split
        ))
        .table(figures(test, assessment));
    if !report.votes.is_empty() {
        page = page.heading("Whole recordings").table(votes(report));
    }
    if !looks.examples.is_empty() {
        let row = looks.examples.iter().map(|shown| spectrogram(shown, genres[shown.truth].clone(), genres));
        page = page.heading("Examples").figures(row);
    }
    if !looks.mistakes.is_empty() {
        let row = looks.mistakes.iter().map(|shown| {
            spectrogram(shown, format!("{} taken for {}", genres[shown.truth], genres[shown.taken]), genres)
        });
        page = page.heading("The most confident mistakes").figures(row);
    }
    if looks.saliency.is_some() || !looks.kernels.is_empty() {
        page = page.heading("What the network looks at");
    }
    if let Some((shown, slope)) = &looks.saliency {
        let words = "How much the logit of its class changes with each pixel; the darker, the more.";
        let picture = field(slope, 400);
        page = page.figures([
            spectrogram(shown, format!("The surest: {}", genres[shown.truth]), genres),
            Picture::new("Saliency", words, picture, extremes("gradient", slope)),
        ]);
    }
    if !looks.kernels.is_empty() {
        page = page.figure(kernels(&looks.kernels));
    }
    let settings = [
        ("model", report.model.clone()),
        ("parameters", count(report.parameters as u64)),
        ("data", report.source.clone()),
        ("pieces", count(report.pieces as u64)),
        ("height, width, channels", format!("{:?}", report.shape)),
        ("protocol", report.protocol.clone()),
        ("pieces in training, validation, test", format!("{} / {} / {}", rows.train, rows.valid, rows.test)),
        (
            "test pieces whose group is in training",
            report.trained_groups.map_or("unknown".into(), |share| format!("{:.1} %", 100.0 * share)),
        ),
        ("batch size", report.batch_size.to_string()),
        ("learning rate", report.learning_rate.to_string()),
        ("seed", report.seed.to_string()),
        ("best epoch", format!("{} of {} by {}", report.best_epoch, report.epochs_run, report.monitor)),
        ("seconds", format!("{:.1}", report.seconds)),
        ("version of tonegrad", report.version.into()),
    ];
    page.heading("Training")
        .paragraph(&format!("{history}."))
        .figures(curves(history))
        .heading("Classes")
        .figures([scores(test), reliability(&assessment.reliability)])
        .table(ranked(genres, assessment))
        .heading("What was taken for what")
        .figures(confusion(&test.confusion))
        .heading("Settings")
        .table(
            Table::new("What decided these figures", ["setting", "value"])
                .rows(settings.map(|(name, value)| [Cell::from(name), value.into()])),
        )
}

/// Recordings in the table of votes, at most.
const VOTES: usize = 40;

fn votes(report: &PieceReport) -> Table {
    let right = report.votes.iter().filter(|vote| vote.taken == vote.truth).count();
    let title = format!(
        "Every test piece of a recording votes: {right} of {} recordings right. The share of pieces taken for each class",
        report.votes.len()
    );
    let head = ["recording", "pieces", "taken for"].into_iter().chain(report.genres.iter().map(String::as_str));
    let rows = report.votes.iter().take(VOTES).map(|vote| {
        let first = [vote.recording.as_str().into(), vote.pieces.into(), report.genres[vote.taken].as_str().into()];
        first.into_iter().chain(vote.shares.iter().map(|&share| Cell::percent(share))).collect::<Vec<_>>()
    });
    Table::new(title, head).rows(rows)
}

fn spectrogram(shown: &Shown, title: String, genres: &[String]) -> Picture {
    let words = format!(
        "{}; the model says {}, {:.0} %. Time to the right; the darker, the louder.",
        shown.name,
        genres[shown.taken],
        100.0 * shown.confidence
    );
    Picture::new(title, words, field(&shown.pixels, 400), extremes("level", &shown.pixels))
}

fn extremes(what: &str, field: &Array2<f32>) -> Table {
    let (low, high) = range(field);
    let cell = |value: f32| Cell::number(format!("{value:.3}"));
    let mean = field.mean().unwrap_or(0.0);
    Table::new(what, ["figure", "value"])
        .row([Cell::from("smallest"), cell(low)])
        .row([Cell::from("mean"), cell(mean)])
        .row([Cell::from("largest"), cell(high)])
}

fn range(field: &Array2<f32>) -> (f32, f32) {
    field.iter().fold((f32::MAX, f32::MIN), |(low, high), &v| (low.min(v), high.max(v)))
}

/// Cells each way at most: more could not be told apart, and pages stay small.
const CELLS: usize = 64;

/// A field as a heat map without axes, its first row on top. Shades go by the root of the level, so that what is soft is seen, too.
fn field(values: &Array2<f32>, width: i32) -> ((i32, i32), String) {
    let (h, w) = values.dim();
    let (rows, columns) = (h.min(CELLS), w.min(CELLS));
    let cell = (width / columns as i32).max(1);
    let (low, high) = range(values);
    let levels = Array2::from_shape_fn((rows, columns), |(from_below, column)| {
        let row = rows - 1 - from_below;
        let part = s![row * h / rows..(row + 1) * h / rows, column * w / columns..(column + 1) * w / columns];
        let mean = values.slice(part).mean().unwrap_or(low);
        f64::from(((mean - low) / (high - low).max(f32::MIN_POSITIVE)).clamp(0.0, 1.0)).sqrt()
    });
    let (width, height) = (cell * columns as i32, cell * rows as i32);
    ((width, height), shades(&levels, (0.0, 1.0), [0, 0, width, height]))
}

/// All kernels side by side, each in its own shades.
fn kernels(kernels: &[Array2<f32>]) -> Picture {
    const ROW: usize = 8;
    let (mut drawing, mut side) = (String::new(), (0, 0));
    let mut table = Table::new("Kernels of the first convolution", ["filter", "smallest", "largest"]);
    for (i, kernel) in kernels.iter().enumerate() {
        let ((w, h), cells) = field(kernel, 60);
        let (x, y) = ((i % ROW) as i32 * (w + 14) + 4, (i / ROW) as i32 * (h + 14) + 4);
        side = (side.0.max(x + w + 6), side.1.max(y + h + 6));
        let _ = write!(
            drawing,
            "<g transform=\"translate({x} {y})\">{cells}<rect width=\"{w}\" height=\"{h}\" fill=\"none\" stroke=\"{}\"/></g>",
            INK.hex()
        );
        let (low, high) = range(kernel);
        let number = |v: f32| Cell::number(format!("{v:.3}"));
        table = table.row([Cell::from(i + 1), number(low), number(high)]);
    }
    let words = "What each filter of the first layer answers to; the darker, the larger the weight.";
    Picture::new("Kernels of the first convolution", words, (side, drawing), table)
}
