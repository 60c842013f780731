//! The plane of a chart: two axes with their ticks, and the lines and points between them.

use super::axis::Axis;
use super::canvas::{Area, At, Drawn, SMALL, TEXT, font, width, write};
use super::palette::{BLUE, Colour, GREEN, GRID, INK, MUTED, ORANGE, PURPLE};
use plotters::prelude::*;

/// Several points with a name, as a line or each by itself.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Series {
    pub name: String,
    pub joined: bool,
    pub points: Vec<(f64, f64)>,
}

/// Two axes, and the corners between them.
pub(super) struct Plane<'a> {
    pub x: &'a Axis,
    pub y: &'a Axis,
    /// Left, top, right, bottom.
    pub corners: [i32; 4],
}

/// The size of a chart.
pub(super) const SIZE: (i32, i32) = (800, 540);
/// Up to so many points of a line have a dot each.
const DOTS: usize = 40;
const COLOURS: [Colour; 5] = [BLUE, ORANGE, GREEN, PURPLE, INK];

/// The colour of the series with this number.
pub(super) fn colour(number: usize) -> Colour {
    COLOURS[number % COLOURS.len()]
}

impl Plane<'_> {
    fn point(&self, (x, y): (f64, f64)) -> (i32, i32) {
        let [left, top, right, bottom] = self.corners;
        let across = |from: i32, to: i32, share: f64| (f64::from(from) + f64::from(to - from) * share).round() as i32;
        (across(left, right, self.x.share(x)), across(bottom, top, self.y.share(y)))
    }

    /// Ticks and labels; on a filled plane without lines across.
    pub fn draw_axes(&self, area: &Area, lines: bool) -> Drawn {
        let [left, top, right, bottom] = self.corners;
        for (value, text) in self.x.ticks(7) {
            let at = self.point((value, self.y.low)).0;
            let from = if lines { top } else { bottom };
            area.draw(&PathElement::new([(at, from), (at, bottom + 6)], GRID.rgb().stroke_width(2)))?;
            write(area, &text, (at, bottom + 20), font(SMALL, MUTED), At::Middle)?;
        }
        for (value, text) in self.y.ticks(5) {
            let at = self.point((self.x.low, value)).1;
            let to = if lines { right } else { left };
            area.draw(&PathElement::new([(left - 6, at), (to, at)], GRID.rgb().stroke_width(2)))?;
            write(area, &text, (left - 12, at), font(SMALL, MUTED), At::End)?;
        }
        write(area, &self.x.label, ((left + right) / 2, bottom + 56), font(TEXT, MUTED), At::Middle)?;
        write(area, &self.y.label, (16, (top + bottom) / 2), font(TEXT, MUTED), At::UpwardsMiddle)
    }

    /// A series: what does not lie on the plane tears its line apart.
    pub fn draw_series(&self, area: &Area, series: &Series, colour: Colour) -> Drawn {
        let within = |axis: &Axis, v: f64| axis.takes(v) && (axis.low..=axis.high).contains(&v);
        let drawn = |p: &(f64, f64)| within(self.x, p.0) && within(self.y, p.1);
        for run in series.points.split(|p| !drawn(p)).filter(|run| !run.is_empty()) {
            let run: Vec<(i32, i32)> = run.iter().map(|&p| self.point(p)).collect();
            if series.joined {
                area.draw(&PathElement::new(run.clone(), colour.rgb().stroke_width(4)))?;
            }
            let mut dots = run.iter().filter(|_| !series.joined || series.points.len() <= DOTS);
            dots.try_for_each(|&p| area.draw(&Circle::new(p, 5, colour.rgb().filled())))?;
        }
        Ok(())
    }
}

/// How a legend's entries are laid out within `room`: line and place of each.
pub(super) fn legend(series: &[Series], left: i32, room: i32) -> Vec<(i32, i32)> {
    let (mut line, mut x) = (0, left);
    let place = |series: &Series| {
        let long = 44 + width(&series.name, TEXT) + 24;
        if x > left && x + long > room {
            (line, x) = (line + 1, left);
        }
        x += long;
        (line, x - long)
    };
    series.iter().map(place).collect()
}

/// One entry of a legend.
pub(super) fn draw_entry(area: &Area, series: &Series, colour: Colour, (line, x): (i32, i32)) -> Drawn {
    let y = 18 + 34 * line;
    if series.joined {
        area.draw(&PathElement::new([(x, y), (x + 34, y)], colour.rgb().stroke_width(4)))?;
    }
    area.draw(&Circle::new((x + 17, y), 5, colour.rgb().filled()))?;
    write(area, &series.name, (x + 44, y), font(TEXT, INK), At::Start)
}
