//! What operations share: loops over elements, and what is demanded of shapes and axes.

use crate::{Scalar, Tensor};

/// Refuses two shapes that differ.
pub(super) fn equal_shapes<F: Scalar>(operation: &str, a: &Tensor<F>, b: &Tensor<F>) {
    let (a, b) = (a.shape(), b.shape());
    assert!(a == b, "{operation}: a has shape {a:?}, b has shape {b:?}, wanted equal shapes; use broadcast_to");
}

/// f of every element, in place.
pub(super) fn map<F: Scalar>(mut x: Tensor<F>, f: impl Fn(F) -> F) -> Tensor<F> {
    x.as_mut_slice().iter_mut().for_each(|x| *x = f(*x));
    x
}

/// f of every pair of elements, in the place of the first.
pub(super) fn zip<F: Scalar>(mut a: Tensor<F>, b: &Tensor<F>, f: impl Fn(F, F) -> F) -> Tensor<F> {
    a.as_mut_slice().iter_mut().zip(b.as_slice()).for_each(|(a, &b)| *a = f(*a, b));
    a
}
