//! One training step: forward pass, loss, backpropagation, update. Read this first, and [`Model::gradients`] which it calls;
//! everything else in this room decorates it.

use super::objective::Objective;
use crate::nn::{Mode, Model, Param};
use crate::random::Key;
use crate::{Scalar, Tensor};

/// The loss of a training step and its number of correct rows, before the weights moved.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Step {
    /// The loss of the mini-batch, penalties included.
    pub loss: f64,
    /// Correct rows: those whose largest logit is that of their class; none where targets are numbers.
    pub correct: Option<usize>,
}

/// One step of gradient descent on a mini-batch: the forward pass, the loss, its gradients by backpropagation, and the
/// update.
///
/// `x` is (rows, the model's input), `loss` knows the target of each row, `key` decides what dropout drops. `update` gets the
/// parameters and the gradient of each, in the same order, and moves the ones by the others; it is not called where the loss is
/// not finite.
///
/// ```
/// use ndarray::array;
/// use tonegrad::nn::{Dense, Sequential};
/// use tonegrad::ops::SoftmaxCrossEntropy;
/// use tonegrad::optim::{Adam, State};
/// use tonegrad::{Seed, train::train_step};
///
/// let mut model = Sequential::new([1]).then(Dense::new(2)).build::<f32>(Seed(0))?;
/// let (adam, x) = (Adam::new(0.1), model.batch(array![[-1.0], [-0.5], [0.5], [1.0]].view()));
/// let mut state = State::new(&adam, model.params());
/// let mut losses = Vec::new();
/// for number in 0..100 {
///     let (loss, key) = (SoftmaxCrossEntropy::new([0, 0, 1, 1]), Seed(0).key("dropout").child(number));
///     let step = train_step(&mut model, x.clone(), loss, key, |params, gradients| {
///         state.step(&adam, 0.1, params, gradients);
///     });
///     losses.push(step.loss);
/// }
/// assert!(losses[99] < 0.1 * losses[0]);
/// # Ok::<(), tonegrad::Error>(())
/// ```
pub fn train_step<F: Scalar>(
    model: &mut Model<F>,
    x: Tensor<F>,
    loss: impl Into<Objective<F>>,
    key: Key,
    update: impl FnOnce(&mut [Param<F>], &mut [Tensor<F>]) + Send,
) -> Step {
    let objective = loss.into();
    // On a thread of the pool, the update too.
    rayon::scope(|_| {
        let mut correct = None;
        let mut gradients = model.gradients(x, Mode::Train(key), |outputs| {
            correct = objective.correct(outputs.value());
            objective.value(outputs)
        });
        if gradients.loss.is_finite() {
            model.set_state(std::mem::take(&mut gradients.state));
            update(model.params_mut(), &mut gradients.values);
        }
        Step { loss: gradients.loss, correct }
    })
}
