//! One step: forward, backward, update.

use super::Trainer;
use crate::autograd::Tape;
use crate::nn::{Mode, Model};
use crate::ops::SoftmaxCrossEntropy;
use crate::optim::{State, clip_global_norm};
use crate::random::Key;
use crate::{Error, Scalar, Tensor};

impl<F: Scalar> Trainer<'_, F> {
    /// Forward, backward, update: the loss of the batch, and how many of its rows were told right. Weights do not move
    /// where the loss is not finite.
    pub(super) fn step(
        &self,
        model: &mut Model<F>,
        x: Tensor<F>,
        labels: &[usize],
        key: Key,
        learning_rate: f64,
        state: &mut State<F>,
    ) -> (f64, usize) {
        let (optimizer, clip_norm) = (&*self.optimizer, self.clip_norm);
        let cross_entropy = SoftmaxCrossEntropy {
            labels: labels.into(),
            class_weights: self.class_weights.clone(),
            smoothing: self.smoothing,
            reduction: self.reduction,
        };
        // On a thread of the pool: others join in at once, not anew for each operation.
        rayon::scope(|_| {
            let tape = Tape::new();
            let params: Vec<_> = model.params().iter().map(|p| tape.leaf(p.value.clone())).collect();
            let logits = model.forward(tape.constant(x), &params, Mode::Train(key));
            let right = told_right(logits.value(), labels);
            let penalties = model.params().iter().zip(&params).filter_map(|(param, var)| param.penalty.of(var));
            let loss = penalties.fold(logits.cross_entropy(cross_entropy), |loss, penalty| &loss + &penalty);
            let value = loss.value().item().as_f64();
            if value.is_finite() {
                let gradients = tape.gradients(&loss);
                let mut gradients: Vec<_> = params.iter().map(|p| gradients.of(p)).collect();
                // The tape's references to the weights go first, so that the step writes in place.
                drop((params, loss));
                if let Some(norm) = clip_norm {
                    clip_global_norm(&mut gradients, norm);
                }
                state.step(optimizer, learning_rate, model.params_mut(), &gradients);
            }
            (value, right)
        })
    }
}

/// How many rows have their largest logit at their label; of equal ones the first counts.
fn told_right<F: Scalar>(logits: &Tensor<F>, labels: &[usize]) -> usize {
    let largest = |row: &[F]| row.iter().enumerate().fold(0, |best, (i, v)| if *v > row[best] { i } else { best });
    let rows = logits.as_slice().chunks_exact(logits.shape()[1]);
    rows.zip(labels).filter(|&(row, &label)| largest(row) == label).count()
}

/// The error of a loss that is not finite: when, and the first layer whose output on this batch is not finite either.
pub(super) fn blame<F: Scalar>(when: &str, model: &Model<F>, batch: Tensor<F>, mode: Mode) -> Error {
    let culprit = model.first_non_finite(batch, mode);
    let culprit = culprit.unwrap_or_else(|| "loss or penalties: every layer's output is finite".into());
    Error::non_finite(format!("{when}, {culprit}"))
        .found("a loss that is not finite")
        .wanted("a finite one")
        .fix("lower the learning rate, clip the gradients, or standardise the features")
}
