//! One training step (forward, backward, penalties, Adam) and prediction, at the paper's mini-batch size of 400.

mod common;

use common::{BATCH, networks, rows, step};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tonegrad::Seed;
use tonegrad::fma::networks;
use tonegrad::optim::{Adam, State};

fn train_step(c: &mut Criterion) {
    let labels: Vec<usize> = (0..BATCH).map(|i| i % 16).collect();
    for (name, network) in networks() {
        let mut group = c.benchmark_group(format!("train_step/{name}"));
        group.sample_size(20).throughput(Throughput::Elements(BATCH as u64));
        let mut model = network.build::<f32>(Seed(0)).expect("the paper's networks fit");
        let x = model.batch(rows(BATCH).view());
        let adam = Adam::new(1e-3);
        let mut state = State::new(&adam, model.params());
        group.bench_function(BenchmarkId::from_parameter(BATCH), |b| {
            b.iter(|| step(&mut model, &x, &labels, &adam, &mut state));
        });
        group.finish();
    }
}

fn predict(c: &mut Criterion) {
    let model = networks::genre_cnn(518, 16).build::<f32>(Seed(0)).expect("the paper's network fits");
    let mut group = c.benchmark_group("predict/genre_cnn");
    for n in [BATCH, 1] {
        let x = rows(n);
        group.sample_size(20).throughput(Throughput::Elements(n as u64));
        group.bench_function(BenchmarkId::from_parameter(n), |b| b.iter(|| model.predict(x.view())));
    }
    group.finish();
}

/// A row of a small network, on the thread that asks; and by way of the pool, as larger batches go.
fn serve(c: &mut Criterion) {
    let model = networks::mlp3(518, 16).build::<f32>(Seed(0)).expect("the network fits");
    let mut group = c.benchmark_group("serve/mlp3");
    let x = rows(1);
    group.bench_function("1 row", |b| b.iter(|| model.predict(x.view())));
    group.bench_function("1 row by way of the pool", |b| b.iter(|| rayon::scope(|_| model.predict(x.view()))));
    group.finish();
}

criterion_group!(benches, train_step, predict, serve);
criterion_main!(benches);
