//! What an observer of the training loop sees of each step: parameters and gradients.

use crate::nn::Param;
use crate::{Result, Scalar, Tensor};

/// A step that is about to be taken.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct StepView<'s, F: Scalar> {
    /// The epoch, counted from 1.
    pub epoch: usize,
    /// The mini-batch in it, counted from 1.
    pub batch: usize,
    /// The learning rate of the step.
    pub learning_rate: f64,
    /// The parameters, not moved yet.
    pub params: &'s [Param<F>],
    /// The gradient of each, as backpropagation gave it: not clipped yet.
    pub gradients: &'s [Tensor<F>],
}

/// What is told of each step. It is called on a thread of the pool.
pub(super) type Observer<'a, F> = Box<dyn FnMut(&StepView<F>) -> Result<()> + Send + 'a>;
