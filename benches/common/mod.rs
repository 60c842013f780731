//! What several benchmarks measure.

use ndarray::Array2;
use tonegrad::fma::networks;
use tonegrad::nn::{Model, Sequential};
use tonegrad::ops::SoftmaxCrossEntropy;
use tonegrad::optim::{Adam, State};
use tonegrad::train::train_step;
use tonegrad::{Seed, Tensor};

/// The paper's mini-batch size.
pub const BATCH: usize = 400;

/// Feature rows of no meaning.
pub fn rows(n: usize) -> Array2<f32> {
    Array2::from_shape_fn((n, 518), |(i, j)| ((i * 31 + j * 17) % 23) as f32 * 0.1 - 1.0)
}

/// One training step, as [`tonegrad::train::Trainer`] does it with each mini-batch.
pub fn step(model: &mut Model<f32>, x: &Tensor<f32>, labels: &[usize], adam: &Adam, state: &mut State<f32>) -> f64 {
    let key = Seed(0).key("dropout").child(state.step as usize);
    let loss = SoftmaxCrossEntropy::new(labels);
    train_step(model, x.clone(), loss, key, |params, gradients| state.step(adam, 1e-3, params, gradients)).loss
}

/// The networks whose steps are compared.
pub fn networks() -> [(&'static str, Sequential); 4] {
    [
        ("genre_cnn", networks::genre_cnn(518, 16)),
        ("softmax", networks::softmax_regression(518, 16)),
        ("mlp3", networks::mlp3(518, 16)),
        ("mlp4", networks::mlp4(518, 16)),
    ]
}
