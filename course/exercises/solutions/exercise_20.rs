//! Leaky ReLU's backward rule.

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

    fn backward(&self, x: &Tensor<f64>, mut dy: Tensor<f64>, [dx]: &mut [Slot<f64>; 1]) {
        for (g, x) in dy.as_mut_slice().iter_mut().zip(x.as_slice()) {
            *g *= if *x > 0.0 { 1.0 } else { self.slope };
        }
        dx.add(dy);
    }
}
