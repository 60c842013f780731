//! The absolute value.
//!
//! ```text
//! y = |x|        dx = sign(x) dy        0 where x is 0
//! ```

use super::elementwise::{map, zip};
use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};

/// |x|.
#[derive(Clone, Copy, Debug)]
pub struct Abs;

impl<F: Scalar> Op<F, 1> for Abs {
    /// The input.
    type Saved = Tensor<F>;

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, Tensor<F>) {
        (map(x.clone(), F::abs), x)
    }

    fn backward(&self, x: &Tensor<F>, dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        let sign = |x: F| if x == F::zero() { x } else { x.signum() };
        dx.add(zip(dy, x, |dy, x| dy * sign(x)));
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// |x|, see [`Abs`].
    pub fn abs(self) -> Var<'t, F> {
        self.tape().apply(Abs, [self])
    }
}

case!(Abs, |d| piecewise_linear(Abs, &d.signal(), d.seed).by_example());
