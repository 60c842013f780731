//! One training step (forward, backward, penalties, Adam) and prediction, at the paper's mini-batch size of 400.

mod common;

use common::{BATCH, networks, rows, step};
use divan::Bencher;
use divan::counter::ItemsCount;
use tonegrad::Seed;
use tonegrad::fma::networks;
use tonegrad::optim::{Adam, State};

fn main() {
    divan::main();
}

#[divan::bench(args = ["genre_cnn", "softmax", "mlp3", "mlp4"], sample_count = 20)]
fn train_step(bencher: Bencher, name: &str) {
    let (_, network) = networks().into_iter().find(|(known, _)| *known == name).expect("one of the networks");
    let mut model = network.build::<f32>(Seed(0)).expect("the paper's networks fit");
    let x = model.batch(rows(BATCH).view());
    let labels: Vec<usize> = (0..BATCH).map(|i| i % 16).collect();
    let adam = Adam::new(1e-3);
    let mut state = State::new(&adam, model.params());
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| step(&mut model, &x, &labels, &adam, &mut state));
}

#[divan::bench(args = [BATCH, 1], sample_count = 20)]
fn predict(bencher: Bencher, n: usize) {
    let model = networks::genre_cnn(518, 16).build::<f32>(Seed(0)).expect("the paper's network fits");
    let x = rows(n);
    bencher.counter(ItemsCount::new(n)).bench_local(|| model.predict(x.view()));
}

/// A row of a small network, on the thread that asks.
#[divan::bench]
fn serve(bencher: Bencher) {
    let model = networks::mlp3(518, 16).build::<f32>(Seed(0)).expect("the network fits");
    let x = rows(1);
    bencher.bench_local(|| model.predict(x.view()));
}

/// The same by way of the pool, as larger batches go.
#[divan::bench]
fn serve_by_the_pool(bencher: Bencher) {
    let model = networks::mlp3(518, 16).build::<f32>(Seed(0)).expect("the network fits");
    let x = rows(1);
    bencher.bench_local(|| rayon::scope(|_| model.predict(x.view())));
}
