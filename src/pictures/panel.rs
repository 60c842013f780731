//! A panel of a bar chart: bars on one scale, under their legend.

use super::canvas::{Area, At, Drawn, SMALL, TEXT, drawable, fit, font, put, width, write};
use super::escape::count;
use super::palette::{BLUE, Colour, GREEN, GRID, INK, MUTED, ORANGE, PAPER};
use super::scale::{AXIS, Heights};
use plotters::prelude::*;

/// Colours of the first, second and third series.
pub(crate) const SERIES: [Colour; 3] = [BLUE, ORANGE, GREEN];

/// Series side by side in each row.
pub(crate) struct Panel {
    /// Above the legend; may be empty.
    pub heading: &'static str,
    pub unit: Unit,
    pub series: Vec<BarSeries>,
    /// What the diamonds are, if there are any.
    pub mark: &'static str,
}

/// A value in each row.
pub(crate) struct BarSeries {
    pub name: String,
    pub colour: Colour,
    /// NaN where there is none.
    pub values: Vec<f64>,
    /// Half a whisker's length for each value; 0, or nothing at all, for none.
    pub whiskers: Vec<f64>,
    /// A diamond on each bar, something to compare with; NaN, or nothing at all, for none.
    pub marks: Vec<f64>,
}

impl BarSeries {
    pub fn new(name: impl Into<String>, colour: Colour, values: impl IntoIterator<Item = f64>) -> Self {
        BarSeries {
            name: name.into(),
            colour,
            values: values.into_iter().collect(),
            whiskers: Vec::new(),
            marks: Vec::new(),
        }
    }

    /// Value, whisker and mark of a row, where they are.
    fn at(&self, row: usize) -> [Option<f64>; 3] {
        [&self.values, &self.whiskers, &self.marks].map(|of| of.get(row).copied().filter(|&v| drawable(v)))
    }
}

/// What the values are, and how they are written.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Unit {
    /// 0 to 1, two decimals.
    Score,
    /// 0 to 1, in per cent.
    #[cfg_attr(not(feature = "fma"), expect(dead_code, reason = "only FMA's charts have it"))]
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

    /// How wide the number beside the longest bar may be.
    pub fn room(self) -> i32 {
        if self == Unit::Count { 90 } else { 68 }
    }

    fn tick(self, value: f64) -> String {
        if self == Unit::Score { format!("{value:.1}") } else { self.write(value) }
    }
}

/// A line of the legend.
const LINE: i32 = 34;
/// Before a name in the legend.
const SWATCH: i32 = 32;

impl Panel {
    /// Names, in narrow panels small.
    fn names(&self, room: i32) -> (impl Iterator<Item = (&str, Option<Colour>)>, i32) {
        let marked = self.series.iter().any(|series| series.marks.iter().any(|&mark| drawable(mark)));
        let series = self.series.iter().map(|series| (series.name.as_str(), Some(series.colour)));
        (series.chain(marked.then_some((self.mark, None))), if room < 400 { SMALL } else { TEXT })
    }

    /// Where each entry of the legend goes, in `room` units, and how high heading and legend are.
    pub fn head(&self, room: i32) -> (Vec<(i32, i32)>, i32) {
        let (mut x, mut y) = (0, if self.heading.is_empty() { 0 } else { LINE + 4 });
        let (names, size) = self.names(room);
        let place = |(name, _)| {
            let wide = width(&fit(name, size, room - SWATCH), size) + SWATCH + 24;
            if x > 0 && x + wide > room {
                (x, y) = (0, y + LINE);
            }
            x += wide;
            (x - wide, y)
        };
        let places = names.map(place).collect();
        (places, y + LINE + 8)
    }

    pub fn draw_head(&self, area: &Area, room: i32) -> Drawn {
        if !self.heading.is_empty() {
            write(area, self.heading, (0, LINE / 2), font(TEXT, INK), At::Start)?;
        }
        let (names, size) = self.names(room);
        for ((name, colour), (x, y)) in names.zip(self.head(room).0) {
            let middle = y + LINE / 2;
            match colour {
                Some(colour) => {
                    area.draw(&Rectangle::new([(x, middle - 9), (x + 22, middle + 9)], colour.rgb().filled()))?
                }
                None => area.draw(&Polygon::new(diamond((x + 11, middle), 10), INK.rgb().filled()))?,
            }
            write(area, &fit(name, size, room - SWATCH), (x + SWATCH, middle), font(size, INK), At::Start)?;
        }
        Ok(())
    }

    /// The end of the scale: 1 for shares, the longest bar's for counts.
    fn end(&self, rows: usize) -> f64 {
        let ends = (0..rows).flat_map(|row| self.series.iter().map(move |series| series.at(row)));
        let end = |[value, whisker, mark]: [Option<f64>; 3]| {
            (value.unwrap_or(0.0) + whisker.unwrap_or(0.0)).max(mark.unwrap_or(0.0))
        };
        let longest = ends.map(end).fold(0.0, f64::max);
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
        let first = -(self.series.len() as i32) * heights.bar / 2;
        for (row, (s, series)) in (0..rows).flat_map(|row| (0..).zip(&self.series).map(move |s| (row, s))) {
            // Elements in units, around the start of the row on the chart's own scale.
            let start = || EmptyElement::at((0.0, row as f64 + 0.5));
            let (top, middle) = (first + heights.bar * s, first + heights.bar * s + heights.bar / 2);
            let [value, whisker, mark] = series.at(row);
            let mut taken = 0;
            if let Some(value) = value {
                let corners = [(0, top + 1), (along(value).max(1), top + heights.bar - 1)];
                plane.draw(&(start() + Rectangle::new(corners, series.colour.rgb().filled())))?;
                taken = along(value);
            }
            if let (Some(value), Some(whisker)) = (value, whisker.filter(|w| *w > 0.0)) {
                let (low, high) = (along(value - whisker), along(value + whisker));
                for (from, to) in [((low, 0), (high, 0)), ((low, -5), (low, 5)), ((high, -5), (high, 5))] {
                    let line = [from, to].map(|(x, y)| (x, y + middle));
                    plane.draw(&(start() + PathElement::new(line, INK.rgb().stroke_width(3))))?;
                }
                taken = high;
            }
            if let Some(mark) = mark {
                // A rim keeps it apart from the bar.
                for (radius, colour) in [(13, PAPER), (10, INK)] {
                    plane.draw(
                        &(start() + Polygon::new(diamond((along(mark), middle), radius), colour.rgb().filled())),
                    )?;
                }
                taken = taken.max(along(mark) + 10);
            }
            if let Some(value) = value.filter(|_| heights.numbers) {
                let style = put(font(SMALL, MUTED), At::Start);
                plane.draw(&(start() + Text::new(self.unit.write(value), (taken + 8, middle), style)))?;
            }
        }
        Ok(())
    }
}

fn diamond((x, y): (i32, i32), radius: i32) -> Vec<(i32, i32)> {
    vec![(x - radius, y), (x, y - radius), (x + radius, y), (x, y + radius)]
}
