//! Exercise 7: a matrix times a vector (chapter 3).

use tonegrad::Tensor;
use tonegrad::autograd::{Op, Slot};

/// y = A·x: y[i] = Σ_k a[i, k] x[k], of A (m, n) and x (n).
pub struct MatVec;

impl Op<f64, 2> for MatVec {
    type Saved = [Tensor<f64>; 2];

    fn forward(&self, [a, x]: [Tensor<f64>; 2]) -> (Tensor<f64>, [Tensor<f64>; 2]) {
        let rows = a.as_slice().chunks(x.len());
        let y = rows.map(|row| row.iter().zip(x.as_slice()).map(|(a, x)| a * x).sum()).collect();
        (Tensor::new([a.shape()[0]], y), [a, x])
    }

    fn backward(&self, [a, x]: &[Tensor<f64>; 2], dy: Tensor<f64>, [da, dx]: &mut [Slot<f64>; 2]) {
        let n = x.len();
        let outer = dy.as_slice().iter().flat_map(|dy| x.as_slice().iter().map(move |x| dy * x));
        da.add(Tensor::new([dy.len(), n], outer.collect()));
        let mut back = vec![0.0; n];
        for (row, dy) in a.as_slice().chunks(n).zip(dy.as_slice()) {
            back.iter_mut().zip(row).for_each(|(back, a)| *back += a * dy);
        }
        dx.add(Tensor::new([n], back));
    }
}
