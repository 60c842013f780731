//! Which rows may be among the nearest, judged by products in `f32`, and the proof that no other row is.
//!
//! For a query a and a row b, both in their [`Frame`](super::block::Frame), |a - b|²/2 = |a|²/2 + |b|²/2 - a·b. The first
//! term is the same for every b, so rows rank by the other two. A product p of n terms in `f32` has rounded, and
//! cancellation may leave of the difference little but rounding. So rows rank by a *lower bound* of it, the score
//!
//! ```text
//! s = h(b) - p - r(a) r(b),   h(b) = (1 - 8u)|b|²/2,   r(a) = √γ |a|,   γ = mu / (1 - mu),   m = n + 8,   u = 2⁻²⁴
//! ```
//!
//! and what is claimed, for the distance D between the original rows in units of the frame, is
//!
//! ```text
//! D² ≥ (1 - 8u)|a|² + 2s - 10⁻³⁰                                                                                    (1)
//! ```
//!
//! *Argument*, in halves as the score is. (i) Summed in any order, with fused steps or without, |p - a·b| is at most
//! nu/(1 - nu) |a||b| (Higham 2002, section 3.1, and Cauchy-Schwarz). (ii) A row in its frame is a centred row rounded
//! once in every element, so it lies within 1.01u|a| of it: D ≥ |a - b| - 1.01u(|a| + |b|), and D²/2 ≥ |a - b|²/2 -
//! 1.01u(|a| + |b|)², as |a - b| ≤ |a| + |b|. (iii) Rounding h, the product of both r and two subtractions cost at most
//! 1.6u|b|² + 2.1u|a||b|, as mu < 0.01. Together this is at most 1.1u|a|² + 2.7u|b|² + (nu/(1 - nu) + 4.2u)|a||b|, and
//! 4u|a|², 4u|b|² and γ|a||b| are set aside for it: enough also for the norms, which are summed in `f64`. Where numbers
//! underflow, the error is absolute, below n·2⁻¹⁴⁰ for rows of length 1, so below 10⁻³⁰ for any n that fits in memory. ∎
//!
//! A query keeps the rows of the lowest scores and the lowest score given up, its `limit`. They are then compared directly,
//! in `f64`, in the order of their scores. As soon as (1) puts the next score, or the limit, beyond the k-th direct
//! distance, no row that is left can be nearer, not even as near: the k nearest are found, exactly. Where that never
//! happens (more copies of a row than are kept, distances that differ by less than `f32` can tell) the query is compared
//! with the whole table. So the candidates decide how long it takes, and nothing else.

use super::block::BLOCK;
use crate::linalg::vectorized;

/// Half the distance between 1 and the next `f32`.
const U: f64 = 1.0 / (1u32 << 24) as f64;
/// What underflow can cost.
const UNDERFLOW: f64 = 1e-30;
/// Scores that are computed together.
const LANES: usize = 16;

/// γ for products of `terms`; infinite where so many terms leave no bound.
pub(super) fn rounding(terms: usize) -> f64 {
    let mu = (terms + 8) as f64 * U;
    if mu < 0.01 { mu / (1.0 - mu) } else { f64::INFINITY }
}

/// h of a row of the table.
pub(super) fn half(square: f64) -> f32 {
    (square / 2.0 * (1.0 - 8.0 * U)) as f32
}

/// r of a row, not rounded below it.
pub(super) fn slack(square: f64, rounding: f64) -> f32 {
    ((square * rounding).sqrt() * (1.0 + 4.0 * U)) as f32
}

/// The bound (1).
pub(super) fn nearest_possible(square: f64, score: f32) -> f64 {
    square * (1.0 - 8.0 * U) + 2.0 * f64::from(score) - UNDERFLOW
}

/// The most promising rows of a table for each query of a block.
pub(super) struct Candidates {
    keep: usize,
    /// Scores of rows that are not kept are this high at least. Minus infinity beyond the last query.
    limits: Vec<f32>,
    /// Up to twice `keep` (score, row), so that sorting out is rare.
    kept: Vec<Vec<(f32, usize)>>,
    /// What [`lower`] found last: here, lest it be allocated again and again.
    found: Vec<(f32, usize)>,
}

impl Candidates {
    pub fn new(queries: usize, k: usize) -> Self {
        let keep = k + k / 4 + 4;
        let mut limits = vec![f32::NEG_INFINITY; BLOCK];
        limits[..queries].fill(f32::INFINITY);
        Candidates { keep, limits, kept: vec![Vec::new(); queries], found: Vec::new() }
    }

    /// Meets one query with a block of rows, the first of which is row `first`. `own` is the query's own row.
    pub fn meet_rows(&mut self, query: usize, products: &[f32], slack: f32, rows: Rows, own: Option<usize>) {
        let mut found = std::mem::take(&mut self.found);
        let limits = [self.limits[query]; BLOCK];
        lower(products, rows.half, rows.slack, slack, &limits, &mut found);
        for (score, row) in found.drain(..) {
            if own != Some(rows.first + row) {
                self.push(query, score, rows.first + row);
            }
        }
        self.found = found;
    }

