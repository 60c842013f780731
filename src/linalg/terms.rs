//! The non-zero elements of a matrix, with their indices.

use super::blocking::BLOCK_K;
use super::kernel::Kernel;
use super::term::Term;
use crate::buffer::Buffer;
use crate::isa::vectorized;
use ndarray::ArrayView2;

/// Rows of A whose zeros are sought at once: a column of them has a bit for each in a mask.
pub(super) const ROWS: usize = 64;

/// The non-zero elements of some rows of A, with their indices.
pub(super) struct Terms<F: Kernel> {
    /// The stretch of the list that belongs to each row.
    pub begins: [usize; ROWS],
    pub ends: [usize; ROWS],
    /// With indices in their row.
    pub list: Buffer<F::Term>,
}

impl<F: Kernel> Terms<F> {
    pub fn new() -> Self {
        Terms { begins: [0; ROWS], ends: [0; ROWS], list: Buffer::scratch(ROWS * BLOCK_K) }
    }

    /// Those of at most [`ROWS`] rows of at most [`BLOCK_K`] elements.
    pub fn find(&mut self, rows: ArrayView2<F>) {
        if rows.strides()[1] == 1 {
            find_along_rows(rows, self);
        } else {
            find_along_columns(rows, self);
        }
    }
}

vectorized! {
    /// Finds what is not zero in rows that are contiguous. Each row's terms begin where those of the row before end.
    pub(super) fn find_along_rows<F: Kernel>(a: ArrayView2<F>, found: &mut Terms<F>) {
        let (list, mut end) = (&mut found.list[..], 0);
        for (i, row) in a.outer_iter().enumerate() {
            found.begins[i] = end;
            let row = row.to_slice().expect("rows are contiguous");
            for (first, elements) in (0..).step_by(64).zip(row.chunks(64)) {
                let mask = nonzero(elements);
                for (term, j) in list[end..].iter_mut().zip(ones(mask)) {
                    *term = F::Term::new(first + j, elements[j]);
                }
                end += mask.count_ones() as usize;
            }
            found.ends[i] = end;
        }
    }
}

vectorized! {
    /// Finds what is not zero in rows whose columns are contiguous.
    fn find_along_columns<F: Kernel>(a: ArrayView2<F>, found: &mut Terms<F>) {
        found.begins = std::array::from_fn(|row| row * BLOCK_K);
        let mut ends = found.begins;
        let list = &mut found.list[..];
        for (p, column) in a.columns().into_iter().enumerate() {
            let column = column.to_slice().expect("columns are contiguous");
            for i in ones(nonzero(column)) {
                let end = &mut ends[i];
                list[*end] = F::Term::new(p, column[i]);
                *end += 1;
            }
        }
        found.ends = ends;
    }
}

/// A mask with a bit for each of at most 64 elements that is not zero: a branch for each would be guessed wrong as
/// often as not.
#[inline(always)]
fn nonzero<F: Kernel>(elements: &[F]) -> u64 {
    let bit = |mask: u64, (j, v): (usize, &F)| mask | u64::from(*v != F::zero()) << j;
    // Of known length, the compiler makes vectors of it.
    if let Ok(whole) = <&[F; 64]>::try_from(elements) {
        return whole.iter().enumerate().fold(0, bit);
    }
    let (sixteens, rest) = elements.as_chunks::<16>();
    let rest = rest.iter().enumerate().fold(0, bit);
    sixteens.iter().rev().fold(rest, |mask, sixteen| mask << 16 | sixteen.iter().enumerate().fold(0, bit))
}

/// The indices of the bits that are one.
#[inline(always)]
fn ones(mut mask: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let index = (mask != 0).then(|| mask.trailing_zeros() as usize);
        mask &= mask.wrapping_sub(1);
        index
    })
}
