//! The matrix product: C = A·B or C += A·B on strided views, cut into tiles that stay in registers and blocks that stay
//! in the cache.
//!
//! ```text
//! for each block of 256 columns, for each block of 512 terms k       (block of B: at most 512 KiB in f32, stays in L2)
//!     rows of B that are not contiguous are packed into panels of a tile's width
//!     for each tile of rows of A                                     (12 x 512: stays in L1)
//!         rows of A that lie far apart are packed
//!         for each panel: one register tile of C
//! ```
//! A operand's strides are free, also overlapping: row t of a convolution's im2col matrix begins `stride` after row t - 1
//! and is longer than that, so the whole matrix is a view of the signal, and nothing is copied.

use super::Isa;
use super::tile::Tile;
use crate::Scalar;
use crate::buffer::Buffer;
use ndarray::{ArrayView2, ArrayView3, ArrayViewMut2, ArrayViewMut3, Axis};
use rayon::prelude::*;

/// Columns of B in a block.
const BLOCK_N: usize = 256;
/// Terms of the sum in a block.
const BLOCK_K: usize = 512;
/// Consecutive terms of A that lie further apart than this many numbers are packed: each would touch another page.
const FAR: isize = 512;
/// Below this many multiply-adds a product is not worth a second thread.
const WORTH_A_THREAD: usize = 1 << 17;

/// What becomes of the numbers that are in the result already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// C = A·B; what was there is never read.
    Set,
    /// C += A·B.
    Add,
}

/// C (m, n) = or += A (m, k) · B (k, n), on this thread.
///
/// ```
/// use ndarray::{array, Array2};
/// use tonegrad::linalg::{Write, gemm};
/// let mut c = Array2::zeros((1, 2));
/// gemm(Write::Set, array![[1.0, 2.0]].view(), array![[3.0, 4.0], [5.0, 6.0]].view(), c.view_mut());
/// assert_eq!(c, array![[13.0, 16.0]]);
/// ```
/// # Panics
/// When the shapes do not fit.
pub fn gemm<F: Scalar>(write: Write, a: ArrayView2<F>, b: ArrayView2<F>, c: ArrayViewMut2<F>) {
    gemm_batch(write, a.insert_axis(Axis(0)), b, c.insert_axis(Axis(0)));
}

/// The same product for a batch of A (e, m, k) and C (e, m, n) that share one B (k, n), on this thread.
pub fn gemm_batch<F: Scalar>(write: Write, a: ArrayView3<F>, b: ArrayView2<F>, c: ArrayViewMut3<F>) {
    gemm_on(Isa::best(), write, a, b, c);
}

/// The same product as [`gemm`], its rows or its columns (whichever are more) shared among the threads of the pool.
/// An element is summed in the same order wherever the cuts fall, so the result does not depend on the threads.
pub fn par_gemm<F: Scalar>(write: Write, a: ArrayView2<F>, b: ArrayView2<F>, mut c: ArrayViewMut2<F>) {
    let (m, k, n) = (a.nrows(), a.ncols(), b.ncols());
    let parts = rayon::current_num_threads().min(m * k * n / WORTH_A_THREAD);
    if parts <= 1 {
        gemm(write, a, b, c);
    } else if m >= n {
        let rows = m.div_ceil(parts);
        let (a, c) = (a.axis_chunks_iter(Axis(0), rows), c.axis_chunks_iter_mut(Axis(0), rows));
        a.into_par_iter().zip(c.into_par_iter()).for_each(|(a, c)| gemm(write, a, b, c));
    } else {
        let cols = n.div_ceil(parts).next_multiple_of(F::tile_shape(Isa::best()).map_or(1, |(_, width)| width));
        let (b, c) = (b.axis_chunks_iter(Axis(1), cols), c.axis_chunks_iter_mut(Axis(1), cols));
        b.into_par_iter().zip(c.into_par_iter()).for_each(|(b, c)| gemm(write, a, b, c));
    }
}

