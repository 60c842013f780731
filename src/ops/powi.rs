//! Powers with an integer exponent, of either sign.
//!
//! ```text
//! y = x^n        dx = n x^(n-1) dy
//! ```
//!
//! The power 0 is 1 everywhere, and its derivative is 0 everywhere, also at 0.

use super::elementwise::{map, zip};
use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};

/// x^n.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Powi {
    /// n.
    pub exponent: i32,
}

impl<F: Scalar> Op<F, 1> for Powi {
    /// The input.
    type Saved = Tensor<F>;

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, Tensor<F>) {
        (map(x.clone(), |x| x.powi(self.exponent)), x)
    }

    fn backward(&self, x: &Tensor<F>, dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        let slope = |x: F| match self.exponent {
            0 => F::zero(),
            n => F::of(f64::from(n)) * x.powi(n.saturating_sub(1)),
        };
        dx.add(zip(dy, x, |dy, x| dy * slope(x)));
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// Each element to this power, see [`Powi`].
    pub fn powi(self, exponent: i32) -> Var<'t, F> {
        self.tape().apply(Powi { exponent }, [self])
    }
}

case!(Powi, |d| smooth(Powi { exponent: d.size as i32 - 3 }, d.nonzero(&d.signal(), 0)).by_example());
