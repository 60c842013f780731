//! Bars on one scale, under their legend.

use super::bars::{AXIS, Heights};
use super::canvas::{Area, At, Drawn, SMALL, TEXT, fit, font, put, width, write};
use super::escape::count;
use super::palette::{BLUE, Colour, GREEN, GRID, INK, MUTED, ORANGE};
use plotters::prelude::*;

/// Colours of the first, second and third series.
pub(super) const SERIES: [Colour; 3] = [BLUE, ORANGE, GREEN];

/// Series side by side in each row.
pub(super) struct Panel {
    /// Above the legend; may be empty.
    pub heading: &'static str,
    pub unit: Unit,
    pub series: Vec<Series>,
    /// A diamond in each row: something to compare with.
    pub mark: Option<Series>,
}

/// A value in each row.
pub(super) struct Series {
    pub name: String,
    pub colour: Colour,
    /// NaN where there is none.
    pub values: Vec<f64>,
    /// Half a whisker's length for each value; 0, or nothing at all, for none.
    pub whiskers: Vec<f64>,
}

impl Series {
    pub fn new(name: impl Into<String>, colour: Colour, values: impl IntoIterator<Item = f64>) -> Self {
        Series { name: name.into(), colour, values: values.into_iter().collect(), whiskers: Vec::new() }
    }

    /// Value and whisker of a row, if it has a value.
    fn at(&self, row: usize) -> Option<(f64, f64)> {
        let whisker = self.whiskers.get(row).copied().filter(|w| w.is_finite()).unwrap_or(0.0);
        self.values.get(row).filter(|v| v.is_finite()).map(|&v| (v, whisker))
    }
}

/// What the numbers are, and how they are written.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Unit {
    /// 0 to 1, two decimals.
    Score,
    /// 0 to 1, in per cent.
    Share,
    /// Of tracks.
    Count,
}

impl Unit {
    fn write(self, value: f64) -> String {
        match self {
            Unit::Score => format!("{value:.2}"),
            Unit::Share => format!("{:.0}%", 100.0 * value),
            Unit::Count => count(value.round() as u64),
        }
    }

    fn tick(self, value: f64) -> String {
        if self == Unit::Score { format!("{value:.1}") } else { self.write(value) }
    }
}

/// A line of the legend.
const LINE: i32 = 34;

impl Panel {
    /// Where each entry of the legend goes, in `room` units, and how high heading and legend are.
    pub fn head(&self, room: i32) -> (Vec<(i32, i32)>, i32) {
        let (mut x, mut y) = (0, if self.heading.is_empty() { 0 } else { LINE + 4 });
        let place = |series: &Series| {
            let wide = width(&fit(&series.name, TEXT, room - 56), TEXT) + 56;
            if x > 0 && x + wide > room {
                (x, y) = (0, y + LINE);
            }
            x += wide;
            (x - wide, y)
        };
        let places = self.series.iter().chain(&self.mark).map(place).collect();
        (places, y + LINE + 8)
    }

    pub fn draw_head(&self, area: &Area, room: i32) -> Drawn {
        if !self.heading.is_empty() {
            write(area, self.heading, (0, LINE / 2), font(TEXT, INK), At::Start)?;
        }
        for (i, (series, (x, y))) in self.series.iter().chain(&self.mark).zip(self.head(room).0).enumerate() {
            let (middle, colour) = (y + LINE / 2, series.colour.rgb().filled());
            if i < self.series.len() {
                area.draw(&Rectangle::new([(x, middle - 9), (x + 22, middle + 9)], colour))?;
            } else {
                area.draw(&Polygon::new(diamond((x + 11, middle)), colour))?;
            }
            write(area, &fit(&series.name, TEXT, room - 56), (x + 32, middle), font(TEXT, INK), At::Start)?;
        }
        Ok(())
    }

    /// The end of the scale: 1 for shares, the longest bar's for counts.
    fn end(&self, rows: usize) -> f64 {
        let ends = (0..rows).flat_map(|row| self.series.iter().chain(&self.mark).filter_map(move |s| s.at(row)));
        let longest = ends.map(|(value, whisker)| value + whisker).fold(0.0, f64::max);
        if self.unit == Unit::Count && longest > 0.0 { longest } else { longest.max(1.0) }
    }

    pub fn draw(&self, area: &Area, rows: usize, heights: Heights) -> Drawn {
        let (end, wide) = (self.end(rows), area.dim_in_pixel().0);
        let mut chart =
            ChartBuilder::on(area).x_label_area_size(AXIS).build_cartesian_2d(0.0..end, rows as f64..0.0)?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .x_labels(if wide < 300 { 3 } else { 6 })
            .x_max_light_lines(0)
            .x_label_formatter(&|v| self.unit.tick(*v))
            .bold_line_style(GRID.rgb())
            .axis_style(GRID.rgb())
            .label_style(font(SMALL, MUTED))
            .draw()?;
        let plane = chart.plotting_area();
        let along = |value: f64| (value.clamp(0.0, end) / end * f64::from(wide)).round() as i32;
        let bars = self.series.len() as i32;
        for (row, (s, series)) in (0..rows).flat_map(|row| self.series.iter().enumerate().map(move |s| (row, s))) {
            let Some((value, whisker)) = series.at(row) else { continue };
            let top = heights.bar * s as i32 - bars * heights.bar / 2;
            let (above, below, middle) = (top + 1, top + heights.bar - 1, top + heights.bar / 2);
            let bar = Rectangle::new([(0, above), (along(value).max(1), below)], series.colour.rgb().filled());
            // Elements in units, around the start of the row on the chart's own scale.
            let start = || EmptyElement::at((0.0, row as f64 + 0.5));
            plane.draw(&(start() + bar))?;
            let (low, high) = (along(value - whisker), along(value + whisker));
            if whisker > 0.0 {
                for (from, to) in [((low, 0), (high, 0)), ((low, -5), (low, 5)), ((high, -5), (high, 5))] {
                    let line = [from, to].map(|(x, y)| (x, y + middle));
                    plane.draw(&(start() + PathElement::new(line, INK.rgb().stroke_width(3))))?;
                }
            }
            if heights.numbers {
                let style = put(font(SMALL, MUTED), At::Start);
                plane.draw(&(start() + Text::new(self.unit.write(value), (high + 8, middle), style)))?;
            }
        }
        for (row, mark) in (0..rows).flat_map(|row| self.mark.iter().map(move |mark| (row, mark))) {
            if let Some((value, _)) = mark.at(row) {
                let shape = Polygon::new(diamond((along(value), 0)), mark.colour.rgb().filled());
                plane.draw(&(EmptyElement::at((0.0, row as f64 + 0.5)) + shape))?;
            }
        }
        Ok(())
    }
}

fn diamond((x, y): (i32, i32)) -> Vec<(i32, i32)> {
    vec![(x - 10, y), (x, y - 10), (x + 10, y), (x, y + 10)]
}
