//! The product with a convolution's im2col matrix, whose rows are windows of a signal: the zeros of the signal are
//! skipped.
//!
//! Row t of that matrix begins `step` elements after row t - 1 and is taps·step elements long. So an element of the
//! signal is in as many rows as there are taps, each time one tap earlier, and a product need not ask which elements a
//! row of C is the sum of, but may ask to which rows an element goes:
//!
//! ```text
//! C[t - q] += x[t][p] · B[q·step + p]      for the p where x[t][p] ≠ 0, and every tap q
//! ```
//!
//! Those rows of C are in registers, a vector or two of each. When all terms of `x[t]` are done, `C[t - taps + 1]` has seen
//! its last tap and is stored, and the others move on by a row. An element is found and loaded once for all its taps,
//! and a sum never leaves the registers, as it does where [`sparse`](super::sparse) passes over B again and again. The
//! terms of an element of C still come by rising t and p, which is their order in [`gemm`](mod@super::gemm): not a bit
//! of C changes.
//!
//! It pays where less than 65 % of the elements remain, as long as a panel of B stays in the first cache, and there are
//! taps enough to keep the core busy, but not more than registers.

use super::blocking::{BLOCK_K, STAYS, offset, take_over, three};
use super::kernel::{Kernel, SparseWindows};
use super::panels::{Panel, Panels};
use super::terms::{ROWS, Terms, find_along_rows};
#[cfg(target_arch = "x86_64")]
use super::{term::Term, vector::Vector};
use crate::buffer::Buffer;
use crate::isa::Isa;
use crate::product::Write;
use ndarray::{ArrayView2, ArrayView3, ArrayViewMut3, Axis, s};
use std::iter::once;

/// Percent of the elements of a signal that may remain where it pays to skip the others.
pub(super) const PAYS: usize = 65;
/// With more taps, two vectors of each sum would not leave enough of AVX2's sixteen registers for the rest.
const TWO_VECTORS: usize = 6;

/// How many taps the windows have that are the rows of A (e, m, k), where they overlap and there is a kernel for them.
pub(super) fn taps<F: Kernel>(a: &ArrayView3<F>, tile_cols: usize) -> Option<usize> {
    let ((_, m, k), [_, step, 1]) = (a.dim(), three(a.strides())) else { return None };
    let step = usize::try_from(step).ok().filter(|&step| m > 1 && step > 0 && k.is_multiple_of(step))?;
    let stays = k <= BLOCK_K && k * tile_cols / 2 * size_of::<F>() <= STAYS;
    Some(k / step).filter(|taps| stays && (3..=7).contains(taps))
}

/// As [`gemm_on`](super::gemm::gemm_on), for an A whose rows are windows of so many [`taps`].
pub(super) fn skip_zeros<F: Kernel>(
    isa: Isa,
    tile_cols: usize,
    taps: usize,
    write: Write<F>,
    a: &ArrayView3<F>,
    b: &ArrayView2<F>,
    c: &mut ArrayViewMut3<F>,
) {
    let (_, m, k) = a.dim();
    let step = k / taps;
    let two = taps <= TWO_VECTORS && b.ncols() >= tile_cols && k * tile_cols * size_of::<F>() <= STAYS;
    let width = if two { tile_cols } else { tile_cols / 2 };
    let block = Panels::packed(*b, width);
    let mut terms = Terms::new();
    // Of each panel, the windows that have begun. And results that are not yet what belongs in C.
    let mut begun = Buffer::<F>::scratch(block.panels.len() * taps * width);
    let mut results = Buffer::<F>::scratch(ROWS * width);
    let (c_first, c_strides) = (c.as_mut_ptr(), three(c.strides()));
    for (e, a) in a.outer_iter().enumerate() {
        // The signal: the first tap of every window, then what follows it in the last.
        let rest = a.slice(s![m - 1, step..]);
        let rest = rest.to_shape((taps - 1, step)).expect("a window is contiguous");
        let first_taps = a.slice(s![.., ..step]);
        begun.fill(F::zero());
        let mut t = 0usize;
        for rows in first_taps.axis_chunks_iter(Axis(0), ROWS).chain(once(rest.view())) {
            find_along_rows(rows, &mut terms);
            // Row t of the signal completes window t + 1 - taps, if that has begun at all.
            let (window, incomplete) = ((t + 1).saturating_sub(taps), (taps - 1).saturating_sub(t).min(rows.nrows()));
            for (&Panel { first, b, cols, .. }, begun) in block.panels.iter().zip(begun.chunks_exact_mut(taps * width))
            {
                let write = write.block(first..first + cols, 0);
                let in_place = write != Write::Add && cols == width;
                let (to, ldc) = if in_place {
                    (c_first.wrapping_offset(offset(c_strides, [e, window, first])), c_strides[1])
                } else {
                    (results.as_mut_ptr(), width as isize)
                };
                let windows = SparseWindows {
                    ends: &terms.ends[..rows.nrows()],
                    terms: &terms.list,
                    step,
                    b,
                    begun,
                    incomplete,
                    c: to,
                    ldc,
                    bias: write.bias().filter(|_| in_place),
                };
                // SAFETY: the machine has `isa`, by `gemm_on`, and `taps` are as many as a kernel has. A panel holds
                // taps·step rows of `width` elements, and an index in a row of the signal is less than `step`. `to` is
                // the rows of a mutable view from `window` on, as many as these rows complete and of `width` contiguous
                // columns, or `results`, large enough for ROWS of them: `b` overlaps neither.
                unsafe { F::sparse_windows(isa, taps, width, windows) };
                if !in_place {
                    let complete = window..window + rows.nrows() - incomplete;
                    take_over(write, c.slice_mut(s![e, complete, first..first + cols]), results.chunks_exact(width));
                }
            }
            t += rows.nrows();
        }
    }
}

