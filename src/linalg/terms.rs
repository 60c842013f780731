//! The numbers of a matrix that are not zero, and where they stand.

use super::gemm::BLOCK_K;
use super::vectorized;
use crate::Scalar;
use crate::buffer::Buffer;
use ndarray::ArrayView2;

/// Rows of A whose zeros are sought at once: a column of them has a bit for each in a mask.
pub(super) const ROWS: usize = 64;

/// The numbers of some rows of A that are not zero, and where they stand.
///
/// A row that begins before the last one ends, as a convolution's do, shares its numbers with it, and they are found
/// once: places count along all rows, row i begins at place i·step, and its numbers are a stretch of the list.
pub(super) struct Terms<F: Scalar> {
    pub step: usize,
    /// The stretch of each row.
    pub begins: [usize; ROWS],
    pub ends: [usize; ROWS],
    pub places: Buffer<u16>,
    pub values: Buffer<F>,
}

impl<F: Scalar> Terms<F> {
    pub fn new() -> Self {
        let (places, values) = (Buffer::scratch(ROWS * BLOCK_K), Buffer::scratch(ROWS * BLOCK_K));
        Terms { step: 0, begins: [0; ROWS], ends: [0; ROWS], places, values }
    }

    /// Those of at most [`ROWS`] rows of at most [`BLOCK_K`] numbers.
    pub fn find(&mut self, rows: ArrayView2<F>) {
        if rows.strides()[1] == 1 {
            find_along_rows(rows, self);
        } else {
            find_along_columns(rows, self);
        }
    }
}

vectorized! {
    /// Finds what is not zero in rows that are contiguous.
    fn find_along_rows<F: Scalar>(a: ArrayView2<F>, found: &mut Terms<F>) {
        let k = a.ncols();
        // Rows that do not overlap are counted as if they lay side by side.
        let step = usize::try_from(a.strides()[0]).map_or(k, |stride| stride.min(k));
        let (mut begin, mut end) = (0, 0);
        let (places, values) = (&mut found.places[..], &mut found.values[..]);
        for (i, row) in a.outer_iter().enumerate() {
            // What the row before has seen.
            let seen = if i == 0 { 0 } else { k - step };
            let new = &row.to_slice().expect("rows are contiguous")[seen..];
            for (first, numbers) in (i * step + seen..).step_by(64).zip(new.chunks(64)) {
                let mask = nonzero(numbers);
                for ((place, value), j) in places[end..].iter_mut().zip(&mut values[end..]).zip(ones(mask)) {
                    (*place, *value) = ((first + j) as u16, numbers[j]);
                }
                end += mask.count_ones() as usize;
            }
            // Of the last row's terms, those before its first `step` places are over.
            begin += places[begin..end.min(begin + step)].iter().filter(|&&place| usize::from(place) < i * step).count();
            (found.begins[i], found.ends[i]) = (begin, end);
        }
        found.step = step;
    }
}

vectorized! {
    /// Finds what is not zero in rows whose columns are contiguous.
    fn find_along_columns<F: Scalar>(a: ArrayView2<F>, found: &mut Terms<F>) {
        found.begins = std::array::from_fn(|row| row * BLOCK_K);
        let mut ends = found.begins;
        let (places, values) = (&mut found.places[..], &mut found.values[..]);
        for (p, column) in a.columns().into_iter().enumerate() {
            let column = column.to_slice().expect("columns are contiguous");
            for i in ones(nonzero(column)) {
                let end = &mut ends[i];
                (places[*end], values[*end]) = (p as u16, column[i]);
                *end += 1;
            }
        }
        found.ends = ends;
        found.step = 0;
    }
}

/// A bit for each of at most 64 numbers that is not zero: a branch for each would be guessed wrong as often as not.
#[inline(always)]
fn nonzero<F: Scalar>(numbers: &[F]) -> u64 {
    let bit = |mask: u64, (j, v): (usize, &F)| mask | u64::from(*v != F::zero()) << j;
    match <&[F; 64]>::try_from(numbers) {
        // Of known length, the compiler makes vectors of it.
        Ok(whole) => whole.iter().enumerate().fold(0, bit),
        Err(_) => numbers.iter().enumerate().fold(0, bit),
    }
}

/// The places of the bits that are one.
#[inline(always)]
fn ones(mut mask: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = (mask != 0).then(|| mask.trailing_zeros() as usize);
        mask &= mask.wrapping_sub(1);
        place
    })
}
