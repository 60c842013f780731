//! Exercise 10: the squared error (chapter 4).

use tonegrad::Tensor;
use tonegrad::autograd::{Op, Slot};

/// The mean of (p - t)² over all elements of the predictions p and the targets t: a single number.
pub struct SquaredError;

impl Op<f64, 2> for SquaredError {
    /// p - t.
    type Saved = Tensor<f64>;

    fn forward(&self, [p, t]: [Tensor<f64>; 2]) -> (Tensor<f64>, Tensor<f64>) {
        let mut error = p;
        error.as_mut_slice().iter_mut().zip(t.as_slice()).for_each(|(e, t)| *e -= t);
        let sum: f64 = error.as_slice().iter().map(|e| e * e).sum();
        (Tensor::scalar(sum / error.len() as f64), error)
    }

    fn backward(&self, error: &Tensor<f64>, dy: Tensor<f64>, [dp, dt]: &mut [Slot<f64>; 2]) {
        todo!("dy.item() is a single number, dp and dt have the shape of the error")
    }
}
