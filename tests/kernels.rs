//! The matrix product on every instruction set of this machine, against a naive loop.

mod common;

use common::close;
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, ArrayViewMut2, Axis, ShapeBuilder, s};
use proptest::prelude::*;
use tonegrad::autograd::gradcheck::normal;
use tonegrad::linalg::gemm::gemm_on;
use tonegrad::linalg::{Isa, Kernel, Write, gemm, gemm_batch, par_gemm, par_gemm_batch};
use tonegrad::{Scalar, Tensor};

/// Sums of `k` products of numbers around 1 agree to this, in units of √k.
fn tolerance<F: Scalar>() -> f64 {
    if F::NAME == "f32" { 1e-6 } else { 1e-14 }
}

fn random<F: Scalar>(rows: usize, cols: usize, seed: u64) -> Array2<F> {
    let x = normal([rows, cols], seed);
    Array2::from_shape_fn((rows, cols), |(i, j)| F::of(x.as_slice()[i * cols + j]))
}

/// In double precision whatever the operands are.
fn naive<F: Scalar>(write: Write, a: ArrayView2<F>, b: ArrayView2<F>, c: ArrayView2<F>) -> Array2<f64> {
    Array2::from_shape_fn((a.nrows(), b.ncols()), |(i, j)| {
        let sum: f64 = (0..a.ncols()).map(|p| a[[i, p]].as_f64() * b[[p, j]].as_f64()).sum();
        sum + if write == Write::Add { c[[i, j]].as_f64() } else { 0.0 }
    })
}

fn agrees<F: Scalar>(found: ArrayView2<F>, wanted: &Array2<f64>, k: usize) -> Result<(), TestCaseError> {
    let room = tolerance::<F>() * (k.max(1) as f64).sqrt() * 10.0;
    for ((at, found), wanted) in found.indexed_iter().zip(wanted) {
        prop_assert!((found.as_f64() - wanted).abs() <= room, "{:?}: {} for {}", at, found, wanted);
    }
    Ok(())
}

/// The same matrix laid out in memory in different ways. What lies between its numbers is NaN: to touch it is to be found.
fn laid_out<F: Scalar>(
    x: &Array2<F>,
    layout: usize,
    run: &mut dyn FnMut(ArrayView2<F>) -> Result<(), TestCaseError>,
) -> Result<(), TestCaseError> {
    let (m, n) = x.dim();
    match layout {
        0 => run(x.view()),
        1 => run(x.t().as_standard_layout().t()),
        2 => {
            let mut wide = Array2::from_elem((m, n + 3), F::nan());
            wide.slice_mut(s![.., 2..n + 2]).assign(x);
            run(wide.slice(s![.., 2..n + 2]))
        }
        3 => {
            let mut sparse = Array2::from_elem((2 * m, 3 * n), F::nan());
            sparse.slice_mut(s![..;2, ..;3]).assign(x);
            run(sparse.slice(s![..;2, ..;3]))
        }
        4 => {
            let turned = x.slice(s![..;-1, ..;-1]).as_standard_layout().into_owned();
            run(turned.slice(s![..;-1, ..;-1]))
        }
        // Far apart: beyond the distance at which operands are packed.
        _ => {
            let mut far = Array2::from_elem((n, m + 600), F::nan());
            far.slice_mut(s![.., ..m]).assign(&x.t());
            run(far.slice(s![.., ..m]).t())
        }
    }
}

fn product<F: Scalar>(
    isa: Isa,
    write: Write,
    (m, k, n): (usize, usize, usize),
    (layout_a, layout_b, layout_c): (usize, usize, usize),
    seed: u64,
) -> Result<(), TestCaseError> {
    let (a, b, before) = (random::<F>(m, k, seed), random::<F>(k, n, seed + 1), random::<F>(m, n, seed + 2));
    let wanted = naive(write, a.view(), b.view(), before.view());
    laid_out(&a, layout_a, &mut |a| {
        laid_out(&b, layout_b, &mut |b| {
            // A result with room around it, which must stay as it is. To overwrite is never to read: begin with NaN.
            let mut room = Array2::from_elem((m + 2, 2 * n + 2), F::of(77.0));
            let mut c = match layout_c {
                0 => room.slice_mut(s![1..m + 1, 1..n + 1]),
                1 => room.slice_mut(s![1..m + 1;-1, 1..n + 1]),
                _ => room.slice_mut(s![1..m + 1, 1..2 * n + 1;2]),
            };
            if write == Write::Add {
                c.assign(&before)
            } else {
                c.fill(F::nan())
            }
            gemm_on(isa, write, a.insert_axis(Axis(0)), b, c.view_mut().insert_axis(Axis(0)));
            agrees(c.view(), &wanted, k)?;
            c.fill(F::of(77.0));
            prop_assert!(room.iter().all(|&x| x == F::of(77.0)), "numbers around the result were written");
            Ok(())
        })
    })
}

