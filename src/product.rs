//! The matrix product (GEMM): what it is, and the name under which the operations call it.
//!
//! ```text
//! C[i][j] = Σ_p A[i][p] · B[p][j]
//! ```
//!
//! [`plain`] is that formula as three loops. It is correct, and it is the oracle of the tests; it is also a hundred
//! times slower than the machine allows. How the same sums are made fast is the last chapter,
//! [`linalg`](crate::linalg), which gives every scalar type its [`Product`].
//!
//! An operand's strides are free, also overlapping: row t of a convolution's im2col matrix begins `stride` after row t - 1
//! and is longer than that, so the whole matrix is a view of the signal, and nothing is copied.

use ndarray::{ArrayView2, ArrayView3, ArrayViewMut2, ArrayViewMut3, Axis, NdFloat};
use std::ops::Range;

/// Multiply-adds that are worth a thread: a product is shared by as many threads as it has this many.
pub(crate) const WORTH_A_THREAD: usize = 1 << 17;

/// What is added to a matrix product, last: nothing, a bias, or what is there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Write<'a, F> {
    /// Nothing: C = A·B. What was in C is never read.
    Set,
    /// A bias, the same for every row, one element for each column: C = A·B + 1·bᵀ.
    Bias(&'a [F]),
    /// What is there: C += A·B.
    Add,
}

impl<F> Write<'_, F> {
    /// The bias, which is added to every row.
    pub(crate) fn bias(&self) -> Option<&[F]> {
        if let Write::Bias(bias) = self { Some(bias) } else { None }
    }

    /// The same for some of the columns.
    pub(crate) fn columns(self, range: Range<usize>) -> Self {
        match self {
            Write::Bias(bias) => Write::Bias(&bias[range]),
            all => all,
        }
    }

    /// The same for the block of some columns and of the terms from index `p0`: later terms are added to those before.
    pub(crate) fn block(self, columns: Range<usize>, p0: usize) -> Self {
        if p0 == 0 { self.columns(columns) } else { Write::Add }
    }
}

/// The matrix product C (e, m, n) = or += A (e, m, k) · B (k, n) by the definition: three loops, and each element
/// summed along k, in order, by fused multiply-adds.
///
/// # Panics
/// When the shapes do not fit.
pub fn plain<F: NdFloat>(write: Write<F>, a: ArrayView3<F>, b: ArrayView2<F>, mut c: ArrayViewMut3<F>) {
    let ((e, m, k), n) = (a.dim(), b.ncols());
    assert_eq!((b.nrows(), c.dim()), (k, (e, m, n)), "product: A has {k} columns, and A·B is {:?}", (e, m, n));
    for ((e, i, j), c) in c.indexed_iter_mut() {
        let mut sum = F::zero();
        for p in 0..k {
            sum = a[[e, i, p]].mul_add(b[[p, j]], sum);
        }
        *c = sum
            + match write {
                Write::Set => F::zero(),
                Write::Bias(bias) => bias[j],
                Write::Add => *c,
            };
    }
}

/// A scalar type that has a fast matrix product.
pub trait Product: NdFloat {
    /// As [`plain`], on this thread.
    fn product(write: Write<Self>, a: ArrayView3<Self>, b: ArrayView2<Self>, c: ArrayViewMut3<Self>);

    /// As [`plain`], its rows or its columns (whichever are more) shared among the threads of the pool. An element is summed
    /// in the same order wherever the cuts fall, so the result does not depend on the threads.
    fn par_product(write: Write<Self>, a: ArrayView3<Self>, b: ArrayView2<Self>, c: ArrayViewMut3<Self>);
}

/// The matrix product C (m, n) = or += A (m, k) · B (k, n), on this thread.
///
/// ```
/// use ndarray::{array, Array2};
/// use tonegrad::product::{Write, gemm};
/// let mut c = Array2::zeros((1, 2));
/// gemm(Write::Set, array![[1.0, 2.0]].view(), array![[3.0, 4.0], [5.0, 6.0]].view(), c.view_mut());
/// assert_eq!(c, array![[13.0, 16.0]]);
/// ```
/// # Panics
/// When the shapes do not fit.
pub fn gemm<F: Product>(write: Write<F>, a: ArrayView2<F>, b: ArrayView2<F>, c: ArrayViewMut2<F>) {
    F::product(write, a.insert_axis(Axis(0)), b, c.insert_axis(Axis(0)));
}

/// The same product for a batch of A (e, m, k) and C (e, m, n) that share one B (k, n), on this thread.
///
/// # Panics
/// When the shapes do not fit.
pub fn gemm_batch<F: Product>(write: Write<F>, a: ArrayView3<F>, b: ArrayView2<F>, c: ArrayViewMut3<F>) {
    F::product(write, a, b, c);
}

/// The same product as [`gemm`], shared among threads: see [`Product::par_product`].
///
/// # Panics
/// When the shapes do not fit.
pub fn par_gemm<F: Product>(write: Write<F>, a: ArrayView2<F>, b: ArrayView2<F>, c: ArrayViewMut2<F>) {
    F::par_product(write, a.insert_axis(Axis(0)), b, c.insert_axis(Axis(0)));
}

/// The same product as [`gemm_batch`], shared among threads: see [`Product::par_product`].
///
/// # Panics
/// When the shapes do not fit.
pub fn par_gemm_batch<F: Product>(write: Write<F>, a: ArrayView3<F>, b: ArrayView2<F>, c: ArrayViewMut3<F>) {
    F::par_product(write, a, b, c);
}
