//! Integer matrix products of `i16` elements: exact, at twice the speed of `f32`.
//!
//! A vector register holds two `i16` where it holds one `f32`. One instruction multiplies all of them, adds the two products
//! of each pair and adds that to a sum in `i32`: the [`tile`](super::tile) of any other type, with words for elements.
//! Integers are added without rounding, so the result is exact and does not depend on any order, as long as no sum
//! leaves `i32`. By the Cauchy-Schwarz inequality none does, nor any part of one, between rows that are at most [`LONGEST`]
//! long.

use super::kernel::{Tile, Tiled};
use crate::isa::Isa;
use crate::product::Write;
use ndarray::{ArrayView2, ArrayViewMut2, Axis, concatenate};
use std::sync::OnceLock;

/// The greatest Euclidean length of a row whose products are exact. Its elements are then no larger.
pub(crate) const LONGEST: i16 = i16::MAX;

/// Two neighbours in a row, as one word of it.
pub(crate) fn pair(first: i16, second: i16) -> i32 {
    (i32::from(second) << 16) | (i32::from(first) & 0xffff)
}

/// C (m, n) = the products of m rows and n rows, which are columns of A (words, m) and of B (words, n), on this thread.
///
/// # Panics
/// When the shapes do not fit, a row of B or C is not contiguous, or n is not a multiple of 16.
pub(crate) fn products(a: ArrayView2<i32>, b: ArrayView2<i32>, c: ArrayViewMut2<i32>) {
    static BEST: OnceLock<Isa> = OnceLock::new();
    let with_tile = |isa: &Isa| i32::tile_shape(*isa).is_some();
    let best = BEST.get_or_init(|| Isa::available().into_iter().find(with_tile).unwrap_or(Isa::Portable));
    products_on(*best, a, b, c);
}

fn products_on(isa: Isa, a: ArrayView2<i32>, b: ArrayView2<i32>, mut c: ArrayViewMut2<i32>) {
    let (words, m, n) = (a.nrows(), a.ncols(), b.ncols());
    assert_eq!((b.nrows(), c.dim()), (words, (m, n)), "B has as many words as A, {words}, and C is {:?}", (m, n));
    assert!(n.is_multiple_of(16), "a multiple of 16 columns, found {n}");
    let Some((tile_rows, tile_cols)) = i32::tile_shape(isa).filter(|_| words > 0 && !c.is_empty()) else {
        return portable(a, b, c);
    };
    assert_eq!((b.strides()[1], c.strides()[1]), (1, 1), "words in a row lie side by side");
    let (csa, rsa, ldb, ldc) = (a.strides()[0], a.strides()[1], b.strides()[0], c.strides()[0]);
    let (a, b, c) = (a.as_ptr(), b.as_ptr(), c.as_mut_ptr());
    for i in (0..m).step_by(tile_rows) {
        for j in (0..n).step_by(tile_cols) {
            let c = c.wrapping_offset(i as isize * ldc).wrapping_add(j);
            let (a, b) = (a.wrapping_offset(i as isize * rsa), b.wrapping_add(j));
            let tile = Tile { k: words, a, rsa, csa, b, ldb, c, ldc, write: Write::Set };
            let (rows, cols) = (tile_rows.min(m - i), tile_cols.min(n - j));
            // SAFETY: the machine has `isa`, which its caller took from what is available. `a` is `rows` columns of a live
            // view, by its strides; `b` `cols` columns of another and `c` as many of a mutable one, both with contiguous
            // rows. What is left of n at the end is half a tile or a whole one, as 16 is half the widest.
            unsafe { i32::tile(isa, rows, cols, &tile) };
        }
    }
}

/// The same by the `matrixmultiply` crate: in `f64`, too, such integers are exact.
fn portable(a: ArrayView2<i32>, b: ArrayView2<i32>, mut c: ArrayViewMut2<i32>) {
    let elements = |words: ArrayView2<i32>| {
        let (first, second) = (words.mapv(|word| f64::from(word as i16)), words.mapv(|word| f64::from(word >> 16)));
        concatenate![Axis(0), first, second]
    };
    c.assign(&elements(a).t().dot(&elements(b)).mapv(|product| product as i32));
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, s};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn products_are_exact_on_every_instruction_set(
            m in 0usize..30, sixteenths in 0usize..6, features in 0usize..70, seed: u64,
        ) {
            let (n, words) = (16 * sixteenths, features.div_ceil(2));
            // As long as a sum of that many squares allows, the extremes included.
            let most = ((1u64 << 30) as f64 / features.max(1) as f64).sqrt().min(f64::from(LONGEST)) as i64;
            let mut state = seed | 1;
            let mut draw = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                ((state >> 33) as i64 % (2 * most + 1) - most).clamp(-most, most)
            };
            let mut rows = |count| Array2::from_shape_simple_fn((count, features), &mut draw);
            let (a, b) = (rows(m), rows(n));
            let columns = |rows: &Array2<i64>| {
                Array2::from_shape_fn((words, rows.nrows()), |(word, row)| {
                    let number = |feature| rows.get([row, feature]).map_or(0, |&v| v as i16);
                    pair(number(2 * word), number(2 * word + 1))
                })
            };
            let wanted = a.dot(&b.t()).mapv(|v| i32::try_from(v).unwrap());
            // Wider than the product, so that rows of it do not follow each other.
            let mut wide = Array2::from_elem((m, n + 3), 7);
            for isa in Isa::available() {
                let a = columns(&a);
                // Columns in the other order, to be sure that strides are seen.
                let a = a.slice(s![.., ..;-1]).to_owned();
                products_on(isa, a.slice(s![.., ..;-1]), columns(&b).view(), wide.slice_mut(s![.., ..n]));
                prop_assert_eq!(wide.slice(s![.., ..n]), wanted.view(), "{:?}", isa);
                prop_assert!(wide.slice(s![.., n..]).iter().all(|&v| v == 7));
            }
        }
    }

    #[test]
    fn the_longest_rows_do_not_overflow() {
        for (first, second) in [(LONGEST, 0), (0, -LONGEST), (23_169, -23_170)] {
            let row = Array2::from_elem((1, 16), pair(first, second));
            let square = i32::from(first).pow(2) + i32::from(second).pow(2);
            for isa in Isa::available() {
                let mut c = Array2::zeros((16, 16));
                products_on(isa, row.view(), row.view(), c.view_mut());
                assert!(c.iter().all(|&v| v == square), "{isa:?}");
            }
        }
    }
}
