//! Exercise 39: saliency (chapter 14): what a network looks at.

use tonegrad::Tensor;
use tonegrad::autograd::Tape;
use tonegrad::nn::{Mode, Model};

/// How the logit `class` of each example of a batch changes with each of its inputs: a tensor of the shape of `x`.
pub fn saliency(model: &Model<f64>, x: &Tensor<f64>, class: usize) -> Tensor<f64> {
    let tape = Tape::new();
    let params: Vec<_> = model.params().iter().map(|p| tape.constant(p.value.clone())).collect();
    let x = tape.leaf(x.clone());
    let logits = model.forward(x.clone(), &params, Mode::Eval);
    let classes = logits.shape()[1];
    let mut dy = Tensor::zeros(logits.shape());
    dy.as_mut_slice().iter_mut().skip(class).step_by(classes).for_each(|d| *d = 1.0);
    tape.backward(&logits, dy).of(&x)
}
