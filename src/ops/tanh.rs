//! The hyperbolic tangent: from -1 to 1.
//!
//! ```text
//! y = tanh x        dx = (1 - y²) dy
//! ```

use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};

/// tanh x.
#[derive(Clone, Copy, Debug)]
pub struct Tanh;

impl<F: Scalar> Op<F, 1> for Tanh {
    /// The output.
    type Saved = Tensor<F>;

    fn forward(&self, [mut x]: [Tensor<F>; 1]) -> (Tensor<F>, Tensor<F>) {
        x.as_mut_slice().iter_mut().for_each(|x| *x = x.tanh());
        (x.clone(), x)
    }

    fn backward(&self, y: &Tensor<F>, mut dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        dy.as_mut_slice().iter_mut().zip(y.as_slice()).for_each(|(dy, &y)| *dy *= F::one() - y * y);
        dx.add(dy);
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// tanh x, see [`Tanh`].
    pub fn tanh(self) -> Var<'t, F> {
        self.tape().apply(Tanh, [self])
    }
}

case!(Tanh, |d| smooth(Tanh, d.normal(&d.signal(), 0)).by_example());
