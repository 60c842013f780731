//! The micro-kernel: a small tile of the matrix product, held in vector registers while it is summed along k.
//!
//! A matrix product does 2mnk operations on mk + kn + mn elements: near the machine's peak it must use each element it
//! loads many times. An R x C tile of the result does R·C multiply-adds for every R + C elements loaded, so it should
//! be as large as the registers hold. AVX-512 has 32 registers of 16 f32: 12 rows of two registers are 24 accumulators,
//! and the rest hold one row of `b` and a broadcast of `a`. AVX2 has 16 registers of 8: 6 rows of two.
//!
//! Every element of the result is summed along k in order, by one fused multiply-add after another, whatever tile it
//! falls into: cutting a product differently (other threads, other batch) does not change a bit of it.

use super::kernel::Tile;
use super::vector::Vector;
use crate::product::Write;

/// The kernel itself: R rows of N vectors. With R and N known, all of `acc` is in registers.
///
/// # Safety
/// As [`Tiled::tile`](super::kernel::Tiled::tile).
#[inline(always)]
#[expect(clippy::needless_range_loop, reason = "rows and columns of a tile are numbered")]
pub(super) unsafe fn tile<V: Vector, const R: usize, const N: usize>(t: &Tile<V::Number>) {
    // SAFETY: the caller promises that the machine has such vectors, N of them readable at every row of `b`, every element
    // of `a`, and N vectors readable and writable at every row of `c`; a bias for every column is looked for.
    unsafe {
        let mut bias = [V::zero(); N];
        if let Write::Bias(from) = t.write {
            for j in 0..N {
                bias[j] = V::load(from[j * V::LEN..][..V::LEN].as_ptr());
            }
        }
        let mut acc = [[V::zero(); N]; R];
        for p in 0..t.k as isize {
            let (a, from) = (t.a.offset(p * t.csa), t.b.offset(p * t.ldb));
            let mut b = [V::zero(); N];
            for j in 0..N {
                b[j] = V::load(from.add(j * V::LEN));
            }
            for i in 0..R {
                let a = V::splat(*a.offset(i as isize * t.rsa));
                for j in 0..N {
                    acc[i][j] = a.mul_add(b[j], acc[i][j]);
                }
            }
        }
        let add = matches!(t.write, Write::Add);
        for i in 0..R {
            for j in 0..N {
                let c = t.c.offset(i as isize * t.ldc).add(j * V::LEN);
                let old = if add { V::load(c) } else { bias[j] };
                old.add(acc[i][j]).store(c);
            }
        }
    }
}
