//! Blocks of rows made ready for products: centred, quantised to 16-bit integers, transposed.

use super::bound;
use crate::buffer::Buffer;
use crate::isa::vectorized;
use crate::linalg::integer;
use crate::{Error, Result};
use ndarray::{ArrayView2, aview1};

/// Rows in a block, and so in a side of a square of products. An odd number of cache lines, lest the rows of a transposed
/// block fall into the same few sets of the cache; and a multiple of a register tile's 12 rows and of its 16 columns.
pub(super) const BLOCK: usize = 240;

/// Rows that are transposed together: a cache line of them.
const LINE: usize = 16;

/// What a column's values span.
#[derive(Clone, Copy)]
pub(super) struct Span {
    low: f32,
    high: f32,
    mean: f64,
}

impl Span {
    /// The span of each of `columns` columns, all of whose values must be finite.
    pub fn of_columns(rows: &[&[f32]], columns: usize, name: &str) -> Result<Vec<Span>> {
        let (mut low, mut high) = (vec![f32::INFINITY; columns], vec![f32::NEG_INFINITY; columns]);
        let mut sums = vec![0.0; columns];
        rows.iter().for_each(|row| widen(row, &mut low, &mut high, &mut sums));
        if let Some(column) = sums.iter().position(|sum| !sum.is_finite()) {
            let culprit = rows.iter().map(|row| row[column]).enumerate().find(|(_, v)| !v.is_finite());
            let (row, value) = culprit.unwrap_or_default();
            return Err(Error::non_finite(format!("neighbours, row {row} and column {column} of the {name}"))
                .found(value.to_string())
                .wanted("a finite number"));
        }
        let n = rows.len().max(1) as f64;
        Ok(low.iter().zip(high).zip(sums).map(|((&low, high), sum)| Span { low, high, mean: sum / n }).collect())
    }
}

vectorized! {
    /// Takes one more row into the spans of its columns. A sum of finite `f32` stays finite in `f64`.
    fn widen(row: &[f32], low: &mut [f32], high: &mut [f32], sums: &mut [f64]) {
        for (((&v, low), high), sum) in row.iter().zip(low).zip(high).zip(sums) {
            (*low, *high) = (low.min(v), high.max(v));
            *sum += f64::from(v);
        }
    }
}

/// Where the origin is put, so that rounding hurts least, and the unit of length, so that no square leaves `f32`.
pub(super) struct Frame {
    pub centre: Vec<f64>,
    /// A power of two, so that scaling rounds nothing, that brings every centred row to a length of 1 at most.
    pub scale: f64,
}

impl Frame {
    /// The frame of a table whose columns span `table`, and of queries whose columns span `queries`.
    pub fn new(table: &[Span], queries: &[Span]) -> Self {
        let centre: Vec<_> = table.iter().map(|span| span.mean).collect();
        let radius = |spans: &[Span]| {
            let furthest = |(s, c): (&Span, &f64)| (f64::from(s.high) - c).max(c - f64::from(s.low));
            spans.iter().zip(&centre).map(furthest).map(|d| d * d).sum::<f64>().sqrt()
        };
        let radius = radius(table).max(radius(queries));
        let scale = if radius > 0.0 { 2f64.powi(-(radius.log2().ceil() as i32)) } else { 1.0 };
        Frame { centre, scale }
    }
}

/// A value for each row of a block. A vector of them that lay in two cache lines would take twice as long to load.
#[repr(align(64))]
pub(super) struct PerRow(pub [f32; BLOCK]);

/// Up to [`BLOCK`] rows in a [`Frame`].
pub(super) struct RowBlock {
    /// The first row's index in its table.
    pub first: usize,
    /// See [`columns`](RowBlock::columns). Those beyond the last row are zero.
    columns: Buffer<i32>,
    /// |a|² of each row in its frame.
    pub squares: Vec<f64>,
    /// The part of a score that belongs to a row of the table: infinite beyond the last row.
    pub half: PerRow,
    /// What a row's integers are to be multiplied with.
    pub units: PerRow,
}

impl RowBlock {
    /// The block of these rows.
    pub fn new(first: usize, rows: &[&[f32]], frame: &Frame) -> Self {
        let words = frame.centre.len().div_ceil(2);
        let mut columns = Buffer::full(words * BLOCK, 0);
        let (mut squares, mut half, mut units) = (Vec::new(), [f32::INFINITY; BLOCK], [0.0; BLOCK]);
        // An odd number of features leaves a zero in the last word.
        let mut rounded = vec![0; 2 * words * LINE];
        for (line, rows) in rows.chunks(LINE).enumerate() {
            let begin = line * LINE;
            for (i, row) in rows.iter().enumerate() {
                let to = &mut rounded[i * 2 * words..][..2 * words];
                let square = squared_length(row, &frame.centre) * frame.scale * frame.scale;
                let unit = bound::unit(square, row.len());
                round(row, &frame.centre, frame.scale / f64::from(unit), to);
                (half[begin + i], units[begin + i]) = (bound::half(square), unit);
                squares.push(square);
            }
            let pairs = rounded.as_chunks().0;
            for (word, to) in columns.chunks_exact_mut(BLOCK).enumerate() {
                for (i, to) in to[begin..begin + rows.len()].iter_mut().enumerate() {
                    let [a, b] = pairs[i * words + word];
                    *to = integer::pair(a, b);
                }
            }
        }
        RowBlock { first, columns, squares, half: PerRow(half), units: PerRow(units) }
    }

    /// (words, [`BLOCK`]): the rows in integers, a column for each, as [`integer::products`] wants both operands.
    pub fn columns(&self) -> ArrayView2<'_, i32> {
        aview1(&self.columns).into_shape_with_order((self.columns.len() / BLOCK, BLOCK)).expect("whole rows")
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.squares.len()
    }
}

vectorized! {
    /// |row - centre|², summed in sixteen lanes.
    fn squared_length(row: &[f32], centre: &[f64]) -> f64 {
        let mut lanes = [0.0; 16];
        for (row, centre) in row.chunks(16).zip(centre.chunks(16)) {
            for ((lane, &v), c) in lanes.iter_mut().zip(row).zip(centre) {
                let d = f64::from(v) - c;
                *lane += d * d;
            }
        }
        lanes.iter().sum()
    }
}

vectorized! {
    /// The centred row times `factor`, to the nearest integers.
    fn round(row: &[f32], centre: &[f64], factor: f64, to: &mut [i16]) {
        for ((&v, c), to) in row.iter().zip(centre).zip(to) {
            *to = ((f64::from(v) - c) * factor).round_ties_even() as i16;
        }
    }
}
