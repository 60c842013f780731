//! Candidates for the nearest neighbours, chosen by integer products.
//!
//! A query keeps the rows of the lowest scores and the lowest score given up, its `limit`. They are then compared directly,
//! in `f64`, in the order of their scores. As soon as the [`bound`](super::bound) puts the next score, or the limit, beyond the k-th direct
//! distance, no row that is left can be nearer, not even as near: the k nearest are found, exactly. Where that never
//! happens (more copies of a row than are kept, distances that differ by less than rounding) the query is
//! compared with the whole table. So the candidates decide how long it takes, and nothing else.

use super::block::{BLOCK, PerRow, RowBlock};
use super::scores::{Found, LANES, QueryRow, find, lowest};

/// Limits that no score is below.
static NO_QUERY: PerRow = PerRow([f32::NEG_INFINITY; BLOCK]);

/// The most promising rows of a table for each query of a block.
pub(super) struct Candidates {
    keep: usize,
    /// Scores of rows that are not kept are this high at least. Minus infinity beyond the last query.
    limits: PerRow,
    /// For each query room for twice `keep` words by [`ranked`], so that sorting out is rare.
    kept: Vec<i64>,
    /// How many there are.
    len: [usize; BLOCK],
}

impl Candidates {
    pub fn new(queries: usize, k: usize) -> Self {
        let keep = k + k / 4 + 4;
        let mut limits = PerRow([f32::NEG_INFINITY; BLOCK]);
        limits.0[..queries].fill(f32::INFINITY);
        Candidates { keep, limits, kept: vec![0; queries * 2 * keep], len: [0; BLOCK] }
    }

    /// Meets all queries of a block with another block of rows, by their products. Where those ask too, their candidates
    /// are `others`. Where both are one block, no row meets itself.
    pub fn meet(
        &mut self,
        asking: &RowBlock,
        table: &RowBlock,
        products: &[i32],
        slack: i32,
        mut others: Option<&mut Candidates>,
    ) {
        let itself = std::ptr::eq(asking, table);
        let (mut near_row, mut near_block) = (Found::new(), Found::new());
        for (i, products) in products.as_chunks::<BLOCK>().0.iter().enumerate() {
            let row = QueryRow { products, slack, half: asking.half.0[i], unit: asking.units.0[i] };
            if self.limits.0[i] == f32::INFINITY && self.keep < LANES {
                // Besides the row itself, at least as many as are kept score no more than this.
                let mut lowest = lowest(&row, table);
                self.limits.0[i] = *lowest.select_nth_unstable_by(self.keep, f32::total_cmp).1;
            }
            let limits = others.as_ref().map_or(&NO_QUERY, |others| &others.limits);
            find(&row, self.limits.0[i], table, limits, &mut near_row, &mut near_block);
            for (score, j) in near_row.drain().filter(|&(_, j)| !itself || i != j) {
                self.push(i, score, table.first + j);
            }
            if let Some(others) = &mut others {
                near_block.drain().for_each(|(score, j)| others.push(j, score, asking.first + i));
            }
        }
    }

    fn push(&mut self, query: usize, score: f32, row: usize) {
        if score < self.limits.0[query] {
            self.kept[query * 2 * self.keep + self.len[query]] = ranked(score, row);
            self.len[query] += 1;
            if self.len[query] == 2 * self.keep {
                self.sort_out(query);
            }
        }
    }

    /// Gives up all but the best `keep`, of which the last one's score becomes the limit.
    fn sort_out(&mut self, query: usize) {
        let (len, last) = (&mut self.len[query], self.keep - 1);
        if *len > last {
            let kept = &mut self.kept[query * 2 * self.keep..][..*len];
            let limit = score_of(*kept.select_nth_unstable(last).1);
            *len = 0;
            for i in 0..last {
                if score_of(kept[i]) < limit {
                    kept[*len] = kept[i];
                    *len += 1;
                }
            }
            self.limits.0[query] = limit;
        }
    }

    /// The candidates of a query, most promising first, and the score that every other row has at least. Neither
    /// depends on the order in which rows came.
    pub fn take(&mut self, query: usize) -> (impl Iterator<Item = (f32, usize)>, f32) {
        self.sort_out(query);
        let kept = &mut self.kept[query * 2 * self.keep..][..self.len[query]];
        kept.sort_unstable();
        (kept.iter().map(|&word| (score_of(word), row_of(word))), self.limits.0[query])
    }
}

/// Most rows that a table may have: a candidate's row is kept in half a word.
pub(super) const MOST_ROWS: u64 = 1 << 32;

/// A row and its score in one word. Words rank as their scores do, and as their rows where those are equal.
fn ranked(score: f32, row: usize) -> i64 {
    i64::from(in_order(score.to_bits() as i32)) << 32 | row as i64
}

fn score_of(word: i64) -> f32 {
    f32::from_bits(in_order((word >> 32) as i32) as u32)
}

fn row_of(word: i64) -> usize {
    word as u32 as usize
}

/// The bits of floating-point numbers rank as their values do, except that negative ones rank the other way round.
/// Turns these round, and back.
fn in_order(bits: i32) -> i32 {
    bits ^ ((bits >> 31) as u32 >> 1) as i32
}

#[cfg(test)]
mod tests {
    use super::super::block::{Frame, Span};
    use super::*;
    use crate::Seed;
    use crate::linalg::integer;
    use crate::neighbours::bound::{U, UNDERFLOW, nearest_possible, slack};
    use crate::neighbours::slices;
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
            let (frame, slack) = (Frame::new(&spans, &spans), slack(terms).unwrap());
            let block = RowBlock::new(0, &rows, &frame);
            let mut products = Array2::zeros((BLOCK, BLOCK));
            integer::products(block.columns(), block.columns(), products.view_mut());
            for i in 0..BLOCK {
                let (mut of_a, mut of_b) = (Found::new(), Found::new());
                let (products, all) = (products.row(i), PerRow([f32::INFINITY; BLOCK]));
                let products = products.to_slice().unwrap().try_into().unwrap();
                let row = QueryRow { products, slack, half: block.half.0[i], unit: block.units.0[i] };
                find(&row, f32::INFINITY, &block, &all, &mut of_a, &mut of_b);
                assert_eq!((of_a.len, of_b.len), (BLOCK, BLOCK));
                let of_a = of_a.drain().map(|(score, j)| (score, i, j));
                for (score, asking, j) in of_a.chain(of_b.drain().map(|(score, j)| (score, j, i))) {
                    let a = x.row(asking);
                    let square: f64 =
                        a.iter().zip(x.row(j)).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum();
                    let (square, bound) =
                        (square * frame.scale * frame.scale, nearest_possible(block.squares[asking], score));
                    assert!(bound <= square, "{terms} terms, rows {asking} and {j}: bound {bound}, but {square}");
                    let squares = block.squares[asking] + block.squares[j];
                    let units = f64::from(block.units.0[asking]) * f64::from(block.units.0[j]);
                    let loss = 4.0 * units * f64::from(slack) + 20.0 * U * squares + 2.0 * UNDERFLOW;
                    assert!(
                        square - bound <= loss,
                        "{terms} terms, rows {asking} and {j}: {square} is far above {bound}"
                    );
                }
            }
        }
    }
}
