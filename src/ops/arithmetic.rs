//! Sums and products, element by element, and the sum or mean of all elements.
//!
//! ```text
//! a + b      da = dy           db = dy
//! a · b      da = b·dy         db = a·dy
//! Σ x        dx = dy everywhere
//! mean x     dx = dy / count everywhere
//! ```
//!
//! Shapes must be equal: nothing broadcasts, so an [n, 1] never meets an [n] by accident.

use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};

/// a + b, of equal shape.
#[derive(Clone, Copy, Debug)]
pub struct Add;

impl<F: Scalar> Op<F, 2> for Add {
    type Saved = ();

    fn forward(&self, [mut a, b]: [Tensor<F>; 2]) -> (Tensor<F>, ()) {
        a.add(&b);
        (a, ())
    }

    fn backward(&self, (): &(), dy: Tensor<F>, [da, db]: &mut [Slot<F>; 2]) {
        da.add(dy.clone());
        db.add(dy);
    }
}

/// a · b, element by element, of equal shape.
#[derive(Clone, Copy, Debug)]
pub struct Mul;

/// Multiplies in place.
fn multiply<F: Scalar>(mut a: Tensor<F>, b: &Tensor<F>) -> Tensor<F> {
    assert_eq!(a.shape(), b.shape(), "only tensors of the same shape can be multiplied value by value");
    a.as_mut_slice().iter_mut().zip(b.as_slice()).for_each(|(a, &b)| *a *= b);
    a
}

impl<F: Scalar> Op<F, 2> for Mul {
    type Saved = [Tensor<F>; 2];

    fn forward(&self, [a, b]: [Tensor<F>; 2]) -> (Tensor<F>, Self::Saved) {
        (multiply(a.clone(), &b), [a, b])
    }

    fn backward(&self, [a, b]: &Self::Saved, dy: Tensor<F>, [da, db]: &mut [Slot<F>; 2]) {
        da.add(multiply(dy.clone(), b));
        db.add(multiply(dy, a));
    }
}

/// The sum of all values, as a single number.
#[derive(Clone, Copy, Debug)]
pub struct Sum;

impl<F: Scalar> Op<F, 1> for Sum {
    /// The input's shape.
    type Saved = Vec<usize>;

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, Vec<usize>) {
        (Tensor::scalar(x.as_slice().iter().copied().sum()), x.shape().to_vec())
    }

    fn backward(&self, shape: &Vec<usize>, dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        dx.add(Tensor::full(&shape[..], dy.item()));
    }
}

/// The mean of all values, as a single number; 0 of no values.
#[derive(Clone, Copy, Debug)]
pub struct Mean;

impl<F: Scalar> Op<F, 1> for Mean {
    /// The input's shape.
    type Saved = Vec<usize>;

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, Vec<usize>) {
        let sum: F = x.as_slice().iter().copied().sum();
        (Tensor::scalar(sum / F::of(x.len().max(1) as f64)), x.shape().to_vec())
    }

    fn backward(&self, shape: &Vec<usize>, dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        let count = shape.iter().product::<usize>().max(1);
        dx.add(Tensor::full(&shape[..], dy.item() / F::of(count as f64)));
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// The sum of all values, see [`Sum`].
    pub fn sum(self) -> Var<'t, F> {
        self.tape().apply(Sum, [self])
    }

    /// The mean of all values, see [`Mean`].
    pub fn mean(self) -> Var<'t, F> {
        self.tape().apply(Mean, [self])
    }
}

impl<'t, F: Scalar> std::ops::Add for &Var<'t, F> {
    type Output = Var<'t, F>;

    fn add(self, other: &Var<'t, F>) -> Var<'t, F> {
        self.tape().apply(Add, [self.clone(), other.clone()])
    }
}

impl<'t, F: Scalar> std::ops::Mul for &Var<'t, F> {
    type Output = Var<'t, F>;

    fn mul(self, other: &Var<'t, F>) -> Var<'t, F> {
        self.tape().apply(Mul, [self.clone(), other.clone()])
    }
}

case!(Add, |d| multilinear(Add, [d.normal(&d.signal(), 0), d.normal(&d.signal(), 1)]));
case!(Mul, |d| multilinear(Mul, [d.normal(&d.signal(), 0), d.normal(&d.signal(), 1)]));
case!(Sum, |d| multilinear(Sum, [d.normal(&d.signal(), 0)]));
case!(Mean, |d| multilinear(Mean, [d.normal(&d.signal(), 0)]));
