//! One training step (forward, backward, penalties, Adam) and prediction, at the report's batch of 400.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ndarray::Array2;
use tonegrad::autograd::Tape;
use tonegrad::nn::{Mode, Model, Sequential};
use tonegrad::ops::SoftmaxCrossEntropy;
use tonegrad::optim::{Adam, State};
use tonegrad::{Seed, Tensor, models};

const BATCH: usize = 400;

fn rows(n: usize) -> Array2<f32> {
    Array2::from_shape_fn((n, 518), |(i, j)| ((i * 31 + j * 17) % 23) as f32 * 0.1 - 1.0)
}

/// What [`tonegrad::train::Trainer`] does with each batch.
fn step(model: &mut Model<f32>, x: &Tensor<f32>, labels: &[usize], adam: &Adam, state: &mut State<f32>) -> f32 {
    let tape = Tape::new();
    let params: Vec<_> = model.params().iter().map(|p| tape.leaf(p.value.clone())).collect();
    let key = Seed(0).key("dropout").child(state.step as usize);
    let logits = model.forward(tape.constant(x.clone()), &params, Mode::Train(key));
    let penalties = model.params().iter().zip(&params).filter_map(|(param, var)| param.penalty.of(var));
    let loss = penalties.fold(logits.cross_entropy(SoftmaxCrossEntropy::new(labels)), |loss, p| &loss + &p);
    let value = loss.value().item();
    let gradients = tape.gradients(&loss);
    let gradients: Vec<_> = params.iter().map(|p| gradients.of(p)).collect();
    drop((params, loss));
    state.step(adam, 1e-3, model.params_mut(), &gradients);
    value
}

fn networks() -> [(&'static str, Sequential); 4] {
    [
        ("genre_cnn", models::genre_cnn(518, 16)),
        ("softmax", models::softmax_regression(518, 16)),
        ("mlp3", models::mlp3(518, 16)),
        ("mlp4", models::mlp4(518, 16)),
    ]
}

fn train_step(c: &mut Criterion) {
    let labels: Vec<usize> = (0..BATCH).map(|i| i % 16).collect();
    for (name, network) in networks() {
        let mut group = c.benchmark_group(format!("train_step/{name}"));
        group.sample_size(20).throughput(Throughput::Elements(BATCH as u64));
        let mut model = network.build::<f32>(Seed(0)).expect("the report's networks fit");
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
    let model = models::genre_cnn(518, 16).build::<f32>(Seed(0)).expect("the report's network fits");
    let mut group = c.benchmark_group("predict/genre_cnn");
    for n in [BATCH, 1] {
        let x = rows(n);
        group.sample_size(20).throughput(Throughput::Elements(n as u64));
        group.bench_function(BenchmarkId::from_parameter(n), |b| b.iter(|| model.predict(x.view())));
    }
    group.finish();
}

criterion_group!(benches, train_step, predict);
criterion_main!(benches);
