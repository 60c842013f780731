//! What a training step does besides matrix products, on one thread: loops over contiguous elements.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tonegrad::autograd::{Op, Slot};
use tonegrad::nn::Param;
use tonegrad::ops::{Dropout, MaxPool1d, Padding, Relu};
use tonegrad::optim::{Adam, State};
use tonegrad::{Seed, Tensor};

/// The genre CNN's largest signal: what its third convolution gives for one track.
const SIGNAL: [usize; 3] = [1, 253, 128];

fn elements(shape: &[usize]) -> Tensor<f32> {
    let len = shape.iter().product();
    Tensor::new(shape, (0..len).map(|i| ((i * 31) % 23) as f32 * 0.1 - 1.0).collect())
}

fn forward_and_backward(c: &mut Criterion, name: &str, op: &impl Op<f32, 1>) {
    let mut group = c.benchmark_group("kernels");
    group.throughput(Throughput::Elements(SIGNAL.iter().product::<usize>() as u64));
    let x = elements(&SIGNAL);
    group.bench_function(format!("{name}_forward"), |b| b.iter(|| op.forward([x.clone()])));
    let (y, saved) = op.forward([x.clone()]);
    group.bench_function(format!("{name}_backward"), |b| {
        b.iter(|| {
            let mut dx = [Slot::wanted(&SIGNAL, None)];
            op.backward(&saved, y.clone(), &mut dx);
            dx
        });
    });
    group.finish();
}

fn operations(c: &mut Criterion) {
    forward_and_backward(c, "max_pool1d", &MaxPool1d { size: 2, stride: 2, padding: Padding::Valid });
    forward_and_backward(c, "dropout", &Dropout { rate: 0.5, key: Seed(0).key("bench") });
    forward_and_backward(c, "relu", &Relu);
}

fn adam(c: &mut Criterion) {
    let shape = [16_128, 128];
    let mut params = [Param::new("dense.kernel", elements(&shape))];
    let gradients = [elements(&shape)];
    let adam = Adam::new(1e-3);
    let mut state = State::new(&adam, &params);
    let mut group = c.benchmark_group("kernels");
    group.sample_size(20).throughput(Throughput::Elements(gradients[0].len() as u64));
    group.bench_function("adam", |b| b.iter(|| state.step(&adam, 1e-3, &mut params, &gradients)));
    group.finish();
}

criterion_group!(benches, operations, adam);
criterion_main!(benches);
