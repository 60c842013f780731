//! Max pooling, and what it does with ties.

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
        let mut gradient = Tensor::zeros([x.len()]);
        let windows = x.as_slice().chunks_exact(self.size).zip(gradient.as_mut_slice().chunks_exact_mut(self.size));
        for ((window, gradient), &dy) in windows.zip(dy.as_slice()) {
            // `>` keeps the first of equals.
            let winner = (1..self.size).fold(0, |best, i| if window[i] > window[best] { i } else { best });
            gradient[winner] = dy;
        }
        dx.add(gradient);
    }
}
