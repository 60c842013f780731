//! Powers with a real exponent.
//!
//! ```text
//! y = x^p        dx = p x^(p-1) dy
//! ```
//!
//! As in the standard library, a negative x has no such power unless p is an integer: NaN. The power 0 is 1 everywhere, and
//! its derivative is 0 everywhere, also at 0.

use super::elementwise::{map, zip};
use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};

/// x^p.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Powf {
    /// p.
    pub exponent: f64,
}

impl<F: Scalar> Op<F, 1> for Powf {
    /// The input.
    type Saved = Tensor<F>;

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, Tensor<F>) {
        let p = F::of(self.exponent);
        (map(x.clone(), |x| x.powf(p)), x)
    }

    fn backward(&self, x: &Tensor<F>, dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        let p = F::of(self.exponent);
        let slope = |x: F| if p == F::zero() { p } else { p * x.powf(p - F::one()) };
        dx.add(zip(dy, x, |dy, x| dy * slope(x)));
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// Each element to this power, see [`Powf`].
    pub fn powf(self, exponent: f64) -> Var<'t, F> {
        self.tape().apply(Powf { exponent }, [self])
    }
}

case!(Powf, |d| smooth(Powf { exponent: 3.0 * d.fraction - 1.0 }, d.positive(&d.signal(), 0)).by_example());
