//! Learning curves: loss and accuracy, epoch by epoch.

use super::canvas::{Area, At, Drawn, SMALL, TEXT, draw, drawable, font, width, write};
use super::escape::plural;
use super::palette::{BLUE, Colour, GRID, INK, MUTED, ORANGE};
use super::{Cell, Picture, Table};
use crate::train::{Epoch, History};
use plotters::prelude::*;

/// The learning curves of a training run: loss and accuracy, on the training and on the validation part; the best
/// epoch, whose weights were kept, is marked.
pub fn curves(history: &History) -> [Picture; 2] {
    let loss = Curves {
        name: "loss",
        history,
        lines: [("training", ORANGE, |e: &Epoch| e.loss), ("validation", BLUE, |e: &Epoch| e.val_loss)],
        share: false,
    };
    let lines: [Line; 2] =
        [("training", ORANGE, |e: &Epoch| e.accuracy), ("validation", BLUE, |e: &Epoch| e.val_accuracy)];
    let accuracy = Curves { name: "accuracy", lines, share: true, ..loss };
    [loss.picture(), accuracy.picture()]
}

type Line = (&'static str, Colour, fn(&Epoch) -> f64);

#[derive(Clone, Copy)]
struct Curves<'a> {
    name: &'static str,
    history: &'a History,
    lines: [Line; 2],
    /// Whether the scale runs from 0 to 1.
    share: bool,
}

const SIZE: (i32, i32) = (800, 540);
const HEAD: i32 = 44;
/// Beside and below the plane.
const SCALES: (i32, i32) = (78, 76);
/// Up to so many epochs have a dot each.
const DOTS: usize = 40;

impl Curves<'_> {
    fn picture(&self) -> Picture {
        let Curves { name, history, lines: [(_, _, train), (_, _, valid)], .. } = *self;
        let title = name[..1].to_uppercase() + &name[1..] + " by epoch";
        let mut description = plural(history.trained(), "epoch") + ".";
        if let (Some(first), Some(last), Some(best)) = (history.epochs.first(), history.epochs.last(), history.best()) {
            description = format!(
                "{description} Training {name} goes from {:.4} to {:.4}, validation {name} from {:.4} to {:.4}; in the \
                 best epoch, {}, it is {:.4}.",
                train(first),
                train(last),
                valid(first),
                valid(last),
                best.epoch,
                valid(best)
            );
        }
        let row = |e: &Epoch| [Cell::from(e.epoch), Cell::score(train(e)), Cell::score(valid(e))];
        let data = Table::new(&title, ["epoch", "training", "validation"]).rows(history.epochs.iter().map(row));
        Picture::new(title, description, (SIZE, draw(SIZE, |area| self.draw(area))), data)
    }

    /// Lowest and highest of what is drawn, a little apart whatever the values are.
    fn range(&self) -> (f64, f64) {
        if self.share {
            return (0.0, 1.0);
        }
        let values = self.history.epochs.iter().flat_map(|e| self.lines.map(|(_, _, value)| value(e)));
        let finite = values.filter(|&v| drawable(v));
        let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        match (high - low) * 0.06 {
            _ if low > high => (0.0, 1.0),
            margin if margin > 1e-9 * high.abs().max(1.0) => (low - margin, high + margin),
            _ => (low - 0.5 - low.abs() * 0.1, low + 0.5 + low.abs() * 0.1),
        }
    }

    fn draw(&self, area: &Area) -> Drawn {
        let ((low, high), epochs) = (self.range(), self.history.trained());
        let mut chart = ChartBuilder::on(area)
            .margin_top(HEAD)
            .margin_right(26)
            .set_label_area_size(LabelAreaPosition::Left, SCALES.0)
            .set_label_area_size(LabelAreaPosition::Bottom, SCALES.1)
            .build_cartesian_2d(0.0..epochs as f64 + 1.0, low..high)?;
        chart
            .configure_mesh()
            .x_labels(9)
            .y_labels(6)
            .max_light_lines(0)
            // Before the first epoch and after the last there is nothing to read.
            .x_label_formatter(&|&x| {
                if x.fract() == 0.0 && (1.0..=epochs as f64).contains(&x) { x.to_string() } else { String::new() }
            })
            .y_label_formatter(&|y| tick(*y, high - low))
            .bold_line_style(GRID.rgb())
            .axis_style(GRID.rgb())
            .label_style(font(SMALL, MUTED))
            .draw()?;
        let plane = chart.plotting_area();
        let best = self.history.best();
        if let Some(best) = best {
            let x = best.epoch as f64;
            plane.draw(&PathElement::new([(x, low), (x, high)], MUTED.rgb().stroke_width(2)))?;
        }
        for (_, colour, value) in self.lines {
            let points = |e: &Epoch| (e.epoch as f64, value(e));
            // What cannot be drawn tears the line apart.
            for run in self.history.epochs.split(|e| !drawable(value(e))).filter(|run| !run.is_empty()) {
                plane.draw(&PathElement::new(
                    run.iter().map(points).collect::<Vec<_>>(),
                    colour.rgb().stroke_width(4),
                ))?;
                for epoch in run.iter().filter(|_| epochs <= DOTS) {
                    plane.draw(&Circle::new(points(epoch), 5, colour.rgb().filled()))?;
                }
            }
            if let Some(best) = best.filter(|best| drawable(value(best))) {
                plane.draw(&Circle::new(points(best), 10, INK.rgb().stroke_width(3)))?;
            }
        }
        self.legend(area)?;
        write(area, "epoch", (SCALES.0 + (SIZE.0 - SCALES.0) / 2, SIZE.1 - 18), font(TEXT, MUTED), At::Middle)
    }

    fn legend(&self, area: &Area) -> Drawn {
        let mut x = SCALES.0;
        for (name, colour, _) in self.lines {
            area.draw(&PathElement::new([(x, 18), (x + 34, 18)], colour.rgb().stroke_width(4)))?;
            area.draw(&Circle::new((x + 17, 18), 5, colour.rgb().filled()))?;
            write(area, name, (x + 44, 18), font(TEXT, INK), At::Start)?;
            x += 44 + width(name, TEXT) + 28;
        }
        if let Some(best) = self.history.best() {
            area.draw(&Circle::new((x + 10, 18), 10, INK.rgb().stroke_width(3)))?;
            write(area, &format!("best epoch, {}", best.epoch), (x + 30, 18), font(TEXT, INK), At::Start)?;
        }
        Ok(())
    }
}

/// As many decimals as the ticks of a scale of such a length need to differ.
fn tick(value: f64, length: f64) -> String {
    match length {
        l if !(1e-4..1e5).contains(&l) => format!("{value:.1e}"),
        l => format!("{value:.*}", (1.0 - l.log10().floor()).clamp(0.0, 5.0) as usize),
    }
}