/// 1, one less than a tile, a tile, one more, primes, nothing.
fn awkward(tile: usize) -> Vec<usize> {
    vec![0, 1, 2, tile / 2, tile / 2 + 1, tile - 1, tile, tile + 1, 2 * tile + 1, 37]
}

fn all_sizes<F: Scalar>() {
    for isa in Isa::available() {
        let (rows, cols) = F::tile_shape(isa).unwrap_or((8, 8));
        for m in awkward(rows) {
            for n in awkward(cols) {
                for k in [0, 1, 7, 64] {
                    for write in [Write::Set, Write::Add] {
                        let done = product::<F>(isa, write, (m, k, n), (0, 0, 0), 5);
                        assert!(done.is_ok(), "{isa:?}, {write:?}, {m} x {k} x {n}: {done:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn awkward_sizes_in_single_precision() {
    all_sizes::<f32>();
}

#[test]
fn awkward_sizes_in_double_precision() {
    all_sizes::<f64>();
}

#[test]
fn sizes_beyond_a_block() {
    // Blocks are 512 terms long and 256 columns wide.
    for isa in Isa::available() {
        for size in [(3, 513, 5), (2, 1025, 257), (13, 511, 300), (5, 512, 256)] {
            for write in [Write::Set, Write::Add] {
                product::<f32>(isa, write, size, (0, 0, 0), 1).unwrap();
                product::<f64>(isa, write, size, (5, 1, 1), 2).unwrap();
            }
        }
    }
}

proptest! {
    #[test]
    fn any_layout_of_the_operands(
        (m, k, n) in (0..30usize, 0..40usize, 0..70usize),
        layouts in (0..6usize, 0..6usize, 0..3usize),
        add in any::<bool>(),
        seed in 0..1_000_000u64,
    ) {
        let write = if add { Write::Add } else { Write::Set };
        for isa in Isa::available() {
            product::<f32>(isa, write, (m, k, n), layouts, seed)?;
            product::<f64>(isa, write, (m, k, n), layouts, seed)?;
        }
    }

    /// The windows of a signal overlap where the stride is smaller than the window.
    #[test]
    fn overlapping_rows_and_a_batch(
        (examples, m, k, n) in (1..4usize, 1..20usize, 1..24usize, 1..40usize),
        stride in 1..6usize,
        seed in 0..1_000_000u64,
    ) {
        let length = (m - 1) * stride + k;
        let signal = normal([examples * length], seed);
        let shape = (examples, m, k).strides((length, stride, 1));
        let a = ArrayView3::from_shape(shape, signal.as_slice()).unwrap();
        let b = random::<f64>(k, n, seed + 1);
        for isa in Isa::available() {
            let mut c = Array3::from_elem((examples, m, n), 1.0);
            gemm_on(isa, Write::Add, a, b.view(), c.view_mut());
            for (a, c) in a.outer_iter().zip(c.outer_iter()) {
                agrees(c, &naive(Write::Add, a, b.view(), Array2::ones((m, n)).view()), k)?;
            }
            let mut turned = Array3::from_elem((examples, k, n), f64::NAN);
            let (a, right) = (a.permuted_axes([0, 2, 1]), random::<f64>(m, n, seed + 2));
            gemm_on(isa, Write::Set, a, right.view(), turned.view_mut());
            for (a, c) in a.outer_iter().zip(turned.outer_iter()) {
                agrees(c, &naive(Write::Set, a, right.view(), Array2::zeros((k, n)).view()), m)?;
            }
        }
    }

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

/// What a product must be to the bit: products fused into the sum in the order of k, blocks of 512 terms added one by one.
fn fused<F: Scalar>(write: Write, a: ArrayView2<F>, b: ArrayView2<F>, c: ArrayView2<F>) -> Array2<F> {
    Array2::from_shape_fn(c.dim(), |(i, j)| {
        let block = |from: usize| {
            let terms = from..(from + 512).min(a.ncols());
            terms.fold(F::zero(), |sum, p| a[[i, p]].mul_add(b[[p, j]], sum))
        };
        let blocks = (0..a.ncols()).step_by(512).map(block);
        if write == Write::Add {
            blocks.fold(c[[i, j]], |sum, block| sum + block)
        } else {
            blocks.reduce(|a, b| a + b).unwrap_or(F::zero())
        }
    })
}

/// Numbers of which about one in `one_in` is not zero.
fn mostly_zeros<F: Scalar>(rows: usize, cols: usize, one_in: u64, seed: u64) -> Array2<F> {
    let keep = |i: usize| (i as u64 + seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let mut x = random::<F>(rows, cols, seed);
    x.iter_mut().enumerate().filter(|(i, _)| !keep(*i).is_multiple_of(one_in)).for_each(|(_, x)| *x = F::zero());
    x
}

/// Where A is mostly zeros they are skipped, and not a bit is another: for every layout, with rests of every kind, in blocks
/// and beyond, and where a whole row or a whole block is zero.
fn zeros_are_skipped<F: Scalar>() {
    for isa in Isa::available().into_iter().filter(|&isa| F::tile_shape(isa).is_some()) {
        for (m, k, n) in [(65, 300, 61), (130, 700, 16), (4, 1030, 300), (1, 4099, 257), (257, 64, 96), (70, 129, 127)]
        {
            for one_in in [5, 9, 1 << 40] {
                let (a, b, c) = (mostly_zeros::<F>(m, k, one_in, 1), random::<F>(k, n, 2), random::<F>(m, n, 3));
                let turned = a.t().as_standard_layout().into_owned();
                for write in [Write::Set, Write::Add] {
                    let wanted = fused(write, a.view(), b.view(), c.view());
                    for a in [a.view(), turned.t()] {
                        for b in [b.view(), b.t().as_standard_layout().t()] {
                            let mut room = Array2::from_elem((m + 2, n + 2), F::of(77.0));
                            let mut found = room.slice_mut(s![1..m + 1, 1..n + 1]);
                            found.assign(&c);
                            gemm_on(isa, write, a.insert_axis(Axis(0)), b, found.view_mut().insert_axis(Axis(0)));
                            assert_eq!(found, wanted, "{isa:?}, {write:?}, {m} x {k} x {n}, one in {one_in}");
                            found.fill(F::of(77.0));
                            assert!(room.iter().all(|&x| x == F::of(77.0)), "numbers around the result were written");
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
    for isa in Isa::available().into_iter().filter(|&isa| f32::tile_shape(isa).is_some()) {
        let mut c = Array3::from_elem((1, 300, 40), f32::NAN);
        gemm_on(isa, Write::Set, a.view().insert_axis(Axis(0)), b.view(), c.view_mut());
        assert_eq!(c, Array3::from_elem((1, 300, 40), 2.0 * 29.0), "{isa:?}");
    }
}

/// The windows of a signal that is mostly zeros, and their transposes.
#[test]
fn overlapping_rows_of_zeros() {
    let (l, i, kernel, o) = (200, 24, 5, 80);
    let x = mostly_zeros::<f64>(2 * l, i, 6, 4);
    let shape = (2, l - kernel + 1, kernel * i).strides((l * i, i, 1));
    let windows = ArrayView3::from_shape(shape, x.as_slice().unwrap()).unwrap();
    let w = random::<f64>(kernel * i, o, 5);
    for isa in Isa::available().into_iter().filter(|&isa| f64::tile_shape(isa).is_some()) {
        let mut y = Array3::from_elem((2, l - kernel + 1, o), 0.5);
        gemm_on(isa, Write::Add, windows, w.view(), y.view_mut());
        for (windows, y) in windows.outer_iter().zip(y.outer_iter()) {
            assert_eq!(y, fused(Write::Add, windows, w.view(), Array2::from_elem(y.dim(), 0.5).view()), "{isa:?}");
        }
        let dy = random::<f64>(l - kernel + 1, o, 6);
        let mut dw = Array3::zeros((2, kernel * i, o));
        gemm_on(isa, Write::Set, windows.permuted_axes([0, 2, 1]), dy.view(), dw.view_mut());
        for (windows, dw) in windows.outer_iter().zip(dw.outer_iter()) {
            assert_eq!(dw, fused(Write::Set, windows.t(), dy.view(), dw), "{isa:?}");
        }
    }
}

/// Whoever looks for zeros finds its way in every matrix: with free strides, with more examples than rows, of few numbers.
#[test]
fn zeros_are_sought_in_any_matrix() {
    let x = mostly_zeros::<f64>(400, 500, 6, 7);
    let free = x.slice(s![..;2, ..;2]).insert_axis(Axis(0));
    let many = x.to_shape((200, 2, 500)).unwrap();
    let small = x.slice(s![..2, ..100]).insert_axis(Axis(0));
    for (a, n) in [(free.view(), 64), (many.view(), 64), (small.view(), 6000)] {
        let ((e, m, k), b) = (a.dim(), random::<f64>(a.dim().2, n, 8));
        for isa in Isa::available().into_iter().filter(|&isa| f64::tile_shape(isa).is_some()) {
            let mut c = Array3::zeros((e, m, n));
            gemm_on(isa, Write::Set, a, b.view(), c.view_mut());
            for (a, c) in a.outer_iter().zip(c.outer_iter()) {
                assert_eq!(c, fused(Write::Set, a, b.view(), c), "{isa:?}, {e} x {m} x {k} x {n}");
            }
        }
    }
}

#[test]
fn tiles_of_any_instruction_set_give_the_same_bits() {
    let tiled = Isa::available().into_iter().filter(|&isa| f64::tile_shape(isa).is_some());
    for isa in tiled {
        for (m, k, n) in [(1, 1, 1), (7, 511, 33), (13, 513, 5), (5, 1500, 260)] {
            let (a, b, c) = (random::<f64>(m, k, 1), random::<f64>(k, n, 2), random::<f64>(m, n, 3));
            for write in [Write::Set, Write::Add] {
                let mut found = c.clone();
                gemm_on(isa, write, a.view().insert_axis(Axis(0)), b.view(), found.view_mut().insert_axis(Axis(0)));
                assert_eq!(found, fused(write, a.view(), b.view(), c.view()), "{isa:?}, {write:?}, {m} x {k} x {n}");
            }
        }
    }
}

fn in_pool<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

#[test]
fn threads_change_no_bit() {
    // More rows than columns, more columns than rows; large enough for seven threads, and with remainders.
    for (m, k, n) in [(701, 64, 33), (33, 64, 701), (200, 300, 200), (1, 4096, 301), (1499, 700, 1), (7, 300, 500)] {
        let (a, b, c) = (random::<f32>(m, k, 1), random::<f32>(k, n, 2), random::<f32>(m, n, 3));
        for write in [Write::Set, Write::Add] {
            let run = |threads| {
                in_pool(threads, || {
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
        in_pool(threads, || {
            let mut c = Array3::zeros((3, 150, 40));
            par_gemm_batch(Write::Set, a.view(), b.view(), c.view_mut());
            c
        })
    };
    assert_eq!(run(1), run(7));
}

#[test]
fn a_batch_shares_its_right_operand() {
    let (a, b) = (normal([3, 5, 4], 1), random::<f64>(4, 6, 2));
    let mut c = Array3::zeros((3, 5, 6));
    gemm_batch(Write::Set, a.view(), b.view(), c.view_mut());
    let flat = Tensor::from(a.view::<ndarray::Ix3>().to_shape((15, 4)).unwrap().dot(&b)).reshape([3, 5, 6]);
    close(&Tensor::from(c), &flat, 1e-14).unwrap();
}

#[test]
fn every_instruction_set_is_listed_once_and_the_portable_one_always() {
    let found = Isa::available();
    assert_eq!(found.last(), Some(&Isa::Portable));
    assert_eq!(Isa::best(), found[0]);
    assert!(f32::tile_shape(Isa::Portable).is_none() && f64::tile_shape(Isa::Portable).is_none());
    assert!((1..found.len()).all(|i| !found[..i].contains(&found[i])));
}

#[test]
#[should_panic(expected = "A has 3 columns and B 2 rows")]
fn shapes_must_fit() {
    let mut c = Array2::<f32>::zeros((2, 2));
    gemm(Write::Set, Array2::zeros((2, 3)).view(), Array2::zeros((2, 2)).view(), c.view_mut());
}

#[test]
#[should_panic(expected = "A·B is (1, 2, 2)")]
fn so_must_the_result() {
    let mut c = Array2::<f32>::zeros((2, 3));
    let c: ArrayViewMut2<f32> = c.view_mut();
    gemm(Write::Set, Array2::zeros((2, 3)).view(), Array2::zeros((3, 2)).view(), c);
}
