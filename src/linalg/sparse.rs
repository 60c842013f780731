//! The sparse-dense matrix product: where most of the left operand is zero, the zeros are skipped.
//!
//! Networks make zeros. ReLU makes them of half its inputs, dropout of as many as its rate says, and a max pooling of
//! two sends back nothing to half its inputs: of the gradient that reaches the paper's third convolution one element in
//! ten is left, of that layer's input one in four. `0 · b` adds nothing to a sum, so those terms are left out:
//!
//! ```text
//! C[i] = Σ_p A[i][p] · B[p]      over the p where A[i][p] ≠ 0, a row of C in registers
//! ```
//!
//! The terms that remain are summed in the same order and by the same multiply-adds as by [`gemm`](mod@super::gemm), so
//! not a bit of C changes (but 0 · ∞ and 0 · NaN are 0 here).
//!
//! A term costs more than in a tile, which uses each row of B twelve times once it is loaded: a third more where it is
//! loaded from the first cache, and twice as much from the second. So the rows of A pass again and again, each time for as
//! many rows of B as stay in the first, and their sums wait in C. It pays where less than 45 % of the terms remain, and
//! always for a single row, which no other row shares B with: more of its columns are summed at once here. Where rows
//! of A overlap, there is a better way: [`windows`](super::windows).

use super::blocking::{BLOCK_K, BLOCK_N, FAR, STAYS, offset, take_over, three};
use super::kernel::{Kernel, SparseRows};
use super::panels::{Panel, Panels};
use super::terms::{ROWS, Terms};
#[cfg(target_arch = "x86_64")]
use super::{term::Term, vector::Vector};
use crate::buffer::Buffer;
use crate::isa::Isa;
use crate::product::Write;
use ndarray::{ArrayView2, ArrayView3, ArrayViewMut3, s};

/// Percent of the elements of A that may remain where it pays to skip the others.
pub(super) const PAYS: usize = 45;
/// Multiply-adds below which zeros are not looked for.
const WORTH_A_LOOK: usize = 1 << 20;
/// Columns of B below which a term costs more to find than to multiply.
const FEWEST_COLS: usize = 16;
/// Rows of A that are looked at, and elements of each.
const SAMPLES: (usize, usize) = (64, 4);
/// Terms of a row that are worth a pass of their own.
const WORTH_A_PASS: usize = 6;

/// Whether it seems to pay to skip the zeros of A (e, m, k), multiplied by a matrix of `n` columns, because at most so many
/// percent of its elements are not zero. Either way gives the same result.
pub(super) fn pays<F: Kernel>(a: &ArrayView3<F>, n: usize, percent: usize) -> bool {
    let (m, [_, rows, cols]) = (a.dim().1, three(a.strides()));
    let contiguous = cols == 1 || (rows == 1 && cols.abs() <= FAR);
    contiguous && n >= FEWEST_COLS && (m == 1 || (a.len() * n >= WORTH_A_LOOK && seems_sparse(a, percent)))
}

/// Whether few enough of some elements of A are not zero.
fn seems_sparse<F: Kernel>(a: &ArrayView3<F>, percent: usize) -> bool {
    let ((e, m, k), (rows, each)) = (a.dim(), SAMPLES);
    let nonzero = |r: usize| {
        let row = r * e * m / rows;
        let at = |q: usize| a[[row / m, row % m, (q * rows + r) * k / (rows * each)]];
        (0..each).filter(|&q| at(q) != F::zero()).count()
    };
    let nonzero: usize = (0..rows).map(nonzero).sum();
    100 * nonzero < percent * rows * each
}

