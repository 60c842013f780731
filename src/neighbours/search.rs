//! Exact k-nearest-neighbour search by matrix products.
//!
//! |a - b|² = |a|² + |b|² - 2 a·b turns the distances of two blocks of rows into one matrix product, at the machine's
//! full speed, where subtracting row from row would wait for memory. The products need not be good to many digits, as
//! they only choose candidates: so rows are centred on the table's mean and rounded to integers of 16 bits, whose
//! products take half as long as those of `f32` and are exact. What rounding can have done to a distance is bounded;
//! from it follows a least possible distance of every row that was not chosen. Candidates are compared directly, in
//! `f64`, until the k-th of them is nearer than that; a query for which this never happens is compared with the whole
//! table. (The bound and its argument stand in `candidates.rs`.)
//!
//! So blocks may meet in whatever order the threads take them, and the result is the same to the bit: it is exact. Of
//! all products, only those of one block by one block are held at a time, once for each thread.
//!
//! Trees (k-d, ball) prune nothing in hundreds of dimensions, and approximate indices may miss a neighbour.

use super::block::{BLOCK, Frame, RowBlock, Span};
use super::bound::{nearest_possible, slack};
use super::candidates::{Candidates, MOST_ROWS};
use crate::buffer::Buffer;
use crate::isa::vectorized;
use crate::linalg::integer;
use crate::{Error, Result};
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, s};
use rayon::prelude::*;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The nearest rows of a table for each query, nearest first; of equally distant rows, the one with the lowest index.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbours {
    /// (queries, k): indices of rows of the table.
    pub rows: Array2<usize>,
    /// (queries, k): their Euclidean distances, by differences in `f64`.
    pub distances: Array2<f64>,
    /// Queries whose neighbours could be proven only by comparing them with the whole table. They cost time, not
    /// exactness.
    pub scanned: usize,
}

/// The `k` rows of `table` (rows, features) nearest to each row of `queries` (queries, features).
///
/// Distances weigh a feature by its scale: a table of Hertz and of fractions is ranked by the Hertz alone. Standardise
/// first ([`Standardize`](crate::data::Standardize)), unless all features have one unit.
///
/// ```
/// use ndarray::array;
/// use tonegrad::neighbours::nearest;
/// let table = array![[0.0, 0.0], [3.0, 4.0], [1.0, 0.0]];
/// let found = nearest(array![[0.0, 0.0]].view(), table.view(), 2)?;
/// assert_eq!((found.rows, found.distances), (array![[0, 2]], array![[0.0, 1.0]]));
/// # Ok::<(), tonegrad::Error>(())
/// ```
/// # Errors
/// When `k` is 0 or more than the rows of the table, when the features differ in number, or when one is not finite.
pub fn nearest(queries: ArrayView2<f32>, table: ArrayView2<f32>, k: usize) -> Result<Neighbours> {
    if queries.ncols() != table.ncols() {
        return Err(Error::shape("neighbours")
            .found(format!("queries of {} features", queries.ncols()))
            .wanted(format!("{}, as in the table", table.ncols())));
    }
    let (queries, table) = (queries.as_standard_layout(), table.as_standard_layout());
    search(Some(&slices(queries.view())), &slices(table.view()), k)
}

/// The `k` rows nearest to each row of a table among its *other* rows. A row is not its own neighbour, but a copy of it
/// at another index is.
///
/// ```
/// use ndarray::array;
/// use tonegrad::neighbours::nearest_others;
/// let found = nearest_others(array![[5.0], [5.0], [9.0]].view(), 1)?;
/// assert_eq!(found.rows, array![[1], [0], [0]]);
/// # Ok::<(), tonegrad::Error>(())
/// ```
/// # Errors
/// When `k` is 0 or not below the rows of the table, or when a feature is not finite.
pub fn nearest_others(table: ArrayView2<f32>, k: usize) -> Result<Neighbours> {
    search(None, &slices(table.as_standard_layout().view()), k)
}

