//! Random matrices, and their products by three plain loops.

use ndarray::{Array2, ArrayView2};
use proptest::prelude::*;
use tonegrad::Scalar;
use tonegrad::autograd::gradcheck::normal;
use tonegrad::product::Write;

/// Sums of `k` products of numbers around 1 agree to this, in units of √k.
fn tolerance<F: Scalar>() -> f64 {
    if F::NAME == "f32" { 1e-6 } else { 1e-14 }
}

pub fn random<F: Scalar>(rows: usize, cols: usize, seed: u64) -> Array2<F> {
    let x = normal([rows, cols], seed);
    Array2::from_shape_fn((rows, cols), |(i, j)| F::of(x.as_slice()[i * cols + j]))
}

/// A number for each of `n` columns.
pub fn random_row<F: Scalar>(n: usize, seed: u64) -> Vec<F> {
    random(1, n, seed).into_raw_vec_and_offset().0
}

/// All that can be added to a product.
pub fn ways<F>(bias: &[F]) -> [Write<'_, F>; 3] {
    [Write::Set, Write::Bias(bias), Write::Add]
}

/// In double precision whatever the operands are.
pub fn naive<F: Scalar>(write: Write<F>, a: ArrayView2<F>, b: ArrayView2<F>, c: ArrayView2<F>) -> Array2<f64> {
    Array2::from_shape_fn((a.nrows(), b.ncols()), |(i, j)| {
        let sum: f64 = (0..a.ncols()).map(|p| a[[i, p]].as_f64() * b[[p, j]].as_f64()).sum();
        let added = match write {
            Write::Set => 0.0,
            Write::Bias(bias) => bias[j].as_f64(),
            Write::Add => c[[i, j]].as_f64(),
        };
        sum + added
    })
}

pub fn agrees<F: Scalar>(found: ArrayView2<F>, wanted: &Array2<f64>, k: usize) -> Result<(), TestCaseError> {
    let room = tolerance::<F>() * (k.max(1) as f64).sqrt() * 10.0;
    for ((at, found), wanted) in found.indexed_iter().zip(wanted) {
        prop_assert!((found.as_f64() - wanted).abs() <= room, "{:?}: {} for {}", at, found, wanted);
    }
    Ok(())
}
