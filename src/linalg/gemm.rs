//! GEMM, the matrix product made fast: cut into tiles that stay in registers and blocks that stay in the cache.
//!
//! ```text
//! for each block of 256 columns, for each block of 512 terms k       (block of B: at most 512 KiB in f32, stays in L2)
//!     rows of B that are not contiguous are packed into panels of a tile's width
//!     for each tile of rows of A                                     (12 x 512: stays in L1)
//!         rows of A that lie far apart are packed
//!         for each panel: one register tile of C
//! ```
//! Where most of A is zero, the zeros are skipped instead: see [`sparse`] and [`windows`].

use super::blocking::{BLOCK_K, BLOCK_N, FAR, offset, take_over, three};
use super::kernel::{Kernel, Tile};
use super::panels::{Panel, Panels};
use super::{sparse, windows};
use crate::buffer::Buffer;
use crate::isa::Isa;
use crate::product::{Product, WORTH_A_THREAD, Write};
use ndarray::{ArrayView1, ArrayView2, ArrayView3, ArrayViewMut3, Axis, s};
use rayon::prelude::*;

macro_rules! product {
    ($($t:ty),*) => {$(
        impl Product for $t {
            fn product(write: Write<Self>, a: ArrayView3<Self>, b: ArrayView2<Self>, c: ArrayViewMut3<Self>) {
                gemm_on(Isa::best(), write, a, b, c);
            }

            fn par_product(write: Write<Self>, a: ArrayView3<Self>, b: ArrayView2<Self>, c: ArrayViewMut3<Self>) {
                par_product(write, a, b, c);
            }
        }
    )*};
}

product!(f32, f64);

/// See [`Product::par_product`].
fn par_product<F: Kernel>(write: Write<F>, a: ArrayView3<F>, b: ArrayView2<F>, mut c: ArrayViewMut3<F>) {
    let ((e, m, k), n) = (a.dim(), b.ncols());
    let parts = rayon::current_num_threads().min(e * m * k * n / WORTH_A_THREAD);
    if parts <= 1 {
        gemm_on(Isa::best(), write, a, b, c);
    } else if m >= n {
        let rows = m.div_ceil(parts);
        let (a, c) = (a.axis_chunks_iter(Axis(1), rows), c.axis_chunks_iter_mut(Axis(1), rows));
        a.into_par_iter().zip(c.into_par_iter()).for_each(|(a, c)| gemm_on(Isa::best(), write, a, b, c));
    } else {
        let cols = n.div_ceil(parts).next_multiple_of(F::tile_shape(Isa::best()).map_or(1, |(_, width)| width));
        let (b, c) = (b.axis_chunks_iter(Axis(1), cols), c.axis_chunks_iter_mut(Axis(2), cols));
        b.into_par_iter().zip(c.into_par_iter()).enumerate().for_each(|(chunk, (b, c))| {
            gemm_on(Isa::best(), write.columns(chunk * cols..chunk * cols + b.ncols()), a, b, c);
        });
    }
}

/// [`Product::product`] on an instruction set of choice, which the machine must have: for tests and benchmarks.
///
/// # Panics
/// When the shapes do not fit, or the machine does not have `isa`.
pub fn gemm_on<F: Kernel>(isa: Isa, write: Write<F>, a: ArrayView3<F>, b: ArrayView2<F>, mut c: ArrayViewMut3<F>) {
    let ((e, m, k), n) = (a.dim(), b.ncols());
    assert_eq!(b.nrows(), k, "A has {k} columns and B {} rows", b.nrows());
    assert_eq!(c.dim(), (e, m, n), "A·B is {:?}", (e, m, n));
    let biases = write.bias().map_or(n, <[F]>::len);
    assert_eq!(biases, n, "a bias for each of {n} columns, found {biases}");
    if c.is_empty() {
        return;
    }
    if k == 0 {
        begin(write, &mut c);
        return;
    }
    match F::tile_shape(isa) {
        Some(shape) if n == 1 || c.strides()[2] == 1 => {
            assert!(isa == Isa::best() || Isa::available().contains(&isa), "this machine does not have {isa:?}");
            let taps = windows::taps(&a, shape.1);
            if !sparse::pays(&a, n, if taps.is_some() { windows::PAYS } else { sparse::PAYS }) {
                tiled(isa, shape, write, &a, &b, &mut c);
            } else if let Some(taps) = taps {
                windows::skip_zeros(isa, shape.1, taps, write, &a, &b, &mut c);
            } else {
                sparse::skip_zeros(isa, shape.1, write, &a, &b, &mut c);
            }
        }
        _ => portable(write, &a, &b, &mut c),
    }
}

/// What the product is added to.
fn begin<F: Kernel>(write: Write<F>, c: &mut ArrayViewMut3<F>) {
    match write {
        Write::Set => c.fill(F::zero()),
        Write::Bias(bias) => c.assign(&ArrayView1::from(bias)),
        Write::Add => {}
    }
}

