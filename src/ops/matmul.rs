//! The matrix product, also of two stacks of matrices.
//!
//! ```text
//! Y = A·B        dA = dY·Bᵀ        dB = Aᵀ·dY
//! ```

use crate::autograd::{Op, Slot, Var};
use crate::product::{Write, par_gemm};
use crate::{Scalar, Tensor};
use ndarray::{ArrayView2, ArrayViewMut2};

/// A (..., m, k) and B (..., k, n), of equal leading axes, to A·B (..., m, n).
#[derive(Clone, Copy, Debug)]
pub struct Matmul;

/// How many matrices there are, and m, k, n.
fn sizes<F: Scalar>(a: &Tensor<F>, b: &Tensor<F>) -> [usize; 4] {
    match (a.shape(), b.shape()) {
        ([stack @ .., m, k], [other @ .., rows, n]) if stack == other && k == rows => {
            [stack.iter().product(), *m, *k, *n]
        }
        (a, b) => panic!(
            "matmul: a has shape {a:?}, b has shape {b:?}, wanted (..., m, k) and (..., k, n) with equal leading axes; \
             use transpose, reshape or broadcast_to"
        ),
    }
}

/// Matrix number i of a stack.
fn matrix<F: Scalar>(x: &Tensor<F>, i: usize, [rows, columns]: [usize; 2]) -> ArrayView2<'_, F> {
    let values = &x.as_slice()[i * rows * columns..][..rows * columns];
    ArrayView2::from_shape((rows, columns), values).expect("the values fill the matrix")
}

/// The same, to be written.
fn matrix_mut<F: Scalar>(x: &mut Tensor<F>, i: usize, [rows, columns]: [usize; 2]) -> ArrayViewMut2<'_, F> {
    let values = &mut x.as_mut_slice()[i * rows * columns..][..rows * columns];
    ArrayViewMut2::from_shape((rows, columns), values).expect("the values fill the matrix")
}

impl<F: Scalar> Op<F, 2> for Matmul {
    type Saved = [Tensor<F>; 2];

    fn forward(&self, [a, b]: [Tensor<F>; 2]) -> (Tensor<F>, Self::Saved) {
        let [stack, m, k, n] = sizes(&a, &b);
        let mut shape = a.shape().to_vec();
        shape[a.shape().len() - 1] = n;
        let mut y = Tensor::scratch(&shape[..]);
        for i in 0..stack {
            par_gemm(Write::Set, matrix(&a, i, [m, k]), matrix(&b, i, [k, n]), matrix_mut(&mut y, i, [m, n]));
        }
        (y, [a, b])
    }

    fn backward(&self, [a, b]: &Self::Saved, dy: Tensor<F>, [da, db]: &mut [Slot<F>; 2]) {
        let [stack, m, k, n] = sizes(a, b);
        da.write(|write, da| {
            for i in 0..stack {
                par_gemm(write, matrix(&dy, i, [m, n]), matrix(b, i, [k, n]).t(), matrix_mut(da, i, [m, k]));
            }
        });
        db.write(|write, db| {
            for i in 0..stack {
                par_gemm(write, matrix(a, i, [m, k]).t(), matrix(&dy, i, [m, n]), matrix_mut(db, i, [k, n]));
            }
        });
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// The matrix product, or that of each two matrices of a stack, see [`Matmul`].
    pub fn matmul(self, other: Var<'t, F>) -> Var<'t, F> {
        self.tape().apply(Matmul, [self, other])
    }
}

case!(Matmul, |d| {
    let [a, b] = [vec![d.length, d.channels], vec![d.channels, d.outputs]];
    let stacked = |shape: Vec<usize>| if d.switches[0] { [vec![d.batch, d.size], shape].concat() } else { shape };
    multilinear(Matmul, [d.normal(&stacked(a), 0), d.normal(&stacked(b), 1)])
});
