//! The natural logarithm.
//!
//! ```text
//! y = ln x        dx = dy / x
//! ```
//!
//! As in the standard library: -∞ at 0, NaN below.

use super::elementwise::{map, zip};
use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};

/// ln x.
#[derive(Clone, Copy, Debug)]
pub struct Ln;

impl<F: Scalar> Op<F, 1> for Ln {
    /// The input.
    type Saved = Tensor<F>;

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, Tensor<F>) {
        (map(x.clone(), F::ln), x)
    }

    fn backward(&self, x: &Tensor<F>, dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        dx.add(zip(dy, x, |dy, x| dy / x));
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// ln x, see [`Ln`].
    pub fn ln(self) -> Var<'t, F> {
        self.tape().apply(Ln, [self])
    }
}

case!(Ln, |d| smooth(Ln, d.positive(&d.signal(), 0)).by_example());
