//! One training step: forward pass, loss, backpropagation, update. Read this first; everything else in this room
//! decorates it.

use crate::autograd::Tape;
use crate::nn::{Mode, Model, Param};
use crate::ops::SoftmaxCrossEntropy;
use crate::random::Key;
use crate::{Scalar, Tensor};

/// The loss of a training step and its number of correct rows, before the weights moved.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Step {
    /// The loss of the mini-batch, penalties included.
    pub loss: f64,
    /// Correct rows: those whose largest logit is that of their class.
    pub correct: usize,
}

/// One step of gradient descent on a mini-batch: the forward pass, the loss, its gradients by backpropagation, and the
/// update.
///
/// `x` is (rows, the model's input), `loss` knows the class of each row, `key` decides what dropout drops. `update` gets the
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
    loss: SoftmaxCrossEntropy,
    key: Key,
    update: impl FnOnce(&mut [Param<F>], &mut [Tensor<F>]) + Send,
) -> Step {
    // On a thread of the pool: others join in at once, not anew for each operation.
    rayon::scope(|_| {
        let tape = Tape::new();
        let params: Vec<_> = model.params().iter().map(|p| tape.leaf(p.value.clone())).collect();

        let logits = model.forward(tape.constant(x), &params, Mode::Train(key));
        let correct = correct(logits.value(), &loss.labels);
        let penalties = model.params().iter().zip(&params).filter_map(|(param, var)| param.penalty.of(var));
        let loss = penalties.fold(logits.cross_entropy(loss), |loss, penalty| &loss + &penalty);

        let step = Step { loss: loss.value().item().as_f64(), correct };
        if step.loss.is_finite() {
            let gradients = tape.gradients(&loss);
            let mut gradients: Vec<_> = params.iter().map(|p| gradients.of(p)).collect();
            // The tape's references to the weights go first, so that the update writes in place.
            drop((params, loss));
            update(model.params_mut(), &mut gradients);
        }
        step
    })
}

/// How many rows are classified correctly: their largest logit, of equal ones the first, is that of their label.
fn correct<F: Scalar>(logits: &Tensor<F>, labels: &[usize]) -> usize {
    let largest = |row: &[F]| row.iter().enumerate().fold(0, |best, (i, v)| if *v > row[best] { i } else { best });
    let rows = logits.as_slice().chunks_exact(logits.shape()[1]);
    rows.zip(labels).filter(|&(row, &label)| largest(row) == label).count()
}
