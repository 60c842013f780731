//! Softmax cross-entropy, the loss of a classifier: the negative log-likelihood of the true classes, straight from logits.
//!
//! For logits x (n, c), p = softmax(x) and targets t, row by row:
//!
//! ```text
//! loss = Σ_rows w · (- Σ_j t_j log p_j)        summed, or divided by n
//! t_j  = (1 - s) [j is the true class] + s/c    s: label smoothing
//! w    = the weight of the true class
//! ```
//!
//! As Σ_j t_j = 1, the derivative of -Σ_j t_j (x_j - log Σ_k e^(x_k)) is simply
//!
//! ```text
//! dx_j = w (p_j - t_j) · (1 or 1/n) · dy
//! ```
//!
//! Taking logits instead of probabilities is what keeps it finite: log p is a difference of moderate numbers even where
//! p itself underflows to 0. The mean divides by n, not by the sum of the weights, as in Keras.

use super::softmax::log_softmax_row;
use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};
use ndarray::Ix2;
use std::sync::Arc;

/// Whether the losses of the rows are averaged or summed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reduction {
    /// Divided by the number of rows.
    #[default]
    Mean,
    /// Summed over the rows.
    Sum,
}

/// Logits (n, c) to a single number.
///
/// ```
/// use tonegrad::{Tensor, autograd::Tape, ops::SoftmaxCrossEntropy};
/// let tape = Tape::new();
/// let logits = tape.leaf(Tensor::new([1, 2], vec![0.0, 0.0]));
/// let loss = logits.clone().cross_entropy(SoftmaxCrossEntropy::new([1]));
/// assert_eq!(loss.value().item(), f64::ln(2.0));
/// assert_eq!(tape.gradients(&loss).of(&logits).as_slice(), [0.5, -0.5]);
/// ```
#[derive(Clone, Debug)]
pub struct SoftmaxCrossEntropy {
    /// The true class of each row.
    pub labels: Arc<[usize]>,
    /// A weight for each class; 1 where there are none.
    pub class_weights: Option<Arc<[f64]>>,
    /// The share of each target that is spread evenly over all classes, 0 to 1.
    pub smoothing: f64,
    /// Mean or sum.
    pub reduction: Reduction,
}

impl SoftmaxCrossEntropy {
    /// The mean loss, without weights or smoothing.
    pub fn new(labels: impl Into<Arc<[usize]>>) -> Self {
        SoftmaxCrossEntropy { labels: labels.into(), class_weights: None, smoothing: 0.0, reduction: Reduction::Mean }
    }

    /// w·(1 or 1/n) for each row.
    fn row_weights<F: Scalar>(&self) -> impl Iterator<Item = F> {
        let scale = match self.reduction {
            Reduction::Mean => 1.0 / self.labels.len().max(1) as f64,
            Reduction::Sum => 1.0,
        };
        let weight = move |&label: &usize| self.class_weights.as_ref().map_or(1.0, |w| w[label]);
        self.labels.iter().map(move |label| F::of(scale * weight(label)))
    }
}

impl<F: Scalar> Op<F, 1> for SoftmaxCrossEntropy {
    /// log p.
    type Saved = Tensor<F>;

    fn forward(&self, [mut x]: [Tensor<F>; 1]) -> (Tensor<F>, Tensor<F>) {
        let (n, c) = x.operand::<Ix2>("cross_entropy: logits", "(rows, classes)").dim();
        assert_eq!(self.labels.len(), n, "cross_entropy: {} labels for {n} rows of logits", self.labels.len());
        let (hard, soft) = (F::of(1.0 - self.smoothing), F::of(self.smoothing / c as f64));
        let mut loss = F::zero();
        for ((row, &label), weight) in
            x.as_mut_slice().chunks_exact_mut(c).zip(&*self.labels).zip(self.row_weights::<F>())
        {
            assert!(label < c, "cross_entropy: label {label} for {c} classes, wanted one below {c}");
            log_softmax_row(row);
            let mut nll = -hard * row[label];
            if self.smoothing > 0.0 {
                nll -= soft * row.iter().copied().sum();
            }
            loss += weight * nll;
        }
        (Tensor::scalar(loss), x)
    }

    fn backward(&self, log_p: &Tensor<F>, dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        let c = log_p.shape()[1];
        let (hard, soft) = (F::of(1.0 - self.smoothing), F::of(self.smoothing / c as f64));
        let mut d = log_p.clone();
        for ((row, &label), weight) in
            d.as_mut_slice().chunks_exact_mut(c).zip(&*self.labels).zip(self.row_weights::<F>())
        {
            let weight = weight * dy.item();
            row.iter_mut().for_each(|x| *x = weight * (x.exp() - soft));
            row[label] -= weight * hard;
        }
        dx.add(d);
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// The loss of these logits, see [`SoftmaxCrossEntropy`].
    pub fn cross_entropy(self, op: SoftmaxCrossEntropy) -> Var<'t, F> {
        self.tape().apply(op, [self])
    }
}

case!(SoftmaxCrossEntropy, |d| {
    let classes = d.outputs;
    let [weighted, smoothed, summed] = d.switches;
    let op = SoftmaxCrossEntropy {
        labels: (0..d.length).map(|i| (i * 7 + (d.seed >> 32) as usize) % classes).collect(),
        class_weights: weighted.then(|| (0..classes).map(|c| 0.3 + c as f64).collect()),
        smoothing: if smoothed { d.fraction } else { 0.0 },
        reduction: if summed { Reduction::Sum } else { Reduction::Mean },
    };
    smooth(op, d.normal(&[d.length, classes], 0))
});
