//! Dropout, and the scale of what is left.
//!
//! While training, an element is dropped (set to 0) with probability `rate`. The survivors are scaled so that the expected
//! output is the input, and inference needs no correction. By what factor? Write both rules; the random choice has
//! been made already.

use tonegrad::Tensor;
use tonegrad::autograd::{Op, Slot};

pub struct Dropout {
    pub rate: f64,
    /// Whether each element is kept.
    pub kept: Vec<bool>,
}

impl Op<f64, 1> for Dropout {
    /// Nothing: the choice is in the operation.
    type Saved = ();

    fn forward(&self, [x]: [Tensor<f64>; 1]) -> (Tensor<f64>, ()) {
        todo!("0 where dropped, scaled where kept")
    }

    fn backward(&self, (): &(), dy: Tensor<f64>, [dx]: &mut [Slot<f64>; 1]) {
        todo!("forward is linear in x: what is its transpose?")
    }
}
