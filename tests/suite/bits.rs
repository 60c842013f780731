//! The matrix product to the bit: whatever is skipped, cut or shared, an element is the same sum in the same order.

use crate::common::matrices::{agrees, naive, random, random_row, ways};
use crate::common::on_threads;
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, Axis, ShapeBuilder, s};
use proptest::prelude::*;
use tonegrad::autograd::gradcheck::normal;
use tonegrad::isa::Isa;
use tonegrad::linalg::gemm_on;
use tonegrad::linalg::kernel::Kernel;
use tonegrad::product::{Write, gemm, par_gemm, par_gemm_batch};

/// What a product must be to the bit: products fused into the sum in the order of k, blocks of 512 terms added one by one.
fn fused<F: Kernel>(write: Write<F>, a: ArrayView2<F>, b: ArrayView2<F>, c: ArrayView2<F>) -> Array2<F> {
    Array2::from_shape_fn(c.dim(), |(i, j)| {
        let block = |from: usize| {
            let terms = from..(from + 512).min(a.ncols());
            terms.fold(F::zero(), |sum, p| a[[i, p]].mul_add(b[[p, j]], sum))
        };
        let blocks = (0..a.ncols()).step_by(512).map(block);
        match write {
            Write::Set => blocks.reduce(|a, b| a + b).unwrap_or(F::zero()),
            Write::Bias(bias) => blocks.fold(bias[j], |sum, block| sum + block),
            Write::Add => blocks.fold(c[[i, j]], |sum, block| sum + block),
        }
    })
}

/// The instruction sets with a kernel of ours: `matrixmultiply` keeps to an order of its own.
fn tiled<F: Kernel>() -> impl Iterator<Item = Isa> {
    Isa::available().into_iter().filter(|&isa| F::tile_shape(isa).is_some())
}

#[test]
fn tiles_of_any_instruction_set_give_the_same_bits() {
    for isa in tiled::<f64>() {
        for (m, k, n) in [(1, 1, 1), (7, 511, 33), (13, 513, 5), (5, 1500, 260)] {
            let (a, b, c) = (random::<f64>(m, k, 1), random::<f64>(k, n, 2), random::<f64>(m, n, 3));
            let bias = random_row(n, 4);
            for write in ways(&bias) {
                let mut found = c.clone();
                gemm_on(isa, write, a.view().insert_axis(Axis(0)), b.view(), found.view_mut().insert_axis(Axis(0)));
                assert_eq!(found, fused(write, a.view(), b.view(), c.view()), "{isa:?}, {write:?}, {m} x {k} x {n}");
            }
        }
    }
}

proptest! {
    /// However a product is cut, an element is summed in the same order: rows of a batch are what they are alone.
    #[test]
    fn cutting_a_product_changes_no_bit((m, k, n) in (1..40usize, 1..40usize, 1..80usize), cut in 0..80usize, seed in 0..1_000_000u64) {
        let (a, b) = (random::<f32>(m, k, seed), random::<f32>(k, n, seed + 1));
        let mut whole = Array2::zeros((m, n));
        gemm(Write::Set, a.view(), b.view(), whole.view_mut());
        let (row, col) = (cut % m, cut % n);
        let mut cut = Array2::zeros((m, n));
        gemm(Write::Set, a.slice(s![..row, ..]), b.view(), cut.slice_mut(s![..row, ..]));
        gemm(Write::Set, a.slice(s![row.., ..]), b.slice(s![.., ..col]), cut.slice_mut(s![row.., ..col]));
        gemm(Write::Set, a.slice(s![row.., ..]), b.slice(s![.., col..]), cut.slice_mut(s![row.., col..]));
        prop_assert_eq!(whole, cut);
    }
}

