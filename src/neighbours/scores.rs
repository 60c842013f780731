//! The scores of one row with a block of others, many at a time: what [`bound`](super::bound) derives.

use super::block::{BLOCK, PerRow, RowBlock};
use crate::isa::vectorized;

/// Scores that are computed together.
pub(super) const LANES: usize = 16;

/// A row a that meets a block of rows b.
pub(super) struct QueryRow<'a> {
    /// P of a with each b.
    pub products: &'a [i32; BLOCK],
    pub slack: i32,
    pub half: f32,
    pub unit: f32,
}

impl QueryRow<'_> {
    /// What scores with some of the rows b subtract, whichever of both asks.
    #[inline(always)]
    fn product(&self, products: &[i32; LANES], units: &[f32; LANES]) -> [f32; LANES] {
        let mut product = [0.0; LANES];
        for i in 0..LANES {
            product[i] = (products[i] + self.slack) as f32 * units[i] * self.unit;
        }
        product
    }
}

/// Scores found in a block, with the indices of their rows.
pub(super) struct Found {
    /// One more than there can be: [`offer`](Found::offer) writes first.
    list: [(f32, usize); BLOCK + 1],
    pub len: usize,
}

impl Found {
    pub fn new() -> Self {
        Found { list: [(0.0, 0); BLOCK + 1], len: 0 }
    }

    /// Takes a score that is below its limit. Without a branch, which would be guessed wrong.
    #[inline(always)]
    fn offer(&mut self, score: f32, index: usize, limit: f32) {
        self.list[self.len] = (score, index);
        self.len += usize::from(score < limit);
    }

    pub fn drain(&mut self) -> impl Iterator<Item = (f32, usize)> {
        self.list[..std::mem::take(&mut self.len)].iter().copied()
    }
}

vectorized! {
    /// Finds the rows of a block whose score for a row is below `limit`, and those whose own limit that row's score is
    /// below.
    pub(super) fn find(row: &QueryRow, limit: f32, block: &RowBlock, limits: &PerRow, near_row: &mut Found, near_block: &mut Found) {
        let lanes = row.products.as_chunks::<LANES>().0.iter().zip(block.units.0.as_chunks::<LANES>().0);
        let lanes = lanes.zip(block.half.0.as_chunks::<LANES>().0).zip(limits.0.as_chunks::<LANES>().0);
        for (chunk, (((products, units), half), limits)) in lanes.enumerate() {
            let product = row.product(products, units);
            let (mut any_near_row, mut any_near_block) = (false, false);
            for i in 0..LANES {
                any_near_row |= half[i] - product[i] < limit;
                any_near_block |= row.half - product[i] < limits[i];
            }
            if any_near_row {
                for i in 0..LANES {
                    near_row.offer(half[i] - product[i], chunk * LANES + i, limit);
                }
            }
            if any_near_block {
                for i in 0..LANES {
                    near_block.offer(row.half - product[i], chunk * LANES + i, limits[i]);
                }
            }
        }
    }
}

vectorized! {
    /// The lowest score of every lane.
    pub(super) fn lowest(row: &QueryRow, block: &RowBlock) -> [f32; LANES] {
        let lanes = row.products.as_chunks::<LANES>().0.iter().zip(block.units.0.as_chunks::<LANES>().0);
        let mut lowest = [f32::INFINITY; LANES];
        for ((products, units), half) in lanes.zip(block.half.0.as_chunks::<LANES>().0) {
            let product = row.product(products, units);
            for i in 0..LANES {
                let score = half[i] - product[i];
                lowest[i] = if score < lowest[i] { score } else { lowest[i] };
            }
        }
        lowest
    }
}
