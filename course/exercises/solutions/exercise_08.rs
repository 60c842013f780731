//! Exercise 8: a bias for every row (chapter 3).

use tonegrad::Tensor;
use tonegrad::autograd::{Op, Slot};

/// y[i, j] = x[i, j] + b[j], of x (m, n) and b (n).
pub struct AddBias;

impl Op<f64, 2> for AddBias {
    type Saved = ();

    fn forward(&self, [x, b]: [Tensor<f64>; 2]) -> (Tensor<f64>, ()) {
        let mut y = x;
        for row in y.as_mut_slice().chunks_mut(b.len()) {
            row.iter_mut().zip(b.as_slice()).for_each(|(y, b)| *y += b);
        }
        (y, ())
    }

    fn backward(&self, (): &(), dy: Tensor<f64>, [dx, db]: &mut [Slot<f64>; 2]) {
        let n = dy.shape()[1];
        let mut sums = vec![0.0; n];
        for row in dy.as_slice().chunks(n) {
            sums.iter_mut().zip(row).for_each(|(sum, dy)| *sum += dy);
        }
        db.add(Tensor::new([n], sums));
        dx.add(dy);
    }
}