/// As [`nearest_others`], of rows that may lie anywhere: those of a class need no copy.
pub(crate) fn nearest_among(rows: &[&[f32]], k: usize) -> Result<Neighbours> {
    search(None, rows, k)
}

/// The rows of a table in standard layout.
pub(crate) fn slices(x: ArrayView2<'_, f32>) -> Vec<&[f32]> {
    (0..x.nrows()).filter_map(|row| x.index_axis_move(Axis(0), row).to_slice()).collect()
}

/// `None` asks for the neighbours of the table's own rows.
fn search(queries: Option<&[&[f32]]>, table: &[&[f32]], k: usize) -> Result<Neighbours> {
    let most = table.len().saturating_sub(usize::from(queries.is_none()));
    if k == 0 || k > most {
        return Err(Error::config("neighbours, k").found(k.to_string()).wanted(match most {
            0 => format!("a table of more than {} rows", table.len()),
            _ => format!("1 to {most}, for a table of {} rows", table.len()),
        }));
    }
    let (own, asked) = (queries.is_none(), queries.unwrap_or(table));
    let terms = table[0].len();
    let in_table = Span::of_columns(table, terms, "table")?;
    let in_queries = queries.map(|queries| Span::of_columns(queries, terms, "queries")).transpose()?;
    let frame = Frame::new(&in_table, in_queries.as_ref().unwrap_or(&in_table));
    let blocks = |rows: &[&[f32]]| -> Vec<_> {
        let chunks = rows.par_chunks(BLOCK).enumerate();
        chunks.map(|(i, rows)| RowBlock::new(i * BLOCK, rows, &frame)).collect()
    };
    let of_table = blocks(table);
    let of_queries = queries.map(blocks);
    let asking = of_queries.as_ref().unwrap_or(&of_table);
    let found: Vec<_> = asking.iter().map(|block| Mutex::new(Candidates::new(block.len(), k))).collect();
    let slack = slack(terms).filter(|_| table.len() as u64 <= MOST_ROWS);
    if let Some(slack) = slack {
        // Blocks of rows that ask for each other meet once, and serve both. Each meets itself first: after that, few rows
        // are worth keeping.
        let meet = |q: usize, t: usize| {
            let (asking, table) = (&asking[q], &of_table[t]);
            let mut products = Buffer::scratch(asking.len() * BLOCK);
            let Ok(square) = ArrayViewMut2::from_shape((asking.len(), BLOCK), &mut products) else { return };
            integer::products(asking.columns().slice(s![.., ..asking.len()]), table.columns(), square);
            // The lower index first, in every thread: so no two threads wait for each other.
            let mut candidates = lock(&found[q]);
            let mut others = (own && q < t).then(|| lock(&found[t]));
            candidates.meet(asking, table, &products, slack, others.as_deref_mut());
        };
        let all = 0..asking.len();
        if own {
            all.clone().into_par_iter().for_each(|q| meet(q, q));
        }
        all.into_par_iter().for_each(|q| {
            let first = if own { q + 1 } else { 0 };
            (first..of_table.len()).into_par_iter().for_each(|t| meet(q, t));
        });
    }

    let mut rows = Array2::zeros((asked.len(), k));
    let mut distances = Array2::zeros((asked.len(), k));
    let judge = Judge { table, scale: frame.scale, bounded: slack.is_some() };
    let chunks = rows.axis_chunks_iter_mut(Axis(0), BLOCK).into_par_iter();
    let chunks = chunks.zip(distances.axis_chunks_iter_mut(Axis(0), BLOCK)).zip(asking).zip(&found).enumerate();
    let scanned = chunks.map(|(q, (((rows, distances), block), found))| {
        let first = q * BLOCK;
        let queries = &asked[first..first + block.len()];
        judge.settle(queries, own.then_some(first), block, &mut lock(found), rows, distances)
    });
    let scanned = scanned.sum();
    Ok(Neighbours { rows, distances, scanned })
}

