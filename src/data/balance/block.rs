//! Rows made ready for products: centred, scaled to at most unit length, transposed.

use crate::linalg::vectorized;
use crate::{Error, Result};
use ndarray::{Array2, s};

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
    fn widen<F: Scalar>(row: &[F], low: &mut [F], high: &mut [F], sums: &mut [f64]) {
        for (((&v, low), high), sum) in row.iter().zip(low).zip(high).zip(sums) {
            (*low, *high) = (low.min(v), high.max(v));
            *sum += v.as_f64();
        }
    }
}

/// Where the origin and the unit of length are put, so that rounding in `f32` hurts least.
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

/// Up to [`BLOCK`] rows in a [`Frame`].
pub(super) struct Block {
    /// (features, [`BLOCK`]): both operands of a product, this one by its transpose. Columns beyond the last row are zero.
    pub columns: Array2<f32>,
    /// |a|² of each row in its frame.
    pub squares: Vec<f64>,
    /// The part of a score that belongs to a row of the table: [`BLOCK`] of them, infinite beyond the last row.
    pub half: Vec<f32>,
    /// A row's factor in the slack of a score: [`BLOCK`] of them.
    pub slack: Vec<f32>,
}

impl Block {
    /// `rounding` bounds the relative error of a product, see [`super::candidates`].
    pub fn new(rows: &[&[f32]], frame: &Frame, rounding: f64) -> Self {
        let mut columns = Array2::zeros((frame.centre.len(), BLOCK));
        let mut squares = vec![0.0; rows.len()];
        for first in (0..rows.len()).step_by(LINE) {
            let end = rows.len().min(first + LINE);
            let mut targets = columns.slice_mut(s![.., first..end]);
            for (column, (to, centre)) in targets.rows_mut().into_iter().zip(&frame.centre).enumerate() {
                for ((row, to), square) in rows[first..end].iter().zip(to).zip(&mut squares[first..end]) {
                    *to = ((f64::from(row[column]) - centre) * frame.scale) as f32;
                    *square += f64::from(*to) * f64::from(*to);
                }
            }
        }
        let (mut half, mut slack) = (vec![f32::INFINITY; BLOCK], vec![0.0; BLOCK]);
        for (row, square) in squares.iter().enumerate() {
            half[row] = super::candidates::half(*square);
            slack[row] = super::candidates::slack(*square, rounding);
        }
        Block { columns, squares, half, slack }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.squares.len()
    }
}
