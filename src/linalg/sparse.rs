//! The product of a matrix that is mostly zeros, without the zeros.
//!
//! Networks make zeros. ReLU makes them of half its inputs, dropout of as many as it is told, and a max pooling of two sends
//! back nothing to half its inputs: of the gradient that reaches the report's third convolution one number in ten is
//! left, of that layer's input one in four. `0 · b` adds nothing to a sum, so those terms are left out:
//!
//! ```text
//! C[i] = Σ_p A[i][p] · B[p]      over the p where A[i][p] ≠ 0, a row of C in registers
//! ```
//!
//! The terms that remain are summed in the same order and by the same multiply-adds as by [`gemm`](mod@super::gemm), so
//! not a bit of C changes (but 0 · ∞ and 0 · NaN are 0 here). A term costs more than in a tile, which uses each row of B
//! twelve times once it is loaded. It pays where fewer than two in five remain, and for a single row, which has nobody to
//! share B with: more of its columns are summed at once here.

use super::Isa;
use super::gemm::{BLOCK_K, BLOCK_N, FAR, Write, offset, take_over, three};
use super::panels::{Panel, Panels};
use super::vectorized;
use crate::Scalar;
use crate::buffer::Buffer;
use ndarray::{ArrayView2, ArrayView3, ArrayViewMut3, s};
use num_traits::Float;

/// Rows of A whose zeros are sought at once.
const ROWS: usize = 64;
/// Multiply-adds below which nobody looks for zeros.
const WORTH_A_LOOK: usize = 1 << 20;
/// Columns of B below which a term costs more to find than to multiply.
const FEWEST_COLS: usize = 16;
/// Numbers of A that are looked at.
const SAMPLES: usize = 256;

/// Whether it seems to pay to skip the zeros of A (e, m, k), multiplied by a matrix of `n` columns. Either way gives the
/// same result.
pub(super) fn pays<F: Scalar>(a: &ArrayView3<F>, n: usize) -> bool {
    let (m, [_, rows, cols]) = (a.dim().1, three(a.strides()));
    let contiguous = cols == 1 || (rows == 1 && cols.abs() <= FAR);
    contiguous && n >= FEWEST_COLS && (m == 1 || (a.len() * n >= WORTH_A_LOOK && seems_sparse(a)))
}

/// Whether fewer than two in five of some numbers of A are not zero.
fn seems_sparse<F: Scalar>(a: &ArrayView3<F>) -> bool {
    let ((_, m, k), step) = (a.dim(), a.len() / SAMPLES);
    let sample = |i: usize| a[[i * step / (m * k), i * step / k % m, i * step % k]];
    let nonzero = (0..SAMPLES).filter(|&i| sample(i) != F::zero()).count();
    5 * nonzero < 2 * SAMPLES
}

/// As [`gemm_on`](super::gemm::gemm_on), for an A whose rows or columns are contiguous, and a C whose rows are.
pub(super) fn skip_zeros<F: Scalar>(
    isa: Isa,
    tile_cols: usize,
    write: Write,
    a: &ArrayView3<F>,
    b: &ArrayView2<F>,
    c: &mut ArrayViewMut3<F>,
) {
    let ((examples, m, k), n) = (a.dim(), b.ncols());
    let widths = [4 * tile_cols, 2 * tile_cols, tile_cols, tile_cols / 2];
    let mut terms = Terms::new();
    let mut edge = Buffer::<F>::scratch(4 * tile_cols);
    let (c_first, c_strides) = (c.as_mut_ptr(), three(c.strides()));
    for j0 in (0..n).step_by(BLOCK_N) {
        for p0 in (0..k).step_by(BLOCK_K) {
            let p1 = k.min(p0 + BLOCK_K);
            let panels = Panels::new(b.slice(s![p0..p1, j0..n.min(j0 + BLOCK_N)]), &widths);
            let add = write == Write::Add || p0 > 0;
            for (e, i0) in (0..examples).flat_map(|e| (0..m).step_by(ROWS).map(move |i0| (e, i0))) {
                let i1 = m.min(i0 + ROWS);
                terms.find(a.slice(s![e, i0..i1, p0..p1]));
                for (panel, i) in panels.panels.iter().flat_map(|panel| (i0..i1).map(move |i| (panel, i))) {
                    let Panel { first, b, ldb, width, cols, .. } = *panel;
                    let (base, terms, values) = terms.of(i - i0);
                    let c_row = c_first.wrapping_offset(offset(c_strides, [e, i, j0 + first]));
                    let mut row = SparseRow { base, terms, values, b, ldb, c: c_row, add };
                    if cols < width {
                        (row.c, row.add) = (edge.as_mut_ptr(), false);
                    }
                    // SAFETY: the machine has `isa`, by `gemm_on`. A panel holds as many rows of `width` numbers as the block
                    // of A has columns, and terms less `base` are columns of it. `c` is a row of a mutable view, `width` of its
                    // columns, which are contiguous, or it is `edge`, as large as the widest panel: `b` overlaps neither.
                    unsafe { F::sparse_row(isa, width, &row) };
                    if cols < width {
                        let c = c.slice_mut(s![e, i..i + 1, j0 + first..j0 + first + cols]);
                        take_over(c, edge.chunks_exact(width), add);
                    }
                }
            }
        }
    }
}

