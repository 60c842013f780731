//! Exercise 9: the other way round (chapter 3).
//!
//! The backward rule of broadcasting is a sum. So what is the backward rule of a mean?

use tonegrad::Tensor;
use tonegrad::autograd::{Op, Slot};

/// The mean of each row: y[i] = Σ_j x[i, j] / n, of x (m, n).
pub struct RowMean;

impl Op<f64, 1> for RowMean {
    /// m and n.
    type Saved = [usize; 2];

    fn forward(&self, [x]: [Tensor<f64>; 1]) -> (Tensor<f64>, [usize; 2]) {
        let (m, n) = (x.shape()[0], x.shape()[1]);
        (Tensor::new([m], x.as_slice().chunks(n).map(|row| row.iter().sum::<f64>() / n as f64).collect()), [m, n])
    }

    fn backward(&self, &[m, n]: &[usize; 2], dy: Tensor<f64>, [dx]: &mut [Slot<f64>; 1]) {
        todo!("every element of a row has the same share in its mean; dx has the shape (m, n)")
    }
}
