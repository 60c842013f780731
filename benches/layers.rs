//! Steps of networks with batch normalisation and with a recurrent layer, and their parts: `cargo bench --bench layers` prints the
//! fastest of some hundred (milliseconds), each on one thread and on all.

#[allow(dead_code, reason = "other benchmarks use more of it")]
mod common;

use common::step;
use std::time::Instant;
use tonegrad::autograd::Tape;
use tonegrad::autograd::gradcheck::normal;
use tonegrad::nn::{Activation, BatchNorm, Dense, Gru, Sequential};
use tonegrad::optim::{Adam, State};
use tonegrad::{Seed, Tensor, ops};

fn single(shape: &[usize], seed: u64) -> Tensor<f32> {
    Tensor::new(shape, normal(shape, seed).as_slice().iter().map(|&x| x as f32).collect())
}

/// The fastest run of some, in milliseconds.
fn fastest(runs: usize, mut work: impl FnMut()) -> f64 {
    let run = |_| {
        let began = Instant::now();
        work();
        began.elapsed().as_secs_f64() * 1e3
    };
    (0..runs).map(run).fold(f64::INFINITY, f64::min)
}

/// A step of training: forward pass, backpropagation, Adam.
fn training(network: &Sequential, batch: usize, runs: usize) -> f64 {
    let mut model = network.build::<f32>(Seed(0)).expect("the network fits");
    let x = single(&[&[batch], model.input()].concat(), 1);
    let labels: Vec<usize> = (0..batch).map(|i| i % 16).collect();
    let adam = Adam::new(1e-3);
    let mut state = State::new(&adam, model.params());
    fastest(runs, || assert!(step(&mut model, &x, &labels, &adam, &mut state).is_finite()))
}

fn hidden(normalised: bool) -> Sequential {
    let layer = |network: Sequential| match normalised {
        true => network.then(Dense::new(256)).then(BatchNorm::new()).then(Activation::Relu),
        false => network.then(Dense::new(256).relu()),
    };
    layer(layer(layer(Sequential::new([518])))).then(Dense::new(16))
}

/// The operations alone, forwards and backwards.
fn batch_norm(runs: usize) -> f64 {
    let [x, gamma, beta] = [single(&[400, 256], 1), single(&[256], 2), single(&[256], 3)];
    let dy = single(&[400, 256], 4);
    fastest(runs, || {
        let tape = Tape::new();
        let [x, gamma, beta] = [&x, &gamma, &beta].map(|value| tape.leaf(value.clone()));
        let (y, _) = x.batch_norm(ops::BatchNorm { epsilon: 1e-3 }, gamma, beta);
        tape.backward(&y, dy.clone());
    })
}

fn main() {
    let recurrent = Sequential::new([74, 7]).then(Gru::new(64)).then(Dense::new(16));
    println!("{:<44}{:>9}{:>9}", "ms", "1 thread", "all");
    let row = |name: &str, work: &(dyn Fn() -> f64 + Sync)| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread can be started");
        println!("{name:<44}{:>9.2}{:>9.2}", pool.install(work), work());
    };
    row("518-256-256-256-16, batch 400", &|| training(&hidden(false), 400, 100));
    row("the same with batch normalisation", &|| training(&hidden(true), 400, 100));
    row("GRU(64) on 74 x 7, 16 classes, batch 256", &|| training(&recurrent, 256, 60));
    row("batch normalisation of 400 x 256 alone", &|| batch_norm(300));
}