/// A·B where no tile fits the machine, or a row of C is not contiguous.
fn portable<F: Kernel>(write: Write<F>, a: &ArrayView3<F>, b: &ArrayView2<F>, c: &mut ArrayViewMut3<F>) {
    begin(write, c);
    for (a, mut c) in a.outer_iter().zip(c.outer_iter_mut()) {
        let strides = |s: &[isize]| (s[0], s[1]);
        let ((ra, ca), (rb, cb), (rc, cc)) = (strides(a.strides()), strides(b.strides()), strides(c.strides()));
        let size = (a.nrows(), a.ncols(), b.ncols());
        // SAFETY: pointers, sizes and strides are those of live views of fitting shapes, and `c` is borrowed mutably.
        unsafe { F::portable(size, (a.as_ptr(), ra, ca), (b.as_ptr(), rb, cb), (c.as_mut_ptr(), rc, cc)) }
    }
}

fn tiled<F: Kernel>(
    isa: Isa,
    (tile_rows, tile_cols): (usize, usize),
    write: Write<F>,
    a: &ArrayView3<F>,
    b: &ArrayView2<F>,
    c: &mut ArrayViewMut3<F>,
) {
    let ((examples, m, k), n) = (a.dim(), b.ncols());
    // Slicing a view costs as much as a small tile's arithmetic, so tiles are found by their strides.
    let (a_strides, c_strides) = (three(a.strides()), three(c.strides()));
    let (a_first, c_first) = (a.as_ptr(), c.as_mut_ptr());
    // Rows are dealt evenly: 257 rows are 22 tiles of 12 or 11, not 21 of 12 and a slow one of 5.
    let tiles = m.div_ceil(tile_rows);
    let first_row = |i: usize| i * m / tiles;
    let far = a_strides[2].abs() > FAR && m > 1;
    let mut packed_a = Buffer::<F>::scratch(if far { tile_rows * BLOCK_K } else { 0 });
    // Where fewer columns are left than a register tile has, it is computed here and only those are taken over.
    let mut edge = Buffer::<F>::scratch(tile_rows * tile_cols);

    for j0 in (0..n).step_by(BLOCK_N) {
        for p0 in (0..k).step_by(BLOCK_K) {
            let block = s![p0..k.min(p0 + BLOCK_K), j0..n.min(j0 + BLOCK_N)];
            let panels = Panels::new(b.slice(block), &[tile_cols, tile_cols / 2]);
            let block_k = panels.k;
            for (e, i) in (0..examples).flat_map(|e| (0..tiles).map(move |i| (e, i))) {
                let (i0, i1) = (first_row(i), first_row(i + 1));
                let (mut a_tile, mut rsa, mut csa) =
                    (a_first.wrapping_offset(offset(a_strides, [e, i0, p0])), a_strides[1], a_strides[2]);
                if far {
                    pack_rows(a.slice(s![e, i0..i1, p0..p0 + block_k]), &mut packed_a);
                    (a_tile, rsa, csa) = (packed_a.as_ptr(), 1, (i1 - i0) as isize);
                }
                for panel in &panels.panels {
                    let Panel { first, b, ldb, width, cols, .. } = *panel;
                    let c_tile = c_first.wrapping_offset(offset(c_strides, [e, i0, j0 + first]));
                    let write = write.block(j0 + first..j0 + first + cols, p0);
                    let (k, ldc) = (block_k, c_strides[1]);
                    let mut tile = Tile { k, a: a_tile, rsa, csa, b, ldb, c: c_tile, ldc, write };
                    if cols < width {
                        (tile.c, tile.ldc, tile.write) = (edge.as_mut_ptr(), width as isize, Write::Set);
                    }
                    // SAFETY: the machine has `isa`, by `gemm_on`. The tile has 1 to `tile_rows` rows. `a` is rows i0..i1
                    // and columns p0..p0 + block_k of a live view, or their packed copy; a panel holds block_k rows of
                    // `width` elements. `c` is rows i0..i1 of a mutable view and `width` of its columns, which are
                    // contiguous, by `gemm_on`, or it is `edge`, large enough for any tile: it overlaps neither.
                    unsafe { F::tile(isa, i1 - i0, width, &tile) };
                    if cols < width {
                        let c = c.slice_mut(s![e, i0..i1, j0 + first..j0 + first + cols]);
                        take_over(write, c, edge.chunks_exact(width));
                    }
                }
            }
        }
    }
}

/// Copies rows of A so that the elements that meet in a step along k are contiguous.
fn pack_rows<F: Kernel>(rows: ArrayView2<F>, packed: &mut [F]) {
    for (to, from) in packed.chunks_exact_mut(rows.nrows()).zip(rows.columns()) {
        match from.to_slice() {
            Some(from) => to.copy_from_slice(from),
            None => to.iter_mut().zip(from).for_each(|(to, &from)| *to = from),
        }
    }
}
