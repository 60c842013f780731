//! Exercise 39: saliency (chapter 14): what a network looks at.

use tonegrad::Tensor;
use tonegrad::autograd::Tape;
use tonegrad::nn::{Mode, Model};

/// How the logit `class` of each example of a batch changes with each of its inputs: a tensor of the shape of `x`.
pub fn saliency(model: &Model<f64>, x: &Tensor<f64>, class: usize) -> Tensor<f64> {
    let tape = Tape::new();
    let params: Vec<_> = model.params().iter().map(|p| tape.constant(p.value.clone())).collect();
    todo!("x enters as a leaf; Model::forward gives logits (n, classes); Tape::backward wants dy of that shape")
}
