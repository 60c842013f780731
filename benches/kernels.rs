//! What a training step does besides matrix products, on one thread: loops over contiguous elements.

use divan::Bencher;
use divan::counter::ItemsCount;
use tonegrad::autograd::{Op, Slot};
use tonegrad::nn::Param;
use tonegrad::ops::{Dropout, MaxPool1d, Padding, Relu};
use tonegrad::optim::{Adam, State};
use tonegrad::{Seed, Tensor};

fn main() {
    divan::main();
}

/// The genre CNN's largest signal: what its third convolution gives for one track.
const SIGNAL: [usize; 3] = [1, 253, 128];

fn elements(shape: &[usize]) -> Tensor<f32> {
    let len = shape.iter().product();
    Tensor::new(shape, (0..len).map(|i| ((i * 31) % 23) as f32 * 0.1 - 1.0).collect())
}

fn forward(bencher: Bencher, op: &impl Op<f32, 1>) {
    let x = elements(&SIGNAL);
    bencher.counter(ItemsCount::new(x.len())).bench_local(|| op.forward([x.clone()]));
}

fn backward(bencher: Bencher, op: &impl Op<f32, 1>) {
    let (y, saved) = op.forward([elements(&SIGNAL)]);
    bencher.counter(ItemsCount::new(SIGNAL.iter().product::<usize>())).bench_local(|| {
        let mut dx = [Slot::wanted(&SIGNAL, None)];
        op.backward(&saved, y.clone(), &mut dx);
        dx
    });
}

/// A benchmark of an operation: forward and backward.
macro_rules! operation {
    ($name:ident, $op:expr) => {
        mod $name {
            use super::*;

            #[divan::bench]
            fn forward(bencher: Bencher) {
                super::forward(bencher, &$op);
            }

            #[divan::bench]
            fn backward(bencher: Bencher) {
                super::backward(bencher, &$op);
            }
        }
    };
}

operation!(max_pool1d, MaxPool1d { size: 2, stride: 2, padding: Padding::Valid });
operation!(dropout, Dropout { rate: 0.5, key: Seed(0).key("bench") });
operation!(relu, Relu);

#[divan::bench(sample_count = 20)]
fn adam(bencher: Bencher) {
    let shape = [16_128, 128];
    let mut params = [Param::new("dense.kernel", elements(&shape))];
    let gradients = [elements(&shape)];
    let adam = Adam::new(1e-3);
    let mut state = State::new(&adam, &params);
    bencher
        .counter(ItemsCount::new(gradients[0].len()))
        .bench_local(|| state.step(&adam, 1e-3, &mut params, &gradients));
}
