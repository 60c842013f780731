//! SIMD vector registers, and the few operations on them that the kernels are made of.
//!
//! A kernel is fast as long as its sums stay in registers. Of a loop over an array the compiler makes vectors
//! where it sees that it may, and no longer sees it when a line is changed somewhere else: the same loop then takes four
//! to ten times as long. A value of one of these types is a vector, whatever stands around it.

use std::arch::x86_64::*;

/// A vector register.
pub(super) trait Vector: Copy {
    /// What it is a vector of.
    type Number: Copy;

    /// Elements in it.
    const LEN: usize;

    /// # Safety
    /// The machine must have such registers, here and below.
    unsafe fn zero() -> Self;

    /// The same value in every element.
    ///
    /// # Safety
    /// As [`zero`](Vector::zero).
    unsafe fn splat(x: Self::Number) -> Self;

    /// # Safety
    /// `from` must be readable at [`LEN`](Vector::LEN) elements, at any address.
    unsafe fn load(from: *const Self::Number) -> Self;

    /// # Safety
    /// `to` must be writable at [`LEN`](Vector::LEN) elements, at any address.
    unsafe fn store(self, to: *mut Self::Number);

    /// self + b
    ///
    /// # Safety
    /// As [`zero`](Vector::zero).
    unsafe fn add(self, b: Self) -> Self;

    /// self · b + c, rounded once.
    ///
    /// # Safety
    /// As [`zero`](Vector::zero).
    unsafe fn mul_add(self, b: Self, c: Self) -> Self;
}

macro_rules! vector {
    ($register:ident of $len:literal $t:ty: $splat:ident, $add:ident, $mul_add:ident) => {
        impl Vector for $register {
            type Number = $t;
            const LEN: usize = $len;

            #[inline(always)]
            unsafe fn zero() -> Self {
                // SAFETY: the caller promises that the machine has the instruction.
                unsafe { $splat(0 as $t) }
            }

            #[inline(always)]
            unsafe fn splat(x: $t) -> Self {
                // SAFETY: as in `zero`.
                unsafe { $splat(x) }
            }

            #[inline(always)]
            unsafe fn load(from: *const $t) -> Self {
                // SAFETY: the caller promises as many readable elements.
                unsafe { from.cast::<Self>().read_unaligned() }
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $t) {
                // SAFETY: the caller promises as many writable elements.
                unsafe { to.cast::<Self>().write_unaligned(self) }
            }

            #[inline(always)]
            unsafe fn add(self, b: Self) -> Self {
                // SAFETY: as in `zero`.
                unsafe { $add(self, b) }
            }

            #[inline(always)]
            unsafe fn mul_add(self, b: Self, c: Self) -> Self {
                // SAFETY: as in `zero`.
                unsafe { $mul_add(self, b, c) }
            }
        }
    };
}

vector!(__m512 of 16 f32: _mm512_set1_ps, _mm512_add_ps, _mm512_fmadd_ps);
vector!(__m512d of 8 f64: _mm512_set1_pd, _mm512_add_pd, _mm512_fmadd_pd);
vector!(__m512i of 16 i32: _mm512_set1_epi32, _mm512_add_epi32, pairs_512);
vector!(__m256 of 8 f32: _mm256_set1_ps, _mm256_add_ps, _mm256_fmadd_ps);
vector!(__m256d of 4 f64: _mm256_set1_pd, _mm256_add_pd, _mm256_fmadd_pd);
vector!(__m256i of 8 i32: _mm256_set1_epi32, _mm256_add_epi32, pairs_256);

/// `a · b + c` where a word of `a` and of `b` is a pair of `i16`, and their product that of two short rows.
///
/// Written as the instruction: of its intrinsic, the compiler makes a multiplication and an addition. Those get in each
/// other's way, and the tile takes 1.4 times as long.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn pairs_512(a: __m512i, b: __m512i, mut c: __m512i) -> __m512i {
    // SAFETY: the machine has VNNI where `Tiled::tile_shape` gives `i32` a tile of such vectors. The instruction reads and
    // writes nothing but these registers.
    unsafe {
        std::arch::asm!(
            "vpdpwssd {c}, {a}, {b}",
            c = inout(zmm_reg) c, a = in(zmm_reg) a, b = in(zmm_reg) b,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    c
}

/// [`pairs_512`] in half as many lanes, on any machine that has these registers.
#[inline(always)]
unsafe fn pairs_256(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
    // SAFETY: as in `Vector::zero`.
    unsafe { _mm256_add_epi32(c, _mm256_madd_epi16(a, b)) }
}