/// The kernel: N vectors of the sums of T windows in registers.
///
/// # Safety
/// As [`Kernel::sparse_windows`].
#[cfg(target_arch = "x86_64")]
#[inline(always)]
#[expect(clippy::needless_range_loop, reason = "taps are numbered")]
pub(super) unsafe fn sparse_windows<V: Vector<Number: Kernel>, const T: usize, const N: usize>(
    w: SparseWindows<V::Number>,
) {
    let begun = w.begun[..T * N * V::LEN].as_mut_ptr();
    // SAFETY: the caller promises that the machine has such vectors, N of them readable at the row of `b` of every term
    // and tap, and N writable at every row of `c` that is completed. `begun` and `bias` are slices, and long enough.
    unsafe {
        let (mut bias, mut sums) = ([V::zero(); N], [[V::zero(); N]; T]);
        for j in 0..N {
            if let Some(from) = w.bias {
                bias[j] = V::load(from[j * V::LEN..][..V::LEN].as_ptr());
            }
            for q in 0..T {
                sums[q][j] = V::load(begun.add((q * N + j) * V::LEN));
            }
        }
        let mut begin = 0;
        for (i, &end) in w.ends.iter().enumerate() {
            for &term in &w.terms[begin..end] {
                let x = V::splat(term.value());
                for q in 0..T {
                    let b = w.b.add((q * w.step + term.index()) * N * V::LEN);
                    for j in 0..N {
                        sums[q][j] = x.mul_add(V::load(b.add(j * V::LEN)), sums[q][j]);
                    }
                }
            }
            begin = end;
            if i >= w.incomplete {
                let c = w.c.offset((i - w.incomplete) as isize * w.ldc);
                for j in 0..N {
                    bias[j].add(sums[T - 1][j]).store(c.add(j * V::LEN));
                }
            }
            // Where this row was tap q, the next is tap q + 1.
            for q in (1..T).rev() {
                sums[q] = sums[q - 1];
            }
            sums[0] = [V::zero(); N];
        }
        for q in 0..T {
            for j in 0..N {
                sums[q][j].store(begun.add((q * N + j) * V::LEN));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::kernel::Tiled;
    use ndarray::{Array2, Array3, ShapeBuilder};

    /// Two signals of `l` rows of `step` elements, of which two in three are zero.
    fn signals<F: Kernel>(l: usize, step: usize) -> Vec<F> {
        let number = |i: usize| if (i * i).is_multiple_of(3) { F::of(0.7 + (i % 11) as f64 / 7.0) } else { F::zero() };
        (0..2 * l * step).map(|i| number(i + i / 5)).collect()
    }

    /// The windows on signals of `l` rows.
    fn windows<F>(x: &[F], l: usize, step: usize, taps: usize) -> ArrayView3<'_, F> {
        let shape = (2, l + 1 - taps, taps * step).strides((l * step, step, 1));
        ArrayView3::from_shape(shape, x).expect("windows lie inside the signal")
    }

    /// For every number of taps, in one vector and in two, with rows and columns left over, in or around blocks of rows.
    fn as_without_skipping<F: Kernel>() {
        for (isa, tile_cols) in Isa::available().into_iter().filter_map(|isa| Some((isa, F::tile_shape(isa)?.1))) {
            for (taps, step, m) in (3..=7).flat_map(|taps| {
                [(1, 2), (5, 3), (6, 59), (3, 64), (2, 130), (44, 66)].map(|(step, m)| (taps, step, m))
            }) {
                let (l, k) = (m + taps - 1, taps * step);
                let x = signals::<F>(l, step);
                let a = windows(&x, l, step, taps);
                assert_eq!(super::taps(&a, tile_cols), Some(taps));
                for n in [3, tile_cols / 2, tile_cols + 1, 2 * tile_cols] {
                    let b = Array2::from_shape_fn((k, n), |(p, j)| F::of(((p * 5 + j * 3) % 17) as f64 / 3.0 - 2.0));
                    let bias: Vec<F> = (0..n).map(|j| F::of(j as f64 / 3.0)).collect();
                    for write in [Write::Set, Write::Bias(&bias), Write::Add] {
                        let mut room = Array3::from_elem((2, m + 2, n + 1), F::of(0.1));
                        let mut c = room.slice_mut(s![.., 1..m + 1, ..n]);
                        // Both layouts of B are dealt to panels.
                        let turned = b.t().as_standard_layout().into_owned();
                        let b = if write == Write::Set { turned.t() } else { b.view() };
                        skip_zeros(isa, tile_cols, taps, write, &a, &b, &mut c);
                        let wanted = Array3::from_shape_fn((2, m, n), |(e, i, j)| {
                            let sum = (0..k).fold(F::zero(), |sum, p| a[[e, i, p]].mul_add(b[[p, j]], sum));
                            sum + match write {
                                Write::Set => F::zero(),
                                Write::Bias(bias) => bias[j],
                                Write::Add => F::of(0.1),
                            }
                        });
                        assert_eq!(c, wanted, "{isa:?}, {write:?}, {taps} taps of {step}, {m} x {n}");
                        c.fill(F::of(0.1));
                        assert!(room.iter().all(|&x| x == F::of(0.1)), "elements around the result were written");
                    }
                }
            }
        }
    }

    #[test]
    fn a_product_of_windows_has_the_same_bits_in_single_precision() {
        as_without_skipping::<f32>();
    }

    #[test]
    fn a_product_of_windows_has_the_same_bits_in_double_precision() {
        as_without_skipping::<f64>();
    }

    #[test]
    fn what_meets_only_zeros_is_never_looked_at() {
        for (isa, tile_cols) in Isa::available().into_iter().filter_map(|isa| Some((isa, f32::tile_shape(isa)?.1))) {
            let x: Vec<f32> = (0..2 * 70 * 4).map(|i| if i % 4 == 1 { 1.0 } else { 0.0 }).collect();
            let b = Array2::from_shape_fn((20, 40), |(p, _)| if p % 4 == 1 { 2.0 } else { f32::NAN });
            let mut c = Array3::from_elem((2, 66, 40), f32::NAN);
            let a = windows(&x, 70, 4, 5);
            skip_zeros(isa, tile_cols, 5, Write::Set, &a, &b.view(), &mut c.view_mut());
            assert_eq!(c, Array3::from_elem((2, 66, 40), 10.0), "{isa:?}");
        }
    }

    #[test]
    fn windows_of_three_to_seven_taps_have_a_kernel_while_their_panel_stays() {
        let x = vec![0f32; 2 * 20 * 200];
        let taps_of = |step, taps: usize| super::taps(&windows(&x, 20, step, taps), 32);
        assert_eq!([2, 3, 7, 8].map(|taps| taps_of(10, taps)), [None, Some(3), Some(7), None]);
        // 384 rows of 16 elements are 24 KiB.
        assert_eq!((taps_of(128, 3), taps_of(129, 3)), (Some(3), None));
        // Half as wide, 768 rows would stay, but a block of terms ends before.
        assert_eq!([170, 171].map(|step| super::taps(&windows(&x, 20, step, 3), 16)), [Some(3), None]);
        let strided = |strides| {
            let shape = (1, 5, 30).strides(strides);
            super::taps(&ArrayView3::from_shape(shape, &x[..]).expect("lies inside"), 32)
        };
        assert_eq!([(0, 10, 1), (0, 9, 1), (0, 30, 1), (0, 10, 2)].map(strided), [Some(3), None, None, None]);
        let one = ArrayView3::from_shape((1, 1, 30).strides((0, 10, 1)), &x[..]).expect("lies inside");
        assert_eq!(super::taps(&one, 32), None, "a single row shares with no other");
        let mut backwards = windows(&x, 20, 10, 3);
        backwards.invert_axis(Axis(1));
        assert_eq!(super::taps(&backwards, 32), None);
    }
}
