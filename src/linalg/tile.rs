//! The register kernel: a small tile of the product, held in vector registers while it is summed along k.
//!
//! A matrix product does 2mnk operations on mk + kn + mn numbers: near the machine's peak it must use each number it
//! loads many times. An R x C tile of the result does R·C multiply-adds for every R + C numbers loaded, so it should be as
//! large as the registers hold. AVX-512 has 32 registers of 16 f32: 12 rows of two registers are 24 accumulators, and the
//! rest hold one row of `b` and a broadcast of `a`. AVX2 has 16 registers of 8: 6 rows of two.
//!
//! Every element of the result is summed along k in order, by one fused multiply-add after another, whatever tile it
//! falls into: cutting a product differently (other threads, other batch) does not change a bit of it.

use super::sparse::{SparseRows, sparse_rows};
use super::{Isa, Write};
use num_traits::Float;

/// One tile's operands: `c[i][j] (+)= Σ_p a[i·rsa + p·csa] · b[p·ldb + j]`.
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
    /// What is added to the sums: nothing, `c`, or at least `width` numbers to every row.
    pub write: Write<'a, F>,
}

/// The kernels of one number type.
pub trait Kernel: Copy + 'static {
    /// Rows and columns of the largest tile, or `None` where `matrixmultiply` does the work.
    fn tile_shape(isa: Isa) -> Option<(usize, usize)>;

    /// Computes a tile of `rows` rows and `width` columns.
    ///
    /// # Safety
    /// The machine must have `isa`; `rows` is 1 to the tile's rows, `width` the tile's columns or half of them;
    /// `t.a` must be readable at every `i·rsa + p·csa`, `t.b` at `width` numbers from every `p·ldb`, and `t.c` readable and
    /// writable at `width` numbers from every `i·ldc`, for i below `rows` and p below `t.k`; `c` must not overlap `a` or `b`.
    unsafe fn tile(isa: Isa, rows: usize, width: usize, t: &Tile<Self>);

    /// Computes `width` columns of rows whose left operand is mostly zeros.
    ///
    /// # Safety
    /// The machine must have `isa`; `width` is half the tile's columns or 1, 2 or 4 times as many; no term of row i stands
    /// before place i·step; `r.b` must be readable at `width` numbers from `(place - i·step)·ldb` for every term of row i, and
    /// `r.c` readable and writable at `width` numbers from every `i·ldc`; `c` must not overlap `b`.
    unsafe fn sparse_rows(isa: Isa, width: usize, r: SparseRows<Self>);

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

/// The kernel itself. No intrinsics: with R and C known, the compiler keeps `acc` in registers and turns the inner loop
/// into vector multiply-adds of whatever width the calling function enables.
///
/// # Safety
/// As [`Kernel::tile`].
#[cfg(target_arch = "x86_64")]
#[inline(always)]
#[expect(
    clippy::needless_range_loop,
    reason = "with iterators the compiler keeps `acc` in memory, at a tenth of the speed"
)]
unsafe fn tile<F: Float, const R: usize, const C: usize>(t: &Tile<F>) {
    let mut acc = [[F::zero(); C]; R];
    for p in 0..t.k as isize {
        // SAFETY: the caller promises `C` readable numbers at every row of `b`, and every element of `a`.
        unsafe {
            let b = *t.b.offset(p * t.ldb).cast::<[F; C]>();
            let a = t.a.offset(p * t.csa);
            for i in 0..R {
                let a = *a.offset(i as isize * t.rsa);
                for j in 0..C {
                    acc[i][j] = a.mul_add(b[j], acc[i][j]);
                }
            }
        }
    }
    for i in 0..R {
        // SAFETY: the caller promises `C` writable numbers at every row of `c`, which nothing else refers to.
        let c = unsafe { &mut *t.c.offset(i as isize * t.ldc).cast::<[F; C]>() };
        // Whole rows at a time: element by element, the compiler would keep `acc` in memory, at a tenth of the speed.
        let old = match t.write {
            Write::Set => [F::zero(); C],
            Write::Bias(bias) => *bias.first_chunk().expect("one bias for each column"),
            Write::Add => *c,
        };
        *c = std::array::from_fn(|j| old[j] + acc[i][j]);
    }
}

