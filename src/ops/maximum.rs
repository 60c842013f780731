//! The larger and the smaller of two elements.
//!
//! ```text
//! y = max(a, b), or min(a, b)        da = dy where a is y, else 0        db = dy where a is not, else 0
//! ```
//!
//! Where both are equal the first gets the gradient. NaN in either stays NaN.

use super::elementwise::{equal_shapes, zip};
use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};

/// The larger of a and b, element by element, of equal shape.
#[derive(Clone, Copy, Debug)]
pub struct Maximum;

impl<F: Scalar> Op<F, 2> for Maximum {
    /// 1 where the second was taken, 0 elsewhere.
    type Saved = Tensor<F>;

    fn forward(&self, inputs: [Tensor<F>; 2]) -> (Tensor<F>, Tensor<F>) {
        choose("maximum", inputs, |a, b| b > a || b.is_nan())
    }

    fn backward(&self, taken: &Tensor<F>, dy: Tensor<F>, dx: &mut [Slot<F>; 2]) {
        send_back(taken, dy, dx);
    }
}

/// The smaller of a and b, element by element, of equal shape.
#[derive(Clone, Copy, Debug)]
pub struct Minimum;

impl<F: Scalar> Op<F, 2> for Minimum {
    /// 1 where the second was taken, 0 elsewhere.
    type Saved = Tensor<F>;

    fn forward(&self, inputs: [Tensor<F>; 2]) -> (Tensor<F>, Tensor<F>) {
        choose("minimum", inputs, |a, b| b < a || b.is_nan())
    }

    fn backward(&self, taken: &Tensor<F>, dy: Tensor<F>, dx: &mut [Slot<F>; 2]) {
        send_back(taken, dy, dx);
    }
}

/// Takes the second of two elements where `second` says so, else the first; and where it did.
fn choose<F: Scalar>(operation: &str, [a, b]: [Tensor<F>; 2], second: impl Fn(F, F) -> bool) -> (Tensor<F>, Tensor<F>) {
    equal_shapes(operation, &a, &b);
    let taken = zip(a.clone(), &b, |a, b| if second(a, b) { F::one() } else { F::zero() });
    (zip(a, &b, |a, b| if second(a, b) { b } else { a }), taken)
}

/// Sends each gradient to the element that was taken.
fn send_back<F: Scalar>(taken: &Tensor<F>, dy: Tensor<F>, [da, db]: &mut [Slot<F>; 2]) {
    if da.is_wanted() {
        da.add(zip(dy.clone(), taken, |dy, taken| if taken == F::zero() { dy } else { F::zero() }));
    }
    if db.is_wanted() {
        db.add(zip(dy, taken, |dy, taken| if taken == F::zero() { F::zero() } else { dy }));
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// The larger of each two elements, see [`Maximum`].
    pub fn maximum(self, other: Var<'t, F>) -> Var<'t, F> {
        self.tape().apply(Maximum, [self, other])
    }

    /// The smaller of each two elements, see [`Minimum`].
    pub fn minimum(self, other: Var<'t, F>) -> Var<'t, F> {
        self.tape().apply(Minimum, [self, other])
    }
}

case!(Maximum, |d| jointly_piecewise_linear(Maximum, d.distinct(&d.signal())));
case!(Minimum, |d| jointly_piecewise_linear(Minimum, d.distinct(&d.signal())));
