//! What several benchmarks measure.

use ndarray::Array2;
use tonegrad::autograd::Tape;
use tonegrad::fma::networks;
use tonegrad::nn::{Mode, Model, Sequential};
use tonegrad::ops::SoftmaxCrossEntropy;
use tonegrad::optim::{Adam, State};
use tonegrad::{Seed, Tensor};

/// The paper's mini-batch size.
pub const BATCH: usize = 400;

/// Feature rows of no meaning.
pub fn rows(n: usize) -> Array2<f32> {
    Array2::from_shape_fn((n, 518), |(i, j)| ((i * 31 + j * 17) % 23) as f32 * 0.1 - 1.0)
}

/// What [`tonegrad::train::Trainer`] does with each batch.
pub fn step(model: &mut Model<f32>, x: &Tensor<f32>, labels: &[usize], adam: &Adam, state: &mut State<f32>) -> f32 {
    let key = Seed(0).key("dropout").child(state.step as usize);
    rayon::scope(|_| {
        let tape = Tape::new();
        let params: Vec<_> = model.params().iter().map(|p| tape.leaf(p.value.clone())).collect();
        let logits = model.forward(tape.constant(x.clone()), &params, Mode::Train(key));
        let penalties = model.params().iter().zip(&params).filter_map(|(param, var)| param.penalty.of(var));
        let loss = penalties.fold(logits.cross_entropy(SoftmaxCrossEntropy::new(labels)), |loss, p| &loss + &p);
        let value = loss.value().item();
        let gradients = tape.gradients(&loss);
        let gradients: Vec<_> = params.iter().map(|p| gradients.of(p)).collect();
        drop((params, loss));
        state.step(adam, 1e-3, model.params_mut(), &gradients);
        value
    })
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
