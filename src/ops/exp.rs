//! The exponential function.
//!
//! ```text
//! y = e^x        dx = y dy
//! ```

use super::elementwise::{map, zip};
use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};

/// e^x.
#[derive(Clone, Copy, Debug)]
pub struct Exp;

impl<F: Scalar> Op<F, 1> for Exp {
    /// The output.
    type Saved = Tensor<F>;

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, Tensor<F>) {
        let y = map(x, F::exp);
        (y.clone(), y)
    }

    fn backward(&self, y: &Tensor<F>, dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        dx.add(zip(dy, y, |dy, y| dy * y));
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// e^x, see [`Exp`].
    pub fn exp(self) -> Var<'t, F> {
        self.tape().apply(Exp, [self])
    }
}

case!(Exp, |d| smooth(Exp, d.normal(&d.signal(), 0)).by_example());
