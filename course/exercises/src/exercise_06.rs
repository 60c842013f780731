//! Exercise 6: repair the logistic function (chapter 2).
//!
//! Its author remembered that the slope of the sigmoid can be written with its value alone, and saved the wrong thing, or
//! used the right thing wrongly. The check will tell you that it is wrong; you find out why.

use tonegrad::Tensor;
use tonegrad::autograd::{Op, Slot};

/// 1 / (1 + e^-x), element by element.
pub struct Logistic;

impl Op<f64, 1> for Logistic {
    type Saved = Tensor<f64>;

    fn forward(&self, [x]: [Tensor<f64>; 1]) -> (Tensor<f64>, Tensor<f64>) {
        let mut y = x.clone();
        y.as_mut_slice().iter_mut().for_each(|y| *y = 1.0 / (1.0 + (-*y).exp()));
        (y, x)
    }

    fn backward(&self, saved: &Tensor<f64>, mut dy: Tensor<f64>, [dx]: &mut [Slot<f64>; 1]) {
        dy.as_mut_slice().iter_mut().zip(saved.as_slice()).for_each(|(dy, s)| *dy *= s * (1.0 - s));
        dx.add(dy);
    }
}
