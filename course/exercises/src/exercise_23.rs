//! Max pooling, and what it does with ties.
//!
//! Each window of `size` neighbours, without overlap, gives its largest element. The gradient of an output belongs to the
//! element that won, and to no other. Where several are equal, the first of them has won: not all of them, which would
//! count the gradient twice, and not half to each, which is another operation's rule.
//!
//! The forward rule is given, and saves its input. Write the backward rule.

use tonegrad::Tensor;
use tonegrad::autograd::{Op, Slot};

/// A vector to a vector; what is left over after the last whole window is dropped.
pub struct MaxPool {
    pub size: usize,
}

impl Op<f64, 1> for MaxPool {
    /// The input.
    type Saved = Tensor<f64>;

    fn forward(&self, [x]: [Tensor<f64>; 1]) -> (Tensor<f64>, Tensor<f64>) {
        let windows = x.as_slice().chunks_exact(self.size);
        let y: Vec<f64> = windows.map(|window| window.iter().copied().fold(f64::NEG_INFINITY, f64::max)).collect();
        (Tensor::new([y.len()], y), x)
    }

    fn backward(&self, x: &Tensor<f64>, dy: Tensor<f64>, [dx]: &mut [Slot<f64>; 1]) {
        todo!("zeros, but for one element of each window")
    }
}
