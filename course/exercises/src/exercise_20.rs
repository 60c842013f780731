//! Leaky ReLU's backward rule.
//!
//! ```text
//! y = x         where x > 0
//! y = slope·x   elsewhere
//! ```
//!
//! The forward rule is given, and saves its input. Write the backward rule: dx[i] is dy[i] times the slope of the piece that
//! x[i] lies on. At the kink itself, x = 0, the flatter side holds.

use tonegrad::Tensor;
use tonegrad::autograd::{Op, Slot};

pub struct LeakyRelu {
    pub slope: f64,
}

impl Op<f64, 1> for LeakyRelu {
    /// The input.
    type Saved = Tensor<f64>;

    fn forward(&self, [x]: [Tensor<f64>; 1]) -> (Tensor<f64>, Tensor<f64>) {
        let mut y = x.clone();
        y.as_mut_slice().iter_mut().filter(|y| **y <= 0.0).for_each(|y| *y *= self.slope);
        (y, x)
    }

    fn backward(&self, x: &Tensor<f64>, dy: Tensor<f64>, [dx]: &mut [Slot<f64>; 1]) {
        todo!("multiply each element of dy, then dx.add(...)")
    }
}
