//! Exercise 1: the cube (chapter 1).
//!
//! `forward` is done. Write `backward`: `dy` is the gradient of the loss with respect to y = x³, one number for each
//! element; the slot `dx` wants `dy` times the slope of x³ at x. `x` is what `forward` saved.

use tonegrad::Tensor;
use tonegrad::autograd::{Op, Slot};

/// x³, element by element.
pub struct Cube;

impl Op<f64, 1> for Cube {
    type Saved = Tensor<f64>;

    fn forward(&self, [x]: [Tensor<f64>; 1]) -> (Tensor<f64>, Tensor<f64>) {
        let mut y = x.clone();
        y.as_mut_slice().iter_mut().for_each(|y| *y = y.powi(3));
        (y, x)
    }

    fn backward(&self, x: &Tensor<f64>, mut dy: Tensor<f64>, [dx]: &mut [Slot<f64>; 1]) {
        todo!("multiply each element of dy by the slope at x, then dx.add(dy)")
    }
}