    /// Meets all queries of the block with one row.
    pub fn meet_queries(&mut self, products: &[f32], slacks: &[f32], row: usize, half: f32, slack: f32) {
        let mut found = std::mem::take(&mut self.found);
        lower(products, &[half; BLOCK], slacks, slack, &self.limits, &mut found);
        for (score, query) in found.drain(..) {
            self.push(query, score, row);
        }
        self.found = found;
    }

    fn push(&mut self, query: usize, score: f32, row: usize) {
        if score < self.limits[query] {
            self.kept[query].push((score, row));
            if self.kept[query].len() == 2 * self.keep {
                self.sort_out(query);
            }
        }
    }

    /// Gives up all but the best `keep`.
    fn sort_out(&mut self, query: usize) {
        let (kept, last) = (&mut self.kept[query], self.keep - 1);
        if kept.len() > last {
            let (_, &mut (limit, _), _) = kept.select_nth_unstable_by(last, |a, b| a.0.total_cmp(&b.0));
            kept.retain(|&(score, _)| score < limit);
            self.limits[query] = limit;
        }
    }

    /// The candidates of a query, most promising first, and the score that every other row has at least. Neither
    /// depends on the order in which rows came.
    pub fn take(&mut self, query: usize) -> (Vec<(f32, usize)>, f32) {
        self.sort_out(query);
        let mut kept = std::mem::take(&mut self.kept[query]);
        kept.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        (kept, self.limits[query])
    }
}

/// What scores need of the rows of a block.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub first: usize,
    pub half: &'a [f32],
    pub slack: &'a [f32],
}

vectorized! {
    /// Scores below their limits, with their places. All slices are as long, and a multiple of [`LANES`].
    fn lower<F: Scalar>(
        products: &[F],
        half: &[F],
        slacks: &[F],
        slack: F,
        limits: &[F],
        found: &mut Vec<(F, usize)>,
    ) {
        let lanes = products.as_chunks::<LANES>().0.iter().zip(half.as_chunks::<LANES>().0);
        let lanes = lanes.zip(slacks.as_chunks::<LANES>().0).zip(limits.as_chunks::<LANES>().0);
        for (chunk, (((p, h), r), limit)) in lanes.enumerate() {
            let scores: [F; LANES] = std::array::from_fn(|i| h[i] - p[i] - slack * r[i]);
            if (0..LANES).fold(false, |any, i| any | (scores[i] < limit[i])) {
                let low = (0..LANES).filter(|&i| scores[i] < limit[i]);
                found.extend(low.map(|i| (scores[i], chunk * LANES + i)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::block::{Block, Frame, Span};
    use super::super::neighbours::slices;
    use super::*;
    use crate::Seed;
    use crate::linalg::{Write, gemm};
    use ndarray::Array2;
    use rand::RngExt;
    use rand_distr::StandardNormal;

    #[test]
    fn the_bound_holds_for_every_pair_and_is_near() {
        let mut rng = Seed(11).stream("test");
        for (terms, offset, spread) in
            [(3, 0.0, 1.0), (518, 0.0, 1.0), (518, 1e4, 1e-2), (40, -1e30, 1e28), (700, 0.0, 1e-35)]
        {
            let mut x =
                Array2::from_shape_simple_fn((BLOCK, terms), || offset + spread * rng.sample::<f32, _>(StandardNormal));
            x.row_mut(7).mapv_inplace(|v| v * 100.0);
            let copy = x.row(5).to_owned();
            x.row_mut(6).assign(&copy);
            let rows = slices(x.view());
            let spans = Span::of_columns(&rows, terms, "table").unwrap();
            let (frame, gamma) = (Frame::new(&spans, &spans), rounding(terms));
            let block = Block::new(&rows, &frame, gamma);
            let mut products = Array2::zeros((BLOCK, BLOCK));
            gemm(Write::Set, block.columns.t(), block.columns.view(), products.view_mut());
            for (i, a) in x.rows().into_iter().enumerate() {
                let (row, mut found) = (products.row(i), Vec::new());
                let limits = [f32::INFINITY; BLOCK];
                lower(row.to_slice().unwrap(), &block.half, &block.slack, block.slack[i], &limits, &mut found);
                assert_eq!(found.len(), BLOCK);
                for (score, j) in found {
                    let square: f64 =
                        a.iter().zip(x.row(j)).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum();
                    let (square, bound) =
                        (square * frame.scale * frame.scale, nearest_possible(block.squares[i], score));
                    assert!(bound <= square, "{terms} terms, rows {i} and {j}: bound {bound}, but {square}");
                    let loss = 4.0 * gamma * (block.squares[i] + block.squares[j]) + 2.0 * UNDERFLOW;
                    assert!(square - bound <= loss, "{terms} terms, rows {i} and {j}: {square} is far above {bound}");
                }
            }
        }
    }
}
