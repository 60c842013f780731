//! Random matrices, and their products by three plain loops.

use ndarray::{Array2, Array3, ArrayView2, Axis};
use proptest::prelude::*;
use tonegrad::Scalar;
use tonegrad::autograd::gradcheck::normal;
use tonegrad::product::{Write, plain};

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

/// The product by its definition, in double precision whatever the operands are.
pub fn naive<F: Scalar>(write: Write<F>, a: ArrayView2<F>, b: ArrayView2<F>, c: ArrayView2<F>) -> Array2<f64> {
    let double = |x: ArrayView2<F>| x.mapv(F::as_f64).insert_axis(Axis(0));
    let bias: Vec<f64>;
    let write = match write {
        Write::Set => Write::Set,
        Write::Bias(values) => {
            bias = values.iter().map(|b| b.as_f64()).collect();
            Write::Bias(&bias[..])
        }
        Write::Add => Write::Add,
    };
    // What was in C is never read where it is overwritten.
    let mut c = if write == Write::Add { double(c) } else { Array3::from_elem((1, a.nrows(), b.ncols()), f64::NAN) };
    plain(write, double(a).view(), double(b).index_axis(Axis(0), 0), c.view_mut());
    c.index_axis_move(Axis(0), 0)
}

pub fn agrees<F: Scalar>(found: ArrayView2<F>, wanted: &Array2<f64>, k: usize) -> Result<(), TestCaseError> {
    let room = tolerance::<F>() * (k.max(1) as f64).sqrt() * 10.0;
    for ((at, found), wanted) in found.indexed_iter().zip(wanted) {
        prop_assert!((found.as_f64() - wanted).abs() <= room, "{:?}: {} for {}", at, found, wanted);
    }
    Ok(())
}
