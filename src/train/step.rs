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
        let tape = Tape::new();
        let params: Vec<_> = model.params().iter().map(|p| tape.leaf(p.value.clone())).collect();
        let logits = model.forward(tape.constant(x), &params, Mode::Train(key));
        let told_right = |(row, &label): (&[F], &usize)| {
            label == row.iter().enumerate().fold(0, |best, (i, v)| if *v > row[best] { i } else { best })
        };
        let classes = logits.shape()[1];
        let right = logits.value().as_slice().chunks_exact(classes).zip(labels).filter(|&row| told_right(row)).count();
        let cross_entropy = SoftmaxCrossEntropy {
            labels: labels.into(),
            class_weights: self.class_weights.clone(),
            smoothing: self.smoothing,
            reduction: self.reduction,
        };
        let penalties = model.params().iter().zip(&params).filter_map(|(param, var)| param.penalty.of(var));
        let loss = penalties.fold(logits.cross_entropy(cross_entropy), |loss, penalty| &loss + &penalty);
        let value = loss.value().item().as_f64();
        if value.is_finite() {
            let gradients = tape.gradients(&loss);
            let mut gradients: Vec<_> = params.iter().map(|p| gradients.of(p)).collect();
            // The tape's references to the weights go first, so that the step writes in place.
            drop((params, loss));
            if let Some(norm) = self.clip_norm {
                clip_global_norm(&mut gradients, norm);
            }
            state.step(&*self.optimizer, learning_rate, model.params_mut(), &gradients);
        }
        (value, right)
    }
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
