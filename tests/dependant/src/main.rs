//! The genre CNN's training step in a program that depends on tonegrad: the fastest of several, in seconds, on standard output.
//!
//! ```sh
//! cd tests/dependant
//! cargo run && cargo run --release      # a debug build may take up to twice as long as a release build
//! ```

use std::time::Instant;
use tonegrad::ops::SoftmaxCrossEntropy;
use tonegrad::optim::{Adam, State};
use tonegrad::prelude::*;

const BATCH: usize = 400;

/// `fma::networks::genre_cnn(518, 16)`, without the feature `fma`.
fn genre_cnn() -> Sequential {
    Sequential::new([518, 1])
        .then(Conv1d::new(32, 3).same().relu())
        .then(MaxPool1d::new(2))
        .then(Conv1d::new(64, 3).relu())
        .then(Dropout::new(0.5))
        .then(Conv1d::new(128, 5).relu())
        .then(MaxPool1d::new(2))
        .then(Dropout::new(0.6))
        .then(Flatten {})
        .then(Dense::new(128).relu().l2(1e-4))
        .then(Dense::new(64).relu().l2(1e-4))
        .then(Dense::new(32).relu().l2(1e-4))
        .then(Dense::new(16).l2(1e-4))
}

fn main() -> Result<()> {
    let mut model = genre_cnn().build::<f32>(Seed(0))?;
    let rows =
        tonegrad::ndarray::Array2::from_shape_fn((BATCH, 518), |(i, j)| ((i * 31 + j * 17) % 23) as f32 * 0.1 - 1.0);
    let labels: Vec<usize> = (0..BATCH).map(|i| i % 16).collect();
    let adam = Adam::new(1e-3);
    let mut state = State::new(&adam, model.params());
    let steps = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(8);
    let mut fastest = f64::INFINITY;
    for number in 0..steps {
        let began = Instant::now();
        let x = model.batch(rows.view());
        let (loss, key) = (SoftmaxCrossEntropy::new(&labels[..]), Seed(0).key("dropout").child(number));
        train_step(&mut model, x, loss, key, |params, gradients| state.step(&adam, 1e-3, params, gradients));
        fastest = fastest.min(began.elapsed().as_secs_f64());
    }
    println!("{fastest:.4}");
    Ok(())
}