/// Instantiates the tile for one number type: sizes for each instruction set, every number of rows, whole and half width.
macro_rules! kernel {
    ($t:ty, $portable:path, avx512: [$($r5:literal)*] x $c5:literal, avx2: [$($r2:literal)*] x $c2:literal) => {
        impl Kernel for $t {
            fn tile_shape(isa: Isa) -> Option<(usize, usize)> {
                match isa {
                    Isa::Avx512 => Some(([$($r5),*].len(), $c5)),
                    Isa::Avx2 => Some(([$($r2),*].len(), $c2)),
                    Isa::Portable => None,
                }
            }

            #[cfg(target_arch = "x86_64")]
            unsafe fn tile(isa: Isa, rows: usize, width: usize, t: &Tile<Self>) {
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,fma")]
                unsafe fn avx512(rows: usize, width: usize, t: &Tile<$t>) {
                    // SAFETY: promised by the caller of `Kernel::tile`.
                    unsafe {
                        match (rows, width) {
                            $(($r5, $c5) => tile::<$t, $r5, $c5>(t),
                              ($r5, _) => tile::<$t, $r5, { $c5 / 2 }>(t),)*
                            _ => unreachable!("a tile has 1 to {} rows", [$($r5),*].len()),
                        }
                    }
                }
                #[target_feature(enable = "avx2,fma")]
                unsafe fn avx2(rows: usize, width: usize, t: &Tile<$t>) {
                    // SAFETY: promised by the caller of `Kernel::tile`.
                    unsafe {
                        match (rows, width) {
                            $(($r2, $c2) => tile::<$t, $r2, $c2>(t),
                              ($r2, _) => tile::<$t, $r2, { $c2 / 2 }>(t),)*
                            _ => unreachable!("a tile has 1 to {} rows", [$($r2),*].len()),
                        }
                    }
                }
                // SAFETY: the caller promises that the machine has `isa`, and everything about the operands.
                unsafe {
                    match isa {
                        Isa::Avx512 => avx512(rows, width, t),
                        Isa::Avx2 => avx2(rows, width, t),
                        Isa::Portable => unreachable!("no tile, see `tile_shape`"),
                    }
                }
            }

            #[cfg(target_arch = "x86_64")]
            unsafe fn sparse_rows(isa: Isa, width: usize, r: SparseRows<Self>) {
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,fma")]
                unsafe fn avx512(width: usize, r: SparseRows<$t>) {
                    const C: usize = $c5;
                    // SAFETY: promised by the caller of `Kernel::sparse_rows`.
                    unsafe {
                        match width / (C / 2) {
                            1 => sparse_rows::<$t, { C / 2 }>(r),
                            2 => sparse_rows::<$t, C>(r),
                            4 => sparse_rows::<$t, { 2 * C }>(r),
                            _ => sparse_rows::<$t, { 4 * C }>(r),
                        }
                    }
                }
                #[target_feature(enable = "avx2,fma")]
                unsafe fn avx2(width: usize, r: SparseRows<$t>) {
                    const C: usize = $c2;
                    // SAFETY: promised by the caller of `Kernel::sparse_rows`.
                    unsafe {
                        match width / (C / 2) {
                            1 => sparse_rows::<$t, { C / 2 }>(r),
                            2 => sparse_rows::<$t, C>(r),
                            4 => sparse_rows::<$t, { 2 * C }>(r),
                            _ => sparse_rows::<$t, { 4 * C }>(r),
                        }
                    }
                }
                // SAFETY: the caller promises that the machine has `isa`, and everything about the operands.
                unsafe {
                    match isa {
                        Isa::Avx512 => avx512(width, r),
                        Isa::Avx2 => avx2(width, r),
                        Isa::Portable => unreachable!("no such kernel, see `tile_shape`"),
                    }
                }
            }

            #[cfg(not(target_arch = "x86_64"))]
            unsafe fn sparse_rows(_: Isa, _: usize, _: SparseRows<Self>) {
                unreachable!("no such kernel, see `tile_shape`")
            }

            #[cfg(not(target_arch = "x86_64"))]
            unsafe fn tile(_: Isa, _: usize, _: usize, _: &Tile<Self>) {
                unreachable!("no tile, see `tile_shape`")
            }

            unsafe fn portable(
                (m, k, n): (usize, usize, usize),
                a: (*const Self, isize, isize),
                b: (*const Self, isize, isize),
                c: (*mut Self, isize, isize),
            ) {
                // SAFETY: promised by the caller.
                unsafe { $portable(m, k, n, 1.0, a.0, a.1, a.2, b.0, b.1, b.2, 1.0, c.0, c.1, c.2) }
            }
        }
    };
}

kernel!(f32, matrixmultiply::sgemm, avx512: [1 2 3 4 5 6 7 8 9 10 11 12] x 32, avx2: [1 2 3 4 5 6] x 16);
kernel!(f64, matrixmultiply::dgemm, avx512: [1 2 3 4 5 6 7 8 9 10 11 12] x 16, avx2: [1 2 3 4 5 6] x 8);