/// Nothing panics while it holds a lock, and a poisoned one would only mean that another thread's panic is on its way.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Compares candidates directly and decides whether they suffice.
struct Judge<'a> {
    table: &'a [&'a [f32]],
    scale: f64,
    /// Whether products of so many features have a bound at all.
    bounded: bool,
}

impl Judge<'_> {
    /// Writes the neighbours of a block of queries, and returns how many of them took a scan of the whole table. `own` is
    /// the first query's own row.
    fn settle(
        &self,
        queries: &[&[f32]],
        own: Option<usize>,
        block: &RowBlock,
        found: &mut Candidates,
        mut rows: ArrayViewMut2<usize>,
        mut distances: ArrayViewMut2<f64>,
    ) -> usize {
        let (mut scanned, k) = (0, rows.ncols());
        let outputs = rows.rows_mut().into_iter().zip(distances.rows_mut());
        for (q, (query, (mut rows, mut distances))) in queries.iter().zip(outputs).enumerate() {
            let best = self.among(query, found.take(q), block.squares[q], k).unwrap_or_else(|| {
                scanned += 1;
                self.scan(query, own.map(|first| first + q), k)
            });
            for ((square, row), (to_row, to_distance)) in best.found.iter().zip(rows.iter_mut().zip(&mut distances)) {
                (*to_row, *to_distance) = (*row, square.sqrt());
            }
        }
        scanned
    }

    /// The nearest of the candidates, if no other row can be nearer.
    fn among(
        &self,
        query: &[f32],
        (candidates, limit): (impl Iterator<Item = (f32, usize)>, f32),
        square: f64,
        k: usize,
    ) -> Option<Best> {
        let mut best = Best::new(k);
        // The direct distance has rounded too, by n·2⁻⁵³ of itself at most.
        let proven = |best: &Best, score| {
            let furthest = best.limit() * self.scale * self.scale;
            self.bounded && furthest * (1.0 + 1e-6) < nearest_possible(square, score)
        };
        for (score, row) in candidates {
            if proven(&best, score) {
                return Some(best);
            }
            self.compare(query, row, &mut best);
        }
        (proven(&best, limit)).then_some(best)
    }

    fn scan(&self, query: &[f32], own: Option<usize>, k: usize) -> Best {
        let (mut best, quarter) = (Best::new(k), query.len() / 4);
        for row in (0..self.table.len()).filter(|&row| own != Some(row)) {
            // A quarter of the features often shows that a row is too far: its sum, rounded too, is no more than all of it.
            if squared_distance(&query[..quarter], &self.table[row][..quarter]) <= best.limit() {
                self.compare(query, row, &mut best);
            }
        }
        best
    }

    fn compare(&self, query: &[f32], row: usize, best: &mut Best) {
        best.push(squared_distance(query, self.table[row]), row);
    }
}

/// The k nearest so far: (squared distance, row), in order.
struct Best {
    k: usize,
    found: Vec<(f64, usize)>,
}

impl Best {
    fn new(k: usize) -> Self {
        Best { k, found: Vec::with_capacity(k + 1) }
    }

    /// What a row must not be further than.
    fn limit(&self) -> f64 {
        if self.found.len() == self.k { self.found[self.k - 1].0 } else { f64::INFINITY }
    }

    fn push(&mut self, square: f64, row: usize) {
        if square <= self.limit() {
            let place = self.found.partition_point(|&other| other < (square, row));
            self.found.insert(place, (square, row));
            self.found.truncate(self.k);
        }
    }
}

vectorized! {
    /// |a - b|² in `f64`, summed in sixteen lanes.
    fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
        let mut lanes = [0.0; 16];
        let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<16>(), b.as_chunks::<16>());
        for (a, b) in a.iter().zip(b) {
            for i in 0..16 {
                let d = f64::from(a[i]) - f64::from(b[i]);
                lanes[i] += d * d;
            }
        }
        for (lane, (a, b)) in lanes.iter_mut().zip(a_rest.iter().zip(b_rest)) {
            let d = f64::from(*a) - f64::from(*b);
            *lane += d * d;
        }
        lanes.iter().sum()
    }
}
