//! What several benchmarks measure.

use ndarray::Array2;
use tonegrad::fma::{networks, spectrograms};
use tonegrad::nn::{Model, Sequential};
use tonegrad::ops::SoftmaxCrossEntropy;
use tonegrad::optim::{Adam, State};
use tonegrad::train::train_step;
use tonegrad::{Seed, Tensor};

/// The paper's mini-batch size.
const BATCH: usize = 400;

/// Examples of no meaning for this network, a row each.
pub fn rows(network: &Sequential, n: usize) -> Array2<f32> {
    let len = network.input().iter().product();
    Array2::from_shape_fn((n, len), |(i, j)| ((i * 31 + j * 17) % 23) as f32 * 0.1 - 1.0)
}

/// One training step, as [`tonegrad::train::Trainer`] does it with each mini-batch.
pub fn step(model: &mut Model<f32>, x: &Tensor<f32>, labels: &[usize], adam: &Adam, state: &mut State<f32>) -> f64 {
    let key = Seed(0).key("dropout").child(state.step as usize);
    let loss = SoftmaxCrossEntropy::new(labels);
    train_step(model, x.clone(), loss, key, |params, gradients| state.step(adam, 1e-3, params, gradients)).loss
}

/// The networks whose steps are compared, each with its mini-batch size.
pub fn networks() -> [(&'static str, Sequential, usize); 6] {
    [
        ("genre_cnn", networks::genre_cnn(518, 16), BATCH),
        ("softmax", networks::softmax_regression(518, 16), BATCH),
        ("mlp3", networks::mlp3(518, 16), BATCH),
        ("mlp4", networks::mlp4(518, 16), BATCH),
        ("spectrogram_a", spectrograms::witt([100, 100, 1], 5), 64),
        ("spectrogram_b", spectrograms::nahue([128, 259, 1], 10), 32),
    ]
}

/// The network of that name, and its mini-batch size.
pub fn named(name: &str) -> (Sequential, usize) {
    let (_, network, batch) = networks().into_iter().find(|(known, ..)| *known == name).expect("one of the networks");
    (network, batch)
}