/// As [`gemm_on`](super::gemm::gemm_on), for an A whose rows or columns are contiguous, and a C whose rows are.
pub(super) fn skip_zeros<F: Kernel>(
    isa: Isa,
    tile_cols: usize,
    write: Write<F>,
    a: &ArrayView3<F>,
    b: &ArrayView2<F>,
    c: &mut ArrayViewMut3<F>,
) {
    let ((examples, m, k), n) = (a.dim(), b.ncols());
    let widths = [4 * tile_cols, 2 * tile_cols, tile_cols, tile_cols / 2];
    let mut terms = Terms::new();
    // For sums that are not the result yet, because they are to be added to it, or are wider.
    let mut sums = Buffer::<F>::scratch(m.min(ROWS) * widths[0]);
    let (c_first, c_strides) = (c.as_mut_ptr(), three(c.strides()));
    for j0 in (0..n).step_by(BLOCK_N) {
        for p0 in (0..k).step_by(BLOCK_K) {
            let p1 = k.min(p0 + BLOCK_K);
            let panels = Panels::new(b.slice(s![p0..p1, j0..n.min(j0 + BLOCK_N)]), &widths);
            for (e, i0) in (0..examples).flat_map(|e| (0..m).step_by(ROWS).map(move |i0| (e, i0))) {
                let i1 = m.min(i0 + ROWS);
                terms.find(a.slice(s![e, i0..i1, p0..p1]));
                for &Panel { first, b, ldb, width, cols, .. } in &panels.panels {
                    let write = write.block(j0 + first..j0 + first + cols, p0);
                    let in_place = write != Write::Add && cols == width;
                    let (to, ldc) = if in_place {
                        (c_first.wrapping_offset(offset(c_strides, [e, i0, j0 + first])), c_strides[1])
                    } else {
                        (sums.as_mut_ptr(), width as isize)
                    };
                    let mut begins = terms.begins;
                    let rows = SparseRows {
                        begins: &mut begins[..i1 - i0],
                        ends: &terms.ends[..i1 - i0],
                        k: p1 - p0,
                        depth: terms.depth(i1 - i0, p1 - p0, width),
                        terms: &terms.list,
                        b,
                        ldb,
                        c: to,
                        ldc,
                        bias: write.bias().filter(|_| in_place),
                    };
                    // SAFETY: the machine has `isa`, by `gemm_on`. A panel holds as many rows of `width` elements as
                    // the block of A has columns, and a term's index in its row is one of them. `to` is rows i0..i1 of
                    // a mutable view and `width` of its columns, which are contiguous, or `sums`, large enough for as
                    // many rows of the widest panel: `b` overlaps neither.
                    unsafe { F::sparse_rows(isa, width, rows) };
                    if !in_place {
                        let c = c.slice_mut(s![e, i0..i1, j0 + first..j0 + first + cols]);
                        take_over(write, c, sums.chunks_exact(width));
                    }
                }
            }
        }
    }
}

/// The kernel: N vectors of a row of C in registers, as in [`tile`](super::tile).
///
/// # Safety
/// As [`Kernel::sparse_rows`].
#[cfg(target_arch = "x86_64")]
#[inline(always)]
#[expect(clippy::needless_range_loop, reason = "as in the tile")]
pub(super) unsafe fn sparse_rows<V: Vector<Number: Kernel>, const N: usize>(r: SparseRows<V::Number>) {
    // SAFETY: the caller promises that the machine has such vectors, N of them readable at the row of `b` of every term,
    // and N readable and writable at every row of `c`; a bias for every column is looked for.
    unsafe {
        let mut bias = [V::zero(); N];
        if let Some(from) = r.bias {
            for j in 0..N {
                bias[j] = V::load(from[j * V::LEN..][..V::LEN].as_ptr());
            }
        }
        for from in (0..r.k).step_by(r.depth) {
            let (until, last) = (from + r.depth, from + r.depth >= r.k);
            for (i, (begin, &end)) in r.begins.iter_mut().zip(r.ends).enumerate() {
                let c = r.c.offset(i as isize * r.ldc);
                let mut sums = [V::zero(); N];
                if from > 0 {
                    for j in 0..N {
                        sums[j] = V::load(c.add(j * V::LEN));
                    }
                }
                let mut next = *begin;
                for &term in &r.terms[next..end] {
                    if term.index() >= until {
                        break;
                    }
                    let (a, b) = (V::splat(term.value()), r.b.offset(term.index() as isize * r.ldb));
                    for j in 0..N {
                        sums[j] = a.mul_add(V::load(b.add(j * V::LEN)), sums[j]);
                    }
                    next += 1;
                }
                *begin = next;
                for j in 0..N {
                    let sum = if last { bias[j].add(sums[j]) } else { sums[j] };
                    sum.store(c.add(j * V::LEN));
                }
            }
        }
    }
}

