//! Exercise 15: cross-entropy from logits (chapter 5).

use tonegrad::Tensor;
use tonegrad::autograd::{Op, Slot};

/// The mean over the rows of -ln p[row, its class], where p is the softmax of each row of the logits (m, n).
pub struct CrossEntropy {
    /// The class of each row.
    pub classes: Vec<usize>,
}

impl Op<f64, 1> for CrossEntropy {
    /// The probabilities (m, n).
    type Saved = Tensor<f64>;

    fn forward(&self, [logits]: [Tensor<f64>; 1]) -> (Tensor<f64>, Tensor<f64>) {
        let (mut p, n) = (logits.clone(), logits.shape()[1]);
        let mut loss = 0.0;
        for (row, &class) in p.as_mut_slice().chunks_mut(n).zip(&self.classes) {
            let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = row.iter().map(|z| (z - largest).exp()).sum();
            loss += largest + sum.ln() - row[class];
            row.iter_mut().for_each(|z| *z = (*z - largest).exp() / sum);
        }
        (Tensor::scalar(loss / self.classes.len() as f64), p)
    }

    fn backward(&self, p: &Tensor<f64>, dy: Tensor<f64>, [dz]: &mut [Slot<f64>; 1]) {
        let (mut back, n) = (p.clone(), p.shape()[1]);
        let share = dy.item() / self.classes.len() as f64;
        for (row, &class) in back.as_mut_slice().chunks_mut(n).zip(&self.classes) {
            row[class] -= 1.0;
            row.iter_mut().for_each(|z| *z *= share);
        }
        dz.add(back);
    }
}