/// [`gemm_batch`] on an instruction set of choice, which the machine must have: for tests and benchmarks.
///
/// # Panics
/// When the shapes do not fit, or the machine does not have `isa`.
pub fn gemm_on<F: Scalar>(isa: Isa, write: Write, a: ArrayView3<F>, b: ArrayView2<F>, mut c: ArrayViewMut3<F>) {
    let ((e, m, k), n) = (a.dim(), b.ncols());
    assert_eq!(b.nrows(), k, "A has {k} columns and B {} rows", b.nrows());
    assert_eq!(c.dim(), (e, m, n), "A·B is {:?}", (e, m, n));
    if c.is_empty() {
        return;
    }
    if k == 0 {
        if write == Write::Set {
            c.fill(F::zero());
        }
        return;
    }
    match F::tile_shape(isa) {
        Some(shape) if n == 1 || c.strides()[2] == 1 => {
            assert!(isa == Isa::best() || Isa::available().contains(&isa), "this machine does not have {isa:?}");
            tiled(isa, shape, write, &a, &b, &mut c);
        }
        _ => portable(write, &a, &b, &mut c),
    }
}

/// A·B where no tile fits the machine, or a row of C is not contiguous.
fn portable<F: Scalar>(write: Write, a: &ArrayView3<F>, b: &ArrayView2<F>, c: &mut ArrayViewMut3<F>) {
    let beta = if write == Write::Set { F::zero() } else { F::one() };
    for (a, mut c) in a.outer_iter().zip(c.outer_iter_mut()) {
        let strides = |s: &[isize]| (s[0], s[1]);
        let ((ra, ca), (rb, cb), (rc, cc)) = (strides(a.strides()), strides(b.strides()), strides(c.strides()));
        let size = (a.nrows(), a.ncols(), b.ncols());
        // SAFETY: pointers, sizes and strides are those of live views of fitting shapes, and `c` is borrowed mutably.
        unsafe { F::portable(size, (a.as_ptr(), ra, ca), (b.as_ptr(), rb, cb), beta, (c.as_mut_ptr(), rc, cc)) }
    }
}