/// Elements of which about one in `one_in` is not zero.
fn mostly_zeros<F: Kernel>(rows: usize, cols: usize, one_in: u64, seed: u64) -> Array2<F> {
    let keep = |i: usize| (i as u64 + seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let mut x = random::<F>(rows, cols, seed);
    x.iter_mut().enumerate().filter(|(i, _)| !keep(*i).is_multiple_of(one_in)).for_each(|(_, x)| *x = F::zero());
    x
}

/// Where A is mostly zeros they are skipped, and not a bit is another: for every layout, with rests of every kind, in blocks
/// and beyond, and where a whole row or a whole block is zero.
fn zeros_are_skipped<F: Kernel>() {
    for isa in tiled::<F>() {
        for (m, k, n) in [(65, 300, 61), (130, 700, 16), (4, 1030, 300), (1, 4099, 257), (257, 64, 96), (70, 129, 127)]
        {
            for one_in in [5, 9, 1 << 40] {
                let (a, b, c) = (mostly_zeros::<F>(m, k, one_in, 1), random::<F>(k, n, 2), random::<F>(m, n, 3));
                let (turned, bias) = (a.t().as_standard_layout().into_owned(), random_row(n, 4));
                for write in ways(&bias) {
                    let wanted = fused(write, a.view(), b.view(), c.view());
                    for a in [a.view(), turned.t()] {
                        for b in [b.view(), b.t().as_standard_layout().t()] {
                            let mut room = Array2::from_elem((m + 2, n + 2), F::of(77.0));
                            let mut found = room.slice_mut(s![1..m + 1, 1..n + 1]);
                            found.assign(&c);
                            gemm_on(isa, write, a.insert_axis(Axis(0)), b, found.view_mut().insert_axis(Axis(0)));
                            assert_eq!(found, wanted, "{isa:?}, {write:?}, {m} x {k} x {n}, one in {one_in}");
                            found.fill(F::of(77.0));
                            assert!(room.iter().all(|&x| x == F::of(77.0)), "elements around the result were written");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn skipping_zeros_changes_no_bit_in_single_precision() {
    zeros_are_skipped::<f32>();
}

#[test]
fn skipping_zeros_changes_no_bit_in_double_precision() {
    zeros_are_skipped::<f64>();
}

/// That zeros are really skipped shows in what they are never multiplied by.
#[test]
fn what_meets_only_zeros_is_never_looked_at() {
    let mut a = Array2::<f32>::zeros((300, 200));
    a.slice_mut(s![.., ..;7]).fill(1.0);
    let mut b = Array2::from_elem((200, 40), f32::NAN);
    b.slice_mut(s![..;7, ..]).fill(2.0);
    for isa in tiled::<f32>() {
        let mut c = Array3::from_elem((1, 300, 40), f32::NAN);
        gemm_on(isa, Write::Set, a.view().insert_axis(Axis(0)), b.view(), c.view_mut());
        assert_eq!(c, Array3::from_elem((1, 300, 40), 2.0 * 29.0), "{isa:?}");
    }
}

/// The windows of a signal that is mostly zeros, with and without a kernel for so many taps, and their transposes.
#[test]
fn overlapping_rows_of_zeros() {
    let (l, i, o) = (200, 24, 80);
    let x = mostly_zeros::<f64>(2 * l, i, 6, 4);
    for kernel in [2, 5, 8] {
        let shape = (2, l - kernel + 1, kernel * i).strides((l * i, i, 1));
        let windows = ArrayView3::from_shape(shape, x.as_slice().unwrap()).unwrap();
        let w = random::<f64>(kernel * i, o, 5);
        for isa in tiled::<f64>() {
            let mut y = Array3::from_elem((2, l - kernel + 1, o), 0.5);
            gemm_on(isa, Write::Add, windows, w.view(), y.view_mut());
            for (windows, y) in windows.outer_iter().zip(y.outer_iter()) {
                let wanted = fused(Write::Add, windows, w.view(), Array2::from_elem(y.dim(), 0.5).view());
                assert_eq!(y, wanted, "{isa:?}, {kernel} taps");
            }
            let dy = random::<f64>(l - kernel + 1, o, 6);
            let mut dw = Array3::zeros((2, kernel * i, o));
            gemm_on(isa, Write::Set, windows.permuted_axes([0, 2, 1]), dy.view(), dw.view_mut());
            for (windows, dw) in windows.outer_iter().zip(dw.outer_iter()) {
                assert_eq!(dw, fused(Write::Set, windows.t(), dy.view(), dw), "{isa:?}, {kernel} taps");
            }
        }
    }
}

/// That the signal's zeros are really skipped where a kernel knows its taps shows in what they are never multiplied by.
#[test]
fn what_meets_only_zeros_of_a_signal_is_never_looked_at() {
    let (l, i, kernel, o) = (200, 24, 5, 80);
    let x = Array2::from_shape_fn((l, i), |(_, channel)| if channel % 3 == 1 { 1f32 } else { 0.0 });
    let w = Array2::from_shape_fn((kernel * i, o), |(p, _)| if p % i % 3 == 1 { 0.5 } else { f32::NAN });
    let shape = (1, l - kernel + 1, kernel * i).strides((0, i, 1));
    let windows = ArrayView3::from_shape(shape, x.as_slice().unwrap()).unwrap();
    for isa in tiled::<f32>() {
        let mut y = Array3::zeros((1, l - kernel + 1, o));
        gemm_on(isa, Write::Set, windows, w.view(), y.view_mut());
        assert_eq!(y, Array3::from_elem(y.dim(), 20.0), "{isa:?}");
    }
}

/// The search for zeros finds its way in every matrix: with free strides, with more examples than rows, of few
/// elements.
#[test]
fn zeros_are_sought_in_any_matrix() {
    let x = mostly_zeros::<f64>(400, 500, 6, 7);
    let free = x.slice(s![..;2, ..;2]).insert_axis(Axis(0));
    let many = x.to_shape((200, 2, 500)).unwrap();
    let small = x.slice(s![..2, ..100]).insert_axis(Axis(0));
    for (a, n) in [(free.view(), 64), (many.view(), 64), (small.view(), 6000)] {
        let ((e, m, k), b) = (a.dim(), random::<f64>(a.dim().2, n, 8));
        for isa in tiled::<f64>() {
            let mut c = Array3::zeros((e, m, n));
            gemm_on(isa, Write::Set, a, b.view(), c.view_mut());
            for (a, c) in a.outer_iter().zip(c.outer_iter()) {
                assert_eq!(c, fused(Write::Set, a, b.view(), c), "{isa:?}, {e} x {m} x {k} x {n}");
            }
        }
    }
}

#[test]
fn threads_change_no_bit() {
    // More rows than columns, more columns than rows; large enough for seven threads, and with remainders.
    for (m, k, n) in [(701, 64, 33), (33, 64, 701), (200, 300, 200), (1, 4096, 301), (1499, 700, 1), (7, 300, 500)] {
        let (a, b, c) = (random::<f32>(m, k, 1), random::<f32>(k, n, 2), random::<f32>(m, n, 3));
        let bias = random_row(n, 4);
        for write in ways(&bias) {
            let run = |threads| {
                on_threads(threads, || {
                    let mut c = c.clone();
                    par_gemm(write, a.view(), b.view(), c.view_mut());
                    c
                })
            };
            let one = run(1);
            agrees(one.view(), &naive(write, a.view(), b.view(), c.view()), k).unwrap();
            assert_eq!(one, run(2), "{m} x {k} x {n}, {write:?}");
            assert_eq!(one, run(7), "{m} x {k} x {n}, {write:?}");
        }
    }
    for (m, k, n) in [(0, 4, 5), (4, 0, 5), (4, 5, 0)] {
        let (a, b, mut c) = (random::<f32>(m, k, 1), random::<f32>(k, n, 2), random::<f32>(m, n, 3));
        let before = c.clone();
        par_gemm(Write::Add, a.view(), b.view(), c.view_mut());
        assert_eq!(c, before, "{m} x {k} x {n}");
    }
    let (a, b) = (normal([3, 150, 64], 1), random::<f64>(64, 40, 2));
    let run = |threads| {
        on_threads(threads, || {
            let mut c = Array3::zeros((3, 150, 40));
            par_gemm_batch(Write::Set, a.view(), b.view(), c.view_mut());
            c
        })
    };
    assert_eq!(run(1), run(7));
}
