//! A heat map: a plane whose cells are the darker the larger their values.

use super::axis::Axis;
use super::canvas::{Area, At, SMALL, draw, drawable, font, write};
use super::palette::{BLUE, GRID, MUTED, ORANGE};
use super::plane::{Plane, SIZE, Series, draw_entry};
use super::{Cell, Picture, Table};
use ndarray::{Array2, ArrayView2};
use plotters::prelude::*;
use std::fmt::Write;
use std::ops::RangeInclusive;

/// A table of values as a picture: row 0 at the bottom, column 0 on the left; the larger, the darker.
///
/// ```
/// use ndarray::array;
/// use tonegrad::pictures::Heatmap;
/// let loss = array![[4.0, 1.0], [1.0, 0.0]];
/// let picture = Heatmap::new("Loss", "weight", "bias", loss.view())
///     .over(-1.0..=1.0, 0.0..=2.0)
///     .path("gradient descent", [(-0.5, 0.5), (0.5, 1.5)])
///     .picture();
/// assert!(picture.to_svg().contains("gradient descent"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Heatmap {
    title: String,
    x: Axis,
    y: Axis,
    values: Array2<f64>,
    path: Option<Series>,
}

/// Shades from the smallest value to the largest.
const SHADES: usize = 32;

impl Heatmap {
    /// The values, and the labels of columns (x) and rows (y).
    pub fn new(
        title: impl Into<String>,
        x: impl Into<String>,
        y: impl Into<String>,
        values: ArrayView2<impl Into<f64> + Copy>,
    ) -> Self {
        let (rows, columns) = values.dim();
        let axis = |label: Axis, n: usize| Axis { low: 0.0, high: n.max(1) as f64, ..label };
        let (x, y) = (axis(Axis::new(x), columns), axis(Axis::new(y), rows));
        Heatmap { title: title.into(), x, y, values: values.mapv(Into::into), path: None }
    }

    /// What the edges of the table are on the axes; without, columns and rows are counted.
    ///
    /// # Panics
    /// When a range is empty or not finite.
    pub fn over(mut self, x: RangeInclusive<f64>, y: RangeInclusive<f64>) -> Self {
        for (axis, range) in [(&mut self.x, x), (&mut self.y, y)] {
            assert!(
                range.start() < range.end() && drawable(*range.start()) && drawable(*range.end()),
                "heat map: found the range {range:?} for {}, wanted one that grows",
                axis.label
            );
            (axis.low, axis.high) = range.into_inner();
        }
        self
    }

    /// A line across the plane, in the units of its axes.
    pub fn path(mut self, name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        self.path = Some(Series { name: name.into(), joined: true, points: points.into_iter().collect() });
        self
    }

    /// The picture, with the values in a table for a [`Page`](super::Page).
    pub fn picture(&self) -> Picture {
        let Heatmap { title, x, y, values, path } = self;
        let finite = values.iter().copied().filter(|&v| drawable(v));
        let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        let corners @ [left, top, right, bottom] = [110, 44, SIZE.0 - 110, SIZE.1 - 76];
        let plane = Plane { x, y, corners };
        let picture = |area: &Area| {
            plane.draw_axes(area, false)?;
            area.draw(&Rectangle::new([(left, top), (right, bottom)], GRID.rgb().stroke_width(2)))?;
            if let Some(path) = path {
                plane.draw_series(area, path, ORANGE)?;
                draw_entry(area, path, ORANGE, (0, left))?;
            }
            for (value, at) in [(high, top + 10), (low, bottom - 10)] {
                write(area, &short(value), (right + 48, at), font(SMALL, MUTED), At::Start)?;
            }
            Ok(())
        };
        let scale = Array2::from_shape_fn((SHADES, 1), |(shade, _)| shade as f64);
        let mut drawing = shades(values, (low, high), corners);
        drawing += &shades(&scale, (0.0, (SHADES - 1) as f64), [right + 20, top, right + 40, bottom]);
        drawing += &draw(SIZE, picture);
        let (rows, columns) = values.dim();
        let mut description = format!(
            "{rows} rows ({}) by {columns} columns ({}), from {} to {}; the larger, the darker.",
            y.label,
            x.label,
            short(low),
            short(high)
        );
        if let Some(path) = path {
            let _ = write!(description, " Across it, {}.", path.name);
        }
        let head = std::iter::once(format!("{}, {}", y.label, x.label)).chain((0..columns).map(|c| c.to_string()));
        let row = |(i, row): (usize, ndarray::ArrayView1<f64>)| {
            std::iter::once(Cell::from(i)).chain(row.iter().map(|&v| Cell::number(short(v)))).collect::<Vec<_>>()
        };
        let data = Table::new(title.clone(), head.collect::<Vec<_>>()).rows(values.outer_iter().enumerate().map(row));
        Picture::new(title.clone(), description, (SIZE, drawing), data)
    }
}

/// Three decimals at most.
fn short(value: f64) -> String {
    match value.abs() {
        v if v.is_finite() && v != 0.0 && !(1e-3..1e5).contains(&v) => format!("{value:.1e}"),
        _ => format!("{value:.3}").trim_end_matches('0').trim_end_matches('.').into(),
    }
}

/// The cells within (left, top, right, bottom), each shade as one path of its runs along rows, so that a spectrogram stays a small file.
pub(crate) fn shades(values: &Array2<f64>, (low, high): (f64, f64), [left, top, right, bottom]: [i32; 4]) -> String {
    let (rows, columns) = values.dim();
    let edge = |from: i32, to: i32, i: usize, n: usize| {
        from + (f64::from(to - from) * i as f64 / n.max(1) as f64).round() as i32
    };
    let scale = if high > low { (SHADES - 1) as f64 / (high - low) } else { 0.0 };
    // The lightest shade is the paper's; so is what is no number.
    let shade = |v: f64| if drawable(v) { ((v - low) * scale).round() as usize } else { 0 };
    let mut paths = vec![String::new(); SHADES];
    for (i, row) in values.outer_iter().enumerate() {
        let (y, above) = (edge(bottom, top, i, rows), edge(bottom, top, i + 1, rows));
        let mut from = 0;
        while from < columns {
            let run = row.iter().skip(from).take_while(|&&v| shade(v) == shade(row[from])).count();
            let (x, end) = (edge(left, right, from, columns), edge(left, right, from + run, columns));
            let _ = write!(paths[shade(row[from])], "M{x} {y}H{end}V{above}H{x}z");
            from += run;
        }
    }
    let path = |(shade, d): (usize, &String)| {
        let opacity = shade as f64 / (SHADES - 1) as f64;
        format!(
            "\n<path fill=\"{}\" fill-opacity=\"{opacity:.2}\" shape-rendering=\"crispEdges\" d=\"{d}\"/>",
            BLUE.hex()
        )
    };
    paths.iter().enumerate().filter(|(shade, d)| *shade > 0 && !d.is_empty()).map(path).collect()
}
