//! Micro-kernels, which compute in registers: their operands, and what their caller must promise.
//!
//! A kernel is a loop over vector registers, generic over their type and how many there are: `tile`, `sparse` and
//! `windows`. The sizes for which each is compiled are in `instances`.

use super::term::Term;
use crate::Scalar;
use crate::isa::Isa;
use crate::product::Write;

/// The operands of one tile: `c[i][j] = old[j] + Σ_p a[i·rsa + p·csa] · b[p·ldb + j]`, where `old` is as [`Write`]
/// says.
#[derive(Clone, Copy)]
pub struct Tile<'a, F> {
    /// Terms of the sum.
    pub k: usize,
    /// Left operand, any strides: an overlapping view and a transpose are as good as a matrix.
    pub a: *const F,
    /// Distance between rows of `a`.
    pub rsa: isize,
    /// Distance between columns of `a`.
    pub csa: isize,
    /// Right operand: `k` rows of a whole register tile's width each.
    pub b: *const F,
    /// Distance between rows of `b`.
    pub ldb: isize,
    /// Result: rows of the tile's width.
    pub c: *mut F,
    /// Distance between rows of `c`.
    pub ldc: isize,
    /// What is added to the sums: nothing, `c`, or at least `width` elements to every row.
    pub write: Write<'a, F>,
}

/// Some rows of a product: `c[i][j] = bias[j] + Σ a[i][p] · b[p·ldb + j]`, over the terms of row i.
pub struct SparseRows<'a, F: Kernel> {
    /// For each row, its first term. Moves on behind the last.
    pub begins: &'a mut [usize],
    /// For each row, the end of its terms.
    pub ends: &'a [usize],
    /// Elements in a row.
    pub k: usize,
    /// So many of them are worth a pass over all rows.
    pub depth: usize,
    /// The elements that are not zero, and their indices.
    pub terms: &'a [F::Term],
    /// Right operand: rows of the kernel's width.
    pub b: *const F,
    /// Distance between rows of `b`.
    pub ldb: isize,
    /// Result: rows of the kernel's width.
    pub c: *mut F,
    /// Distance between rows of `c`.
    pub ldc: isize,
    /// What is added to every row of sums: at least a kernel's width of elements.
    pub bias: Option<&'a [F]>,
}

/// Some rows of a signal, and the windows that they belong to:
/// `c[t - incomplete][j] = bias[j] + Σ_q Σ_p x[t - taps + 1 + q][p] · b[(q·step + p)·width + j]`.
pub struct SparseWindows<'a, F: Kernel> {
    /// The end of each row's terms; the first begin at 0.
    pub ends: &'a [usize],
    /// The elements that are not zero, and their indices in their row.
    pub terms: &'a [F::Term],
    /// Rows of `b` to a tap.
    pub step: usize,
    /// Right operand: contiguous rows of the kernel's width.
    pub b: *const F,
    /// Sums of the windows that have begun, a kernel's width of each: sum q is that for which the first row is tap q.
    /// Afterwards the same for the row behind the last.
    pub begun: &'a mut [F],
    /// Rows at the beginning that complete no window, because none began early enough.
    pub incomplete: usize,
    /// Result: rows of the kernel's width, one for each row that completes a window.
    pub c: *mut F,
    /// Distance between rows of `c`.
    pub ldc: isize,
    /// What is added to every row of sums: at least a kernel's width of elements.
    pub bias: Option<&'a [F]>,
}

/// The register tile of one element type: of `f32`, of `f64`, and of words of two small integers each, as `i32`.
pub trait Tiled: Copy + 'static {
    /// Rows and columns of the largest tile, or `None` where there is no such kernel.
    fn tile_shape(isa: Isa) -> Option<(usize, usize)>;

    /// Computes a tile of `rows` rows and `width` columns.
    ///
    /// # Safety
    /// The machine must have `isa`, and [`tile_shape`](Tiled::tile_shape) have given it a tile; `rows` is 1 to the tile's
    /// rows, `width` the tile's columns or half of them; `t.a` must be readable at every `i·rsa + p·csa`, `t.b` at `width`
    /// elements from every `p·ldb`, and `t.c` readable and writable at `width` elements from every `i·ldc`, for i below
    /// `rows` and p below `t.k`; `c` must not overlap `a` or `b`.
    unsafe fn tile(isa: Isa, rows: usize, width: usize, t: &Tile<Self>);
}

/// All kernels of one element type. Where there is no tile, there is none of them, and `matrixmultiply` does the work.
pub trait Kernel: Tiled + Scalar {
    /// An element and its index, in one word.
    type Term: Term<Value = Self>;

    /// Computes `width` columns of rows whose left operand is mostly zeros.
    ///
    /// # Safety
    /// The machine must have `isa`; `width` is half the tile's columns or 1, 2 or 4 times as many; `r.b` must be readable at
    /// `width` elements from `index·ldb` for every term, and `r.c` readable and writable at `width` elements from every
    /// `i·ldc`; `c` must not overlap `b`.
    unsafe fn sparse_rows(isa: Isa, width: usize, r: SparseRows<Self>);

    /// Computes `width` columns of the product of windows of `taps` taps on a signal that is mostly zeros.
    ///
    /// # Safety
    /// The machine must have `isa`; `taps` is 3 to 7, `width` half the tile's columns, or for at most 6 taps all of them;
    /// `w.b` must be readable at `width` elements from `(q·step + index)·width` for every term and every q below
    /// `taps`, and `w.c` writable at `width` elements from every `i·ldc`, for i below the number of `w.ends` less
    /// `w.incomplete`; `c` must not overlap `b`.
    unsafe fn sparse_windows(isa: Isa, taps: usize, width: usize, w: SparseWindows<Self>);

    /// `c += a·b` by the `matrixmultiply` crate, for (m, k, n) and (row, column) strides of each operand.
    ///
    /// # Safety
    /// Every element that the sizes and strides reach must be readable, in `c` writable; `c` must not overlap `a` or `b`.
    unsafe fn portable(
        size: (usize, usize, usize),
        a: (*const Self, isize, isize),
        b: (*const Self, isize, isize),
        c: (*mut Self, isize, isize),
    );
}