fn tiled<F: Scalar>(
    isa: Isa,
    (tile_rows, tile_cols): (usize, usize),
    write: Write,
    a: &ArrayView3<F>,
    b: &ArrayView2<F>,
    c: &mut ArrayViewMut3<F>,
) {
    let ((examples, m, k), n) = (a.dim(), b.ncols());
    let (rsa, csa) = (a.strides()[1], a.strides()[2]);
    // Rows are dealt evenly: 257 rows are 22 tiles of 12 or 11, not 21 of 12 and a slow one of 5.
    let tiles = m.div_ceil(tile_rows);
    let first_row = |i: usize| i * m / tiles;
    let mut packed_a = (csa.abs() > FAR && m > 1).then(|| Buffer::<F>::scratch(tile_rows * BLOCK_K));
    // Where fewer columns are left than a register tile has, it is computed here and only those are taken over.
    let mut edge = Buffer::<F>::scratch(tile_rows * tile_cols);

    for j0 in (0..n).step_by(BLOCK_N) {
        let block_n = BLOCK_N.min(n - j0);
        for p0 in (0..k).step_by(BLOCK_K) {
            let block_k = BLOCK_K.min(k - p0);
            let add = write == Write::Add || p0 > 0;
            let panels = Panels::new(b.slice(ndarray::s![p0..p0 + block_k, j0..j0 + block_n]), tile_cols, m * examples);
            for e in 0..examples {
                for i in 0..tiles {
                    let (i0, i1) = (first_row(i), first_row(i + 1));
                    let mut block_a = (a.slice(ndarray::s![e, i0..i1, p0..p0 + block_k]).as_ptr(), rsa, csa);
                    if let Some(packed) = &mut packed_a {
                        let view = a.slice(ndarray::s![e, i0..i1, p0..p0 + block_k]);
                        for (to, from) in packed.chunks_exact_mut(i1 - i0).zip(view.columns()) {
                            to.iter_mut().zip(from).for_each(|(to, &from)| *to = from);
                        }
                        block_a = (packed.as_ptr(), 1, (i1 - i0) as isize);
                    }
                    for (panel, b, ldb, width, cols) in panels.iter() {
                        let mut c = c.slice_mut(ndarray::s![e, i0..i1, j0 + panel..j0 + panel + cols]);
                        let (a, rsa, csa) = block_a;
                        let mut tile =
                            Tile { k: block_k, a, rsa, csa, b, ldb, c: c.as_mut_ptr(), ldc: c.strides()[0], add };
                        if cols < width {
                            (tile.c, tile.ldc, tile.add) = (edge.as_mut_ptr(), width as isize, false);
                        }
                        // SAFETY: the machine has `isa`, by `gemm_on`; the tile has 1 to `tile_rows` rows; `a` is a live
                        // view, or its packed copy, of i1 - i0 rows and block_k columns; a panel holds block_k rows of
                        // `width` numbers; `c` is `width` contiguous columns of a mutable view (column stride 1, by
                        // `gemm_on`), or `edge`, large enough for every tile: it overlaps neither `a` nor `b`.
                        unsafe { F::tile(isa, i1 - i0, width, &tile) };
                        if cols < width {
                            for (mut c, edge) in c.rows_mut().into_iter().zip(edge.chunks_exact(width)) {
                                c.iter_mut().zip(edge).for_each(|(c, &v)| *c = if add { *c + v } else { v });
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A block of B as the kernel wants it: panels of a tile's width (or half of it), each row contiguous.
struct Panels<'a, F: Scalar> {
    block: ArrayView2<'a, F>,
    width: usize,
    /// Where each panel begins, and its copy, unless the block itself serves.
    panels: Vec<(usize, Option<Buffer<F>>)>,
}

impl<'a, F: Scalar> Panels<'a, F> {
    /// `reuse` is the number of rows of A that will meet each panel: whether a copy pays.
    fn new(block: ArrayView2<'a, F>, width: usize, _reuse: usize) -> Self {
        let n = block.ncols();
        let contiguous = block.strides()[1] == 1;
        let panels = (0..n).step_by(width).map(|j| {
            let whole = j + width <= n;
            (j, (!contiguous || !whole).then(|| Self::pack(&block, j, Self::panel_width(n - j, width))))
        });
        Panels { panels: panels.collect(), block, width }
    }

    /// Half a panel serves where the rest of the columns fit into it.
    fn panel_width(cols_left: usize, width: usize) -> usize {
        if cols_left <= width / 2 { width / 2 } else { width }
    }

    /// Copies a panel's columns; those beyond the last are zero, and never stored.
    fn pack(block: &ArrayView2<F>, j: usize, width: usize) -> Buffer<F> {
        let cols = width.min(block.ncols() - j);
        let mut packed = Buffer::scratch(block.nrows() * width);
        let from = block.slice(ndarray::s![.., j..j + cols]);
        if from.strides()[1] == 1 {
            for (to, from) in packed.chunks_exact_mut(width).zip(from.rows()) {
                to[..cols].copy_from_slice(from.to_slice().expect("the columns are contiguous"));
                to[cols..].fill(F::zero());
            }
        } else {
            if cols < width {
                packed.fill(F::zero());
            }
            for (q, from) in from.columns().into_iter().enumerate() {
                packed.iter_mut().skip(q).step_by(width).zip(from).for_each(|(to, &from)| *to = from);
            }
        }
        packed
    }

    /// First column, pointer, distance between rows, width, and columns that are really there, of every panel.
    fn iter(&self) -> impl Iterator<Item = (usize, *const F, isize, usize, usize)> + '_ {
        let n = self.block.ncols();
        self.panels.iter().map(move |(j, packed)| {
            let width = Self::panel_width(n - j, self.width);
            let cols = width.min(n - j);
            match packed {
                Some(packed) => (*j, packed.as_ptr(), width as isize, width, cols),
                None => (*j, self.block.slice(ndarray::s![.., *j..]).as_ptr(), self.block.strides()[0], width, cols),
            }
        })
    }
}
