//! The register kernels compiled for each instruction set, and picked at run time.

use super::kernel::{Kernel, SparseRows, SparseWindows, Tile, Tiled};
use crate::isa::Isa;
#[cfg(target_arch = "x86_64")]
use {
    super::sparse::sparse_rows,
    super::tile::tile,
    super::vector::Vector,
    super::windows::sparse_windows,
    std::arch::x86_64::{__m256, __m256d, __m256i, __m512, __m512d, __m512i},
};

/// Compiles a kernel for each instruction set, and calls the one that is asked for.
#[cfg(target_arch = "x86_64")]
macro_rules! on {
    ($isa:ident, ($($arg:ident: $ty:ty),*), avx512: $avx512:expr, avx2: $avx2:expr) => {{
        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,fma")]
        unsafe fn avx512($($arg: $ty),*) {
            // SAFETY: promised by the caller of the kernel.
            unsafe { $avx512 }
        }
        #[target_feature(enable = "avx2,fma")]
        unsafe fn avx2($($arg: $ty),*) {
            // SAFETY: promised by the caller of the kernel.
            unsafe { $avx2 }
        }
        // SAFETY: the caller promises that the machine has `isa`, and everything about the operands.
        unsafe {
            match $isa {
                Isa::Avx512 => avx512($($arg),*),
                Isa::Avx2 => avx2($($arg),*),
                Isa::Portable => unreachable!("no such kernel, see `tile_shape`"),
            }
        }
    }};
}

/// No other machine has any of these instruction sets.
#[cfg(not(target_arch = "x86_64"))]
macro_rules! on {
    ($isa:ident, ($($arg:ident: $ty:ty),*), $($kernels:tt)*) => {{
        let _ = ($isa, $($arg),*);
        unreachable!("no such kernel, see `tile_shape`")
    }};
}

/// Instantiates the tile for one element type: for the vectors of each instruction set, every number of rows.
macro_rules! tiles {
    ($t:ty, avx512 $(with $feature:tt)?: $v5:ident [$($r5:literal)*], avx2: $v2:ident [$($r2:literal)*]) => {
        impl Tiled for $t {
            fn tile_shape(isa: Isa) -> Option<(usize, usize)> {
                match isa {
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx512 $(if std::arch::is_x86_feature_detected!($feature))? => {
                        Some(([$($r5),*].len(), 2 * $v5::LEN))
                    }
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx2 => Some(([$($r2),*].len(), 2 * $v2::LEN)),
                    _ => None,
                }
            }

            unsafe fn tile(isa: Isa, rows: usize, width: usize, t: &Tile<Self>) {
                on!(isa, (rows: usize, width: usize, t: &Tile<$t>),
                    avx512: match (rows, width / $v5::LEN) {
                        $(($r5, 2) => tile::<$v5, $r5, 2>(t), ($r5, _) => tile::<$v5, $r5, 1>(t),)*
                        _ => unreachable!("a tile has 1 to {} rows", [$($r5),*].len()),
                    },
                    avx2: match (rows, width / $v2::LEN) {
                        $(($r2, 2) => tile::<$v2, $r2, 2>(t), ($r2, _) => tile::<$v2, $r2, 1>(t),)*
                        _ => unreachable!("a tile has 1 to {} rows", [$($r2),*].len()),
                    })
            }
        }
    };
}

/// Instantiates the kernels for one element type.
macro_rules! kernels {
    ($t:ty, term: $term:ty, portable: $portable:path, avx512: $v5:ident, avx2: $v2:ident) => {
        impl Kernel for $t {
            type Term = $term;

            unsafe fn sparse_rows(isa: Isa, width: usize, r: SparseRows<Self>) {
                on!(isa, (width: usize, r: SparseRows<$t>),
                    avx512: kernels!(rows $v5, width, r), avx2: kernels!(rows $v2, width, r))
            }

            unsafe fn sparse_windows(isa: Isa, taps: usize, width: usize, w: SparseWindows<Self>) {
                on!(isa, (taps: usize, width: usize, w: SparseWindows<$t>),
                    avx512: kernels!(windows $v5, taps, width, w), avx2: kernels!(windows $v2, taps, width, w))
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
    (rows $v:ident, $width:ident, $r:ident) => {
        match $width / $v::LEN {
            1 => sparse_rows::<$v, 1>($r),
            2 => sparse_rows::<$v, 2>($r),
            4 => sparse_rows::<$v, 4>($r),
            _ => sparse_rows::<$v, 8>($r),
        }
    };
    (windows $v:ident, $taps:ident, $width:ident, $w:ident) => {
        match ($taps, $width / $v::LEN) {
            (3, 1) => sparse_windows::<$v, 3, 1>($w),
            (3, _) => sparse_windows::<$v, 3, 2>($w),
            (4, 1) => sparse_windows::<$v, 4, 1>($w),
            (4, _) => sparse_windows::<$v, 4, 2>($w),
            (5, 1) => sparse_windows::<$v, 5, 1>($w),
            (5, _) => sparse_windows::<$v, 5, 2>($w),
            (6, 1) => sparse_windows::<$v, 6, 1>($w),
            (6, _) => sparse_windows::<$v, 6, 2>($w),
            (7, 1) => sparse_windows::<$v, 7, 1>($w),
            _ => unreachable!("{} taps in {} columns", $taps, $width),
        }
    };
}

tiles!(f32, avx512: __m512 [1 2 3 4 5 6 7 8 9 10 11 12], avx2: __m256 [1 2 3 4 5 6]);
tiles!(f64, avx512: __m512d [1 2 3 4 5 6 7 8 9 10 11 12], avx2: __m256d [1 2 3 4 5 6]);
tiles!(i32, avx512 with "avx512vnni": __m512i [1 2 3 4 5 6 7 8 9 10 11 12], avx2: __m256i [1 2 3 4 5 6]);
kernels!(f32, term: u64, portable: matrixmultiply::sgemm, avx512: __m512, avx2: __m256);
kernels!(f64, term: u128, portable: matrixmultiply::dgemm, avx512: __m512d, avx2: __m256d);
