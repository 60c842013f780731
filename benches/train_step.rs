//! One training step (forward, backward, penalties, Adam) and prediction: the paper's networks at its mini-batch size of 400, and
//! two that learn from spectrograms.

mod common;

use common::{named, rows, step};
use divan::Bencher;
use divan::counter::ItemsCount;
use tonegrad::Seed;
use tonegrad::fma::networks;
use tonegrad::optim::{Adam, State};

fn main() {
    divan::main();
}

#[divan::bench(args = ["genre_cnn", "softmax", "mlp3", "mlp4", "spectrogram_a", "spectrogram_b"], sample_count = 20)]
fn train_step(bencher: Bencher, name: &str) {
    let (network, batch) = named(name);
    let mut model = network.build::<f32>(Seed(0)).expect("the network fits");
    let x = model.batch(rows(&network, batch).view());
    let labels: Vec<usize> = (0..batch).map(|i| i % model.output()[0]).collect();
    let adam = Adam::new(1e-3);
    let mut state = State::new(&adam, model.params());
    bencher.counter(ItemsCount::new(batch)).bench_local(|| step(&mut model, &x, &labels, &adam, &mut state));
}

#[divan::bench(args = ["genre_cnn", "spectrogram_a", "spectrogram_b"], sample_count = 20)]
fn predict(bencher: Bencher, name: &str) {
    let (network, batch) = named(name);
    let model = network.build::<f32>(Seed(0)).expect("the network fits");
    let x = rows(&network, batch);
    bencher.counter(ItemsCount::new(batch)).bench_local(|| model.predict(x.view()));
}

/// A row of the paper's network.
#[divan::bench]
fn predict_one(bencher: Bencher) {
    let network = networks::genre_cnn(518, 16);
    let model = network.build::<f32>(Seed(0)).expect("the paper's network fits");
    let x = rows(&network, 1);
    bencher.bench_local(|| model.predict(x.view()));
}

/// A row of a small network, on the thread that asks.
#[divan::bench]
fn serve(bencher: Bencher) {
    let network = networks::mlp3(518, 16);
    let model = network.build::<f32>(Seed(0)).expect("the network fits");
    let x = rows(&network, 1);
    bencher.bench_local(|| model.predict(x.view()));
}

/// The same by way of the pool, as larger batches go.
#[divan::bench]
fn serve_by_the_pool(bencher: Bencher) {
    let network = networks::mlp3(518, 16);
    let model = network.build::<f32>(Seed(0)).expect("the network fits");
    let x = rows(&network, 1);
    bencher.bench_local(|| rayon::scope(|_| model.predict(x.view())));
}
