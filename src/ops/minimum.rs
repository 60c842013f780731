//! The smaller of two elements.
//!
//! ```text
//! y = min(a, b)        da = dy where a is y, else 0        db = dy where a is not, else 0
//! ```
//!
//! Where both are equal the first gets the gradient. NaN in either stays NaN.

use super::elementwise::{equal_shapes, zip};
use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};

/// The smaller of a and b, element by element, of equal shape.
#[derive(Clone, Copy, Debug)]
pub struct Minimum;

impl<F: Scalar> Op<F, 2> for Minimum {
    /// 1 where the second was taken, 0 elsewhere.
    type Saved = Tensor<F>;

    fn forward(&self, [a, b]: [Tensor<F>; 2]) -> (Tensor<F>, Tensor<F>) {
        equal_shapes("minimum", &a, &b);
        let second = |a: F, b: F| b < a || b.is_nan();
        let taken = zip(a.clone(), &b, |a, b| if second(a, b) { F::one() } else { F::zero() });
        (zip(a, &b, |a, b| if second(a, b) { b } else { a }), taken)
    }

    fn backward(&self, taken: &Tensor<F>, dy: Tensor<F>, [da, db]: &mut [Slot<F>; 2]) {
        if da.is_wanted() {
            da.add(zip(dy.clone(), taken, |dy, taken| if taken == F::zero() { dy } else { F::zero() }));
        }
        if db.is_wanted() {
            db.add(zip(dy, taken, |dy, taken| if taken == F::zero() { F::zero() } else { dy }));
        }
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// The smaller of each two elements, see [`Minimum`].
    pub fn minimum(self, other: Var<'t, F>) -> Var<'t, F> {
        self.tape().apply(Minimum, [self, other])
    }
}

case!(Minimum, |d| jointly_piecewise_linear(Minimum, d.distinct(&d.signal())));
