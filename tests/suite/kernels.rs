//! The matrix product on every instruction set of this machine, against a naive loop.

use crate::common::close;
use crate::common::matrices::{agrees, naive, random, random_row, ways};
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, ArrayViewMut2, Axis, ShapeBuilder, s};
use proptest::prelude::*;
use tonegrad::Tensor;
use tonegrad::autograd::gradcheck::normal;
use tonegrad::isa::Isa;
use tonegrad::linalg::gemm_on;
use tonegrad::linalg::kernel::{Kernel, Tiled};
use tonegrad::product::{Write, gemm, gemm_batch};

/// The same matrix laid out in memory in different ways. What lies between its elements is NaN: to touch it is to be
/// found.
fn laid_out<F: Kernel>(
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

fn product<F: Kernel>(
    isa: Isa,
    write: Write<F>,
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
            prop_assert!(room.iter().all(|&x| x == F::of(77.0)), "elements around the result were written");
            Ok(())
        })
    })
}

/// 1, one less than a tile, a tile, one more, primes, nothing.
fn awkward(tile: usize) -> Vec<usize> {
    vec![0, 1, 2, tile / 2, tile / 2 + 1, tile - 1, tile, tile + 1, 2 * tile + 1, 37]
}

fn all_sizes<F: Kernel>() {
    for isa in Isa::available() {
        let (rows, cols) = F::tile_shape(isa).unwrap_or((8, 8));
        for m in awkward(rows) {
            for n in awkward(cols) {
                let bias = random_row(n, 6);
                for k in [0, 1, 7, 64] {
                    for write in ways(&bias) {
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
            let (single, double) = (random_row(size.2, 6), random_row(size.2, 6));
            for (single, double) in ways(&single).into_iter().zip(ways(&double)) {
                product::<f32>(isa, single, size, (0, 0, 0), 1).unwrap();
                product::<f64>(isa, double, size, (5, 1, 1), 2).unwrap();
            }
        }
    }
}

proptest! {
    #[test]
    fn any_layout_of_the_operands(
        (m, k, n) in (0..30usize, 0..40usize, 0..70usize),
        layouts in (0..6usize, 0..6usize, 0..3usize),
        way in 0..3usize,
        seed in 0..1_000_000u64,
    ) {
        let (single, double) = (random_row(n, seed + 3), random_row(n, seed + 3));
        for isa in Isa::available() {
            product::<f32>(isa, ways(&single)[way], (m, k, n), layouts, seed)?;
            product::<f64>(isa, ways(&double)[way], (m, k, n), layouts, seed)?;
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
#[should_panic(expected = "a bias for each of 2 columns, found 3")]
fn so_must_the_bias() {
    let mut c = Array2::<f32>::zeros((2, 2));
    gemm(Write::Bias(&[0.0; 3]), Array2::zeros((2, 3)).view(), Array2::zeros((3, 2)).view(), c.view_mut());
}

#[test]
#[should_panic(expected = "A·B is (1, 2, 2)")]
fn so_must_the_result() {
    let mut c = Array2::<f32>::zeros((2, 3));
    let c: ArrayViewMut2<f32> = c.view_mut();
    gemm(Write::Set, Array2::zeros((2, 3)).view(), Array2::zeros((3, 2)).view(), c);
}