/// One row of the product: `c[j] (+)= Σ_q values[q] · b[(terms[q] - base)·ldb + j]`.
pub struct SparseRow<'a, F> {
    /// The place of the row's first number among those of all rows.
    pub base: u16,
    /// The place of each number that is not zero.
    pub terms: &'a [u16],
    /// These numbers.
    pub values: &'a [F],
    /// Right operand: rows of the kernel's width.
    pub b: *const F,
    /// Distance between rows of `b`.
    pub ldb: isize,
    /// Result: a row of the kernel's width.
    pub c: *mut F,
    /// Add to `c` rather than overwrite it.
    pub add: bool,
}

/// The kernel: C sums in registers, as in [`tile`](super::tile).
///
/// # Safety
/// As [`Kernel::sparse_row`](super::Kernel::sparse_row).
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) unsafe fn sparse_row<F: Float, const C: usize>(r: &SparseRow<F>) {
    let mut acc = [F::zero(); C];
    for (&p, &a) in r.terms.iter().zip(r.values) {
        // SAFETY: the caller promises `C` readable numbers at the row of `b` of every term.
        let b = unsafe { &*r.b.offset((p - r.base) as isize * r.ldb).cast::<[F; C]>() };
        for j in 0..C {
            acc[j] = a.mul_add(b[j], acc[j]);
        }
    }
    // SAFETY: the caller promises `C` writable numbers, which nothing else refers to.
    let c = unsafe { &mut *r.c.cast::<[F; C]>() };
    let old = if r.add { *c } else { [F::zero(); C] };
    *c = std::array::from_fn(|j| old[j] + acc[j]);
}

/// The numbers of some rows of A that are not zero, and where they stand.
///
/// A row that begins before the last one ends, as a convolution's do, shares its numbers with it, and they are found
/// once: places count along all rows, row i begins at place i·step, and its numbers are a stretch of the list.
struct Terms<F: Scalar> {
    step: usize,
    /// The stretch of each row.
    begins: [usize; ROWS],
    ends: [usize; ROWS],
    places: Buffer<u16>,
    values: Buffer<F>,
}

impl<F: Scalar> Terms<F> {
    fn new() -> Self {
        let (places, values) = (Buffer::scratch(ROWS * BLOCK_K), Buffer::scratch(ROWS * BLOCK_K));
        Terms { step: 0, begins: [0; ROWS], ends: [0; ROWS], places, values }
    }

    /// Those of at most [`ROWS`] rows of at most [`BLOCK_K`] numbers.
    fn find(&mut self, rows: ArrayView2<F>) {
        if rows.strides()[1] == 1 {
            find_along_rows(rows, self);
        } else {
            find_along_columns(rows, self);
        }
    }

    /// The place of a row's first number, and the places and values of those that are not zero.
    fn of(&self, row: usize) -> (u16, &[u16], &[F]) {
        let stretch = self.begins[row]..self.ends[row];
        ((row * self.step) as u16, &self.places[stretch.clone()], &self.values[stretch])
    }
}

vectorized! {
    /// Finds what is not zero in rows that are contiguous.
    fn find_along_rows<F: Scalar>(a: ArrayView2<F>, found: &mut Terms<F>) {
        let k = a.ncols();
        // Rows that do not overlap are counted as if they lay side by side.
        let step = usize::try_from(a.strides()[0]).map_or(k, |stride| stride.min(k));
        let (mut begin, mut end) = (0, 0);
        for (i, row) in a.outer_iter().enumerate() {
            // What the row before has seen.
            let seen = if i == 0 { 0 } else { k - step };
            for_each_nonzero(&row.to_slice().expect("rows are contiguous")[seen..], |p, value| {
                (found.places[end], found.values[end]) = ((i * step + seen + p) as u16, value);
                end += 1;
            });
            while begin < end && usize::from(found.places[begin]) < i * step {
                begin += 1;
            }
            (found.begins[i], found.ends[i]) = (begin, end);
        }
        found.step = step;
    }
}

vectorized! {
    /// Finds what is not zero in rows whose columns are contiguous.
    fn find_along_columns<F: Scalar>(a: ArrayView2<F>, found: &mut Terms<F>) {
        found.begins = std::array::from_fn(|row| row * BLOCK_K);
        found.ends = found.begins;
        for (p, column) in a.columns().into_iter().enumerate() {
            for_each_nonzero(column.to_slice().expect("columns are contiguous"), |i, value| {
                let end = &mut found.ends[i];
                (found.places[*end], found.values[*end]) = (p as u16, value);
                *end += 1;
            });
        }
        found.step = 0;
    }
}

/// Calls `f` with each number that is not zero and its place. A mask of 64 bits at a time: a branch for each number would
/// be guessed wrong as often as not.
#[inline(always)]
fn for_each_nonzero<F: Scalar>(line: &[F], mut f: impl FnMut(usize, F)) {
    for (first, numbers) in (0..).step_by(64).zip(line.chunks(64)) {
        let bit = |mask: u64, (j, v): (usize, &F)| mask | u64::from(*v != F::zero()) << j;
        let mut mask = match <&[F; 64]>::try_from(numbers) {
            // Of known length, the compiler makes vectors of it.
            Ok(whole) => whole.iter().enumerate().fold(0, bit),
            Err(_) => numbers.iter().enumerate().fold(0, bit),
        };
        while mask != 0 {
            let j = mask.trailing_zeros() as usize;
            f(first + j, numbers[j]);
            mask &= mask - 1;
        }
    }
}
