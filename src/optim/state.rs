//! An optimiser's moments, and the step over all parameters.

use crate::nn::Param;
use crate::{Result, Scalar, Tensor};
use rayon::prelude::*;
use std::fmt::Debug;

/// An optimiser: an update rule that moves each weight by its gradient and by a few moments of its own. By what `Debug`
/// says of it, a checkpoint knows whether it is still the same.
pub trait Optimizer<F: Scalar>: Debug + Send + Sync {
    /// How many moments it keeps for each weight, zero at first: Adam two, momentum one, the velocity.
    fn moments(&self) -> usize;

    /// The learning rate before any schedule.
    fn learning_rate(&self) -> f64;

    /// Whether its other settings are in range. [`Trainer::fit`](crate::train::Trainer::fit) asks before it begins.
    ///
    /// # Errors
    /// The first setting that is not.
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// Moves weights `w` by their gradients `g`. `step` counts from 1; `moments` is a slice
    /// for each moment.
    fn update(&self, step: u64, learning_rate: f64, w: &mut [F], g: &[F], moments: &mut [&mut [F]]);
}

/// An optimiser's state: the number of steps, and for each parameter a tensor for each moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State<F: Scalar> {
    /// Steps done.
    pub step: u64,
    /// Moments by parameter, then by moment; a parameter that is not trained has none.
    pub moments: Vec<Vec<Tensor<F>>>,
}

/// Weights that one thread updates at a time.
const CHUNK: usize = 1 << 14;

impl<F: Scalar> State<F> {
    /// The state before the first step.
    pub fn new(rule: &dyn Optimizer<F>, params: &[Param<F>]) -> Self {
        let zeros = |p: &Param<F>| {
            let moments = if p.is_trained() { rule.moments() } else { 0 };
            (0..moments).map(|_| Tensor::zeros(p.value.shape())).collect()
        };
        State { step: 0, moments: params.iter().map(zeros).collect() }
    }

    /// One optimiser step: moves every parameter that is trained by its gradient.
    ///
    /// # Panics
    /// When gradients and parameters differ in number or shape; when one is trained that was not when the state began.
    pub fn step(
        &mut self,
        rule: &dyn Optimizer<F>,
        learning_rate: f64,
        params: &mut [Param<F>],
        gradients: &[Tensor<F>],
    ) {
        assert_eq!(params.len(), gradients.len(), "one gradient for each parameter");
        self.step += 1;
        let all = params.iter_mut().zip(gradients).zip(&mut self.moments);
        for ((param, g), moments) in all.filter(|((param, _), _)| param.is_trained()) {
            assert_eq!(
                moments.len(),
                rule.moments(),
                "{} was not trained when the state began; begin it anew",
                param.name
            );
            assert_eq!(param.value.shape(), g.shape(), "the gradient of {} has its shape", param.name);
            let mut by_chunk: Vec<Vec<&mut [F]>> = Vec::new();
            for moment in moments {
                for (i, chunk) in moment.as_mut_slice().chunks_mut(CHUNK).enumerate() {
                    if by_chunk.len() <= i {
                        by_chunk.push(Vec::new());
                    }
                    by_chunk[i].push(chunk);
                }
            }
            by_chunk.resize_with(g.len().div_ceil(CHUNK), Vec::new);
            let w = param.value.as_mut_slice().par_chunks_mut(CHUNK);
            w.zip(g.as_slice().par_chunks(CHUNK)).zip(by_chunk).for_each(|((w, g), mut moments)| {
                rule.update(self.step, learning_rate, w, g, &mut moments);
            });
        }
    }
}
