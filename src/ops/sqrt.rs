//! The square root.
//!
//! ```text
//! y = √x        dx = dy / 2y
//! ```
//!
//! Its slope at 0 is infinite: add a small number to x where x may be 0.

use super::elementwise::{map, zip};
use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};

/// √x.
#[derive(Clone, Copy, Debug)]
pub struct Sqrt;

impl<F: Scalar> Op<F, 1> for Sqrt {
    /// The output.
    type Saved = Tensor<F>;

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, Tensor<F>) {
        let y = map(x, F::sqrt);
        (y.clone(), y)
    }

    fn backward(&self, y: &Tensor<F>, dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        dx.add(zip(dy, y, |dy, y| dy / (y + y)));
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// √x, see [`Sqrt`].
    pub fn sqrt(self) -> Var<'t, F> {
        self.tape().apply(Sqrt, [self])
    }
}

case!(Sqrt, |d| smooth(Sqrt, d.positive(&d.signal(), 0)).by_example());
