//! The confusion matrix: what was taken for what.

use super::canvas::{Area, At, Drawn, SMALL, TEXT, draw, fit, font, width, write};
use super::escape::plural;
use super::palette::{GRID, HEAT, INK, MUTED};
use super::{Cell, Picture, Table};
use crate::metrics::Confusion;
use plotters::prelude::*;

/// The confusion matrix twice: in tracks, and in per cent of each genre's tracks. Genres that occur neither in truth nor
/// among the predictions are left out.
pub fn confusion(confusion: &Confusion) -> [Picture; 2] {
    let counts = confusion.counts();
    let occurs = |&class: &usize| counts.row(class).sum() + counts.column(class).sum() > 0;
    let classes: Vec<usize> = (0..confusion.classes().len()).filter(occurs).collect();
    let names: Vec<&str> = classes.iter().map(|&class| confusion.classes()[class].as_str()).collect();
    let total = |truth: usize| counts.row(truth).sum() as f64;
    let cells = |value: &dyn Fn(usize, usize) -> f64| -> Vec<Vec<f64>> {
        classes.iter().map(|&truth| classes.iter().map(|&taken| value(truth, taken)).collect()).collect()
    };
    let tracks = cells(&|truth, taken| counts[[truth, taken]] as f64);
    let shares = cells(&|truth, taken| counts[[truth, taken]] as f64 / total(truth).max(1.0));

    let absent = confusion.classes().len() - classes.len();
    let absent =
        if absent == 0 { String::new() } else { format!(" {} without any left out.", plural(absent, "genre")) };
    let right = counts.diag().sum();
    let how = "A row is a genre, a column what its tracks were taken for; the diagonal is correct.";
    let worst = worst(&tracks, &names);
    let counted =
        format!("{how} {right} of {} are correct.{worst}{absent}", plural(confusion.total() as usize, "track"));
    let normalised = format!("{how} Each row adds up to 100, the diagonal is the recall.{absent}");
    let most = tracks.iter().flatten().copied().fold(1.0, f64::max);
    [
        // The root keeps rare genres visible beside common ones.
        picture("Confusion matrix, tracks", counted, &names, &tracks, |n| (n / most).sqrt(), |n| format!("{n}")),
        picture(
            "Confusion matrix, per cent of each genre",
            normalised,
            &names,
            &shares,
            |s| s,
            |s| {
                if s > 0.0 && s < 0.005 { "<1".into() } else { format!("{:.0}", 100.0 * s) }
            },
        ),
    ]
}

/// The most frequent mistake, in words.
fn worst(tracks: &[Vec<f64>], names: &[&str]) -> String {
    let mistakes = (0..names.len()).flat_map(|t| (0..names.len()).filter(move |&p| p != t).map(move |p| (t, p)));
    match mistakes.max_by(|a, b| tracks[a.0][a.1].total_cmp(&tracks[b.0][b.1])) {
        Some((t, p)) if tracks[t][p] > 0.0 => {
            format!(" The most frequent mistake: {} taken for {}, {}.", names[t], names[p], tracks[t][p])
        }
        _ => String::new(),
    }
}

fn picture(
    title: &str,
    description: String,
    names: &[&str],
    cells: &[Vec<f64>],
    heat: impl Fn(f64) -> f64,
    text: impl Fn(f64) -> String,
) -> Picture {
    let head = ["genre, taken for"].into_iter().chain(names.iter().copied());
    let row = |(name, row): (&&str, &Vec<f64>)| -> Vec<Cell> {
        [Cell::from(*name)].into_iter().chain(row.iter().map(|&v| Cell::number(text(v)))).collect()
    };
    let data = Table::new(title, head).rows(names.iter().zip(cells).map(row));
    let layout = Layout::of(names);
    let drawing = draw(layout.size(names.len()), |area| layout.draw(area, names, cells, &heat, &text));
    Picture::new(title, description, (layout.size(names.len()), drawing), data)
}

/// The longest name that is written out.
const NAMES: i32 = 250;
const TITLE: i32 = 40;

struct Layout {
    /// Room for names, to the left and above.
    names: i32,
    cell: i32,
    font: i32,
}

impl Layout {
    fn of(names: &[&str]) -> Self {
        let cell = match names.len() {
            0..=6 => 90,
            7..=24 => 54,
            25..=40 => 34,
            _ => 20,
        };
        let font = if cell < 34 { 17 } else { 22 };
        Layout { names: names.iter().map(|n| width(n, font)).max().unwrap_or(0).min(NAMES), cell, font }
    }

    fn size(&self, n: usize) -> (i32, i32) {
        let side = TITLE + self.names + 10 + self.cell * n as i32 + 8;
        (side.max(620), side.max(200))
    }

    fn draw(
        &self,
        area: &Area,
        names: &[&str],
        cells: &[Vec<f64>],
        heat: impl Fn(f64) -> f64,
        text: impl Fn(f64) -> String,
    ) -> Drawn {
        let &Layout { names: room, cell, font: size } = self;
        let (start, n) = (TITLE + room + 10, names.len() as i32);
        let end = start + cell * n;
        write(area, "taken for", ((start + end) / 2, TITLE / 2), font(TEXT, MUTED), At::Middle)?;
        write(area, "genre", (TITLE / 2, (start + end) / 2), font(TEXT, MUTED), At::UpwardsMiddle)?;
        for (i, name) in (0..).zip(names) {
            let (name, middle) = (fit(name, size, room), start + cell * i + cell / 2);
            write(area, &name, (start - 8, middle), font(size, INK), At::End)?;
            write(area, &name, (middle, start - 8), font(size, INK), At::Upwards)?;
        }
        for (i, row) in (0..).zip(cells) {
            for (j, &value) in (0..).zip(row).filter(|(_, value)| **value > 0.0) {
                let (x, y) = (start + cell * j, start + cell * i);
                let colour = HEAT.rgb().mix(((0.08 + 0.92 * heat(value)) * 100.0).round() / 100.0);
                area.draw(&Rectangle::new([(x, y), (x + cell, y + cell)], colour.filled()))?;
                if cell > 50 {
                    write(area, &text(value), (x + cell / 2, y + cell / 2), font(SMALL, INK), At::Middle)?;
                }
            }
        }
        for i in 0..=n {
            let at = start + cell * i;
            area.draw(&PathElement::new([(start, at), (end, at)], GRID.rgb().stroke_width(1)))?;
            area.draw(&PathElement::new([(at, start), (at, end)], GRID.rgb().stroke_width(1)))?;
        }
        for i in 0..n {
            let corners = [(start + cell * i, start + cell * i), (start + cell * (i + 1), start + cell * (i + 1))];
            area.draw(&Rectangle::new(corners, MUTED.rgb()))?;
        }
        Ok(())
    }
}
