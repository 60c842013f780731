//! Exercise 14: softmax (chapter 5).

use tonegrad::Tensor;
use tonegrad::autograd::{Op, Slot};

/// p[i] = e^z[i] / Σ_j e^z[j], of one row z (n).
pub struct Softmax;

impl Op<f64, 1> for Softmax {
    /// p.
    type Saved = Tensor<f64>;

    fn forward(&self, [z]: [Tensor<f64>; 1]) -> (Tensor<f64>, Tensor<f64>) {
        let largest = z.as_slice().iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let powers: Vec<f64> = z.as_slice().iter().map(|z| (z - largest).exp()).collect();
        let sum: f64 = powers.iter().sum();
        let p = Tensor::new(z.shape(), powers.iter().map(|power| power / sum).collect());
        (p.clone(), p)
    }

    fn backward(&self, p: &Tensor<f64>, dp: Tensor<f64>, [dz]: &mut [Slot<f64>; 1]) {
        let mean: f64 = p.as_slice().iter().zip(dp.as_slice()).map(|(p, dp)| p * dp).sum();
        let back = p.as_slice().iter().zip(dp.as_slice()).map(|(p, dp)| p * (dp - mean));
        dz.add(Tensor::new(p.shape(), back.collect()));
    }
}
