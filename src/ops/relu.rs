//! ReLU and its kin: activations of linear pieces, joined at kinks.
//!
//! ```text
//! ReLU       max(x, 0)              dx = dy where x > 0, else 0
//! ReLU6      min(max(x, 0), 6)      dx = dy where 0 < x < 6, else 0
//! leaky      x, or a·x below 0      dx = dy where x > 0, else a·dy
//! ```
//!
//! Each is a function of one element, written out in its forward rule, without a branch so that a loop over it becomes vectors:
//! what becomes of x, and whether x is *active*, that is on the piece of slope 1. The backward rule needs no more than that
//! mask, a byte for each element. At a kink the slope of the flatter side holds, as in Keras and PyTorch. NaN stays NaN: it
//! must be found where it arose.

use crate::autograd::{Op, Slot, Var};
use crate::buffer::Buffer;
use crate::isa::vectorized;
use crate::{Scalar, Tensor};

/// max(x, 0): Nair and Hinton 2010.
#[derive(Clone, Copy, Debug)]
pub struct Relu;

impl<F: Scalar> Op<F, 1> for Relu {
    type Saved = Mask;

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, Mask) {
        activate(x, |x| {
            let below = x <= F::zero();
            (if below { F::zero() } else { x }, !below)
        })
    }

    fn backward(&self, active: &Mask, dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        dx.add(slopes(dy, active, F::zero()));
    }
}

/// min(max(x, 0), 6).
#[derive(Clone, Copy, Debug)]
pub struct Relu6;

impl<F: Scalar> Op<F, 1> for Relu6 {
    type Saved = Mask;

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, Mask) {
        let six = F::of(6.0);
        activate(x, |x| {
            let (below, above) = (x <= F::zero(), x >= six);
            let inside = if above { six } else { x };
            (if below { F::zero() } else { inside }, !(below | above))
        })
    }

    fn backward(&self, active: &Mask, dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        dx.add(slopes(dy, active, F::zero()));
    }
}

/// x, or `slope`·x where x is below 0.
#[derive(Clone, Copy, Debug)]
pub struct LeakyRelu {
    /// The slope below 0; 0.3 in Keras, 0.01 in PyTorch.
    pub slope: f64,
}

impl<F: Scalar> Op<F, 1> for LeakyRelu {
    type Saved = Mask;

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, Mask) {
        let slope = F::of(self.slope);
        activate(x, |x| {
            let below = x <= F::zero();
            (if below { slope * x } else { x }, !below)
        })
    }

    fn backward(&self, active: &Mask, dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        dx.add(slopes(dy, active, F::of(self.slope)));
    }
}

/// For each element 1 where it was active, 0 elsewhere.
type Mask = Buffer<u8>;

/// Applies an activation in place, and notes which elements are active.
fn activate<F: Scalar>(mut x: Tensor<F>, activation: impl Fn(F) -> (F, bool)) -> (Tensor<F>, Mask) {
    let mut mask = Buffer::scratch(x.len());
    activate_all(x.as_mut_slice(), &mut mask, activation);
    (x, mask)
}

/// Multiplies by the slope of each element's piece: 1 where it was active, `inactive` elsewhere.
fn slopes<F: Scalar>(mut dy: Tensor<F>, mask: &Mask, inactive: F) -> Tensor<F> {
    multiply_inactive(dy.as_mut_slice(), mask, inactive);
    dy
}

vectorized! {
    fn activate_all<F: Scalar>(x: &mut [F], mask: &mut [u8], activation: impl Fn(F) -> (F, bool)) {
        for (x, mask) in x.iter_mut().zip(mask) {
            let (y, active) = activation(*x);
            *mask = u8::from(active);
            *x = y;
        }
    }
}

vectorized! {
    fn multiply_inactive<F: Scalar>(dy: &mut [F], mask: &[u8], inactive: F) {
        for (dy, &active) in dy.iter_mut().zip(mask) {
            *dy = if active != 0 { *dy } else { inactive * *dy };
        }
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// max(x, 0), see [`Relu`].
    pub fn relu(self) -> Var<'t, F> {
        self.tape().apply(Relu, [self])
    }

    /// min(max(x, 0), 6), see [`Relu6`].
    pub fn relu6(self) -> Var<'t, F> {
        self.tape().apply(Relu6, [self])
    }

    /// x, or `slope`·x below 0, see [`LeakyRelu`].
    pub fn leaky_relu(self, slope: f64) -> Var<'t, F> {
        self.tape().apply(LeakyRelu { slope }, [self])
    }
}

case!(Relu, |d| piecewise_linear(Relu, &d.signal(), d.seed).by_example());
case!(Relu6, |d| piecewise_linear(Relu6, &d.signal(), d.seed).by_example());
case!(LeakyRelu, |d| piecewise_linear(LeakyRelu { slope: d.fraction }, &d.signal(), d.seed).by_example());