impl<F: Kernel> Terms<F> {
    /// For how many rows of B, `width` elements wide, some rows of A of length k should pass at a time.
    fn depth(&self, rows: usize, k: usize, width: usize) -> usize {
        let stay = STAYS / (width * size_of::<F>());
        let found: usize = self.ends[..rows].iter().zip(&self.begins).map(|(end, begin)| end - begin).sum();
        if rows > 1 && found * stay >= WORTH_A_PASS * rows * k { stay } else { k }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, Axis};

    /// 64 x 64 elements, those of the first rows 1 and the rest 0. Of each row four are looked at.
    fn first_rows(ones: usize) -> Array2<f32> {
        Array2::from_shape_fn((64, 64), |(row, _)| if row < ones { 1.0 } else { 0.0 })
    }

    fn pays_for(a: ArrayView2<f32>, n: usize) -> bool {
        pays(&a.insert_axis(Axis(0)), n, PAYS)
    }

    #[test]
    fn zeros_are_skipped_where_less_than_45_percent_of_the_elements_remain() {
        assert!(pays_for(first_rows(28).view(), 256) && !pays_for(first_rows(29).view(), 256));
        let other_share = |ones| pays(&first_rows(ones).view().insert_axis(Axis(0)), 256, 65);
        assert!(other_share(41) && !other_share(42));
        // A batch is looked at from its first example to its last.
        let halves = Array2::from_shape_fn((128, 64), |(row, _)| if row < 50 { 1.0 } else { 0.0 });
        let halves = halves.to_shape((2, 64, 64)).unwrap();
        assert!(pays(&halves.view(), 256, PAYS));
        assert!(!pays(&halves.slice(s![..1, .., ..]), 256, PAYS));
    }

    #[test]
    fn zeros_are_sought_in_contiguous_lines_of_products_that_are_worth_it() {
        let a = first_rows(8);
        assert!(pays_for(a.view(), 256) && !pays_for(a.view(), 255), "2^20 multiply-adds, and a few less");
        assert!(pays_for(a.t(), 256), "columns are as good as rows");
        let line = Array2::<f32>::ones((1, 64));
        assert!(pays_for(line.view(), 16) && !pays_for(line.view(), 15), "a single row, however full and short");
        let wide = Array2::<f32>::zeros((64, 513));
        assert!(!pays_for(wide.slice(s![.., ..64]).t(), 256), "columns that lie far apart");
        assert!(pays_for(wide.slice(s![.., ..64]), 256));
        assert!(!pays_for(wide.slice(s![.., ..128;2]), 256), "no line is contiguous");
        assert!(!pays_for(wide.slice(s![.., ..128;2]).t(), 256));
    }

    #[test]
    fn rows_pass_for_as_much_of_b_as_stays_in_the_first_cache() {
        let mut terms = Terms::<f32>::new();
        terms.begins[..2].copy_from_slice(&[10, 200]);
        terms.ends[..2].copy_from_slice(&[50, 240]);
        // 48 rows of 128 elements are 24 KiB. Of 320 elements 40 are not zero, of 48 six.
        assert_eq!(terms.depth(2, 320, 128), 48);
        assert_eq!(terms.depth(2, 321, 128), 321);
        assert_eq!(terms.depth(1, 320, 128), 320, "a single row need not come again");
        terms.ends[1] += 1;
        assert_eq!((terms.depth(2, 320, 64), terms.depth(2, 322, 128)), (96, 48));
    }
}
