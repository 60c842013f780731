//! A chart of numbers against numbers: lines and points.

use super::axis::Axis;
use super::canvas::{Area, draw};
use super::escape::plural;
use super::plane::{Plane, SIZE, Series, colour, draw_entry, legend};
use super::{Cell, Picture, Table};

/// A chart of one or more series of points `(x, y)`, drawn as lines or each point by itself.
///
/// Values that no axis can hold (NaN, infinity; 0 and less on a logarithmic axis) are left out, and tear a line apart.
///
/// ```
/// use tonegrad::pictures::Chart;
/// let h = [1e-1, 1e-2, 1e-3];
/// let picture = Chart::new("Error of a difference quotient", "step h", "error")
///     .log_x()
///     .log_y()
///     .line("forward", h.map(|h| (h, h)))
///     .line("central", h.map(|h| (h, h * h)))
///     .picture();
/// assert!(picture.to_svg().contains("central") && picture.to_svg().contains("step h"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    title: String,
    x: Axis,
    y: Axis,
    series: Vec<Series>,
}

impl Chart {
    /// A chart without points, and the labels of its axes.
    pub fn new(title: impl Into<String>, x: impl Into<String>, y: impl Into<String>) -> Self {
        Chart { title: title.into(), x: Axis::new(x), y: Axis::new(y), series: Vec::new() }
    }

    /// A logarithmic scale for x.
    pub fn log_x(mut self) -> Self {
        self.x.log = true;
        self
    }

    /// A logarithmic scale for y.
    pub fn log_y(mut self) -> Self {
        self.y.log = true;
        self
    }

    /// A series whose points are joined, in their order.
    pub fn line(self, name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        self.with(name.into(), true, points)
    }

    /// A series of points each by itself.
    pub fn points(self, name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        self.with(name.into(), false, points)
    }

    fn with(mut self, name: String, joined: bool, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        self.series.push(Series { name, joined, points: points.into_iter().collect() });
        self
    }

    /// The picture, with the values in a table for a [`Page`](super::Page).
    pub fn picture(&self) -> Picture {
        let Chart { title, x, y, series } = self;
        let all = || series.iter().flat_map(|s| &s.points);
        let (across, up) = (x.clone().over(all().map(|p| p.0)), y.clone().over(all().map(|p| p.1)));
        let entries = legend(series, 110, SIZE.0);
        let top = 44 + 34 * entries.last().map_or(0, |entry| entry.0);
        let size = (SIZE.0, SIZE.1 + top - 44);
        let plane = Plane { x: &across, y: &up, corners: [110, top, size.0 - 26, size.1 - 76] };
        let picture = |area: &Area| {
            plane.draw_axes(area, true)?;
            for (i, (series, &entry)) in series.iter().zip(&entries).enumerate() {
                plane.draw_series(area, series, colour(i))?;
                draw_entry(area, series, colour(i), entry)?;
            }
            Ok(())
        };
        let said = series.iter().map(|s| {
            let values = s.points.iter().map(|p| p.1).filter(|&v| y.takes(v));
            let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
            let range = if low <= high { format!(" from {low:.3e} to {high:.3e}") } else { String::new() };
            format!("{}, {}{range}", s.name, plural(s.points.len(), "point"))
        });
        let description = format!("{} by {}: {}.", y.label, x.label, said.collect::<Vec<_>>().join("; "));
        let cell = |value: f64| Cell::number(format!("{value}"));
        let rows = series.iter().flat_map(|s| s.points.iter().map(move |p| (s, p)));
        let rows = rows.map(|(s, p)| [Cell::from(s.name.clone()), cell(p.0), cell(p.1)]);
        let data = Table::new(title.clone(), ["series", &x.label, &y.label]).rows(rows);
        Picture::new(title.clone(), description, (size, draw(size, picture)), data)
    }
}
