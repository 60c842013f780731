//! Dropout, and the scale of what is left.

use tonegrad::Tensor;
use tonegrad::autograd::{Op, Slot};

pub struct Dropout {
    pub rate: f64,
    /// Whether each element is kept.
    pub kept: Vec<bool>,
}

impl Dropout {
    /// A diagonal matrix, which is its own transpose.
    fn mask(&self, mut x: Tensor<f64>) -> Tensor<f64> {
        for (x, &kept) in x.as_mut_slice().iter_mut().zip(&self.kept) {
            *x *= if kept { 1.0 / (1.0 - self.rate) } else { 0.0 };
        }
        x
    }
}

impl Op<f64, 1> for Dropout {
    /// Nothing: the choice is in the operation.
    type Saved = ();

    fn forward(&self, [x]: [Tensor<f64>; 1]) -> (Tensor<f64>, ()) {
        (self.mask(x), ())
    }

    fn backward(&self, (): &(), dy: Tensor<f64>, [dx]: &mut [Slot<f64>; 1]) {
        dx.add(self.mask(dy));
    }
}
