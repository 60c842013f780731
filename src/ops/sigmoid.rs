//! The sigmoid, or logistic function: from 0 to 1.
//!
//! ```text
//! y = 1 / (1 + e^-x)        dx = y (1 - y) dy
//! ```
//!
//! e^-x overflows for very negative x, harmlessly: 1 / (1 + ∞) is 0.

use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};

/// 1 / (1 + e^-x).
#[derive(Clone, Copy, Debug)]
pub struct Sigmoid;

impl<F: Scalar> Op<F, 1> for Sigmoid {
    /// The output.
    type Saved = Tensor<F>;

    fn forward(&self, [mut x]: [Tensor<F>; 1]) -> (Tensor<F>, Tensor<F>) {
        x.as_mut_slice().iter_mut().for_each(|x| *x = (F::one() + (-*x).exp()).recip());
        (x.clone(), x)
    }

    fn backward(&self, y: &Tensor<F>, mut dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        dy.as_mut_slice().iter_mut().zip(y.as_slice()).for_each(|(dy, &y)| *dy *= y * (F::one() - y));
        dx.add(dy);
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// 1 / (1 + e^-x), see [`Sigmoid`].
    pub fn sigmoid(self) -> Var<'t, F> {
        self.tape().apply(Sigmoid, [self])
    }
}

case!(Sigmoid, |d| smooth(Sigmoid, d.normal(&d.signal(), 0)).by_example());
