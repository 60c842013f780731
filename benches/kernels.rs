//! What a training step does besides matrix products, on one thread: loops over contiguous elements.

use divan::Bencher;
use divan::counter::ItemsCount;
use tonegrad::autograd::{Op, Slot};
use tonegrad::nn::Param;
use tonegrad::ops::{Conv2d, Dropout, MaxPool1d, MaxPool2d, Padding, Relu};
use tonegrad::optim::{Adam, State};
use tonegrad::{Seed, Tensor};

fn main() {
    divan::main();
}

/// The genre CNN's largest signal: what its third convolution gives for one track.
const SIGNAL: &[usize] = &[1, 253, 128];
/// What the first network for spectrograms, of [`tonegrad::fma::spectrograms`], makes of a picture by its second convolution.
const PICTURE: &[usize] = &[1, 47, 47, 64];

fn elements(shape: &[usize]) -> Tensor<f32> {
    let len = shape.iter().product();
    Tensor::new(shape, (0..len).map(|i| ((i * 31) % 23) as f32 * 0.1 - 1.0).collect())
}

fn forward(bencher: Bencher, op: &impl Op<f32, 1>, shape: &[usize]) {
    let x = elements(shape);
    bencher.counter(ItemsCount::new(x.len())).bench_local(|| op.forward([x.clone()]));
}

fn backward(bencher: Bencher, op: &impl Op<f32, 1>, shape: &[usize]) {
    let (y, saved) = op.forward([elements(shape)]);
    bencher.counter(ItemsCount::new(shape.iter().product::<usize>())).bench_local(|| {
        let mut dx = [Slot::wanted(shape, None)];
        op.backward(&saved, y.clone(), &mut dx);
        dx
    });
}

/// A benchmark of an operation: forward and backward.
macro_rules! operation {
    ($name:ident, $op:expr, $shape:expr) => {
        mod $name {
            use super::*;

            #[divan::bench]
            fn forward(bencher: Bencher) {
                super::forward(bencher, &$op, $shape);
            }

            #[divan::bench]
            fn backward(bencher: Bencher) {
                super::backward(bencher, &$op, $shape);
            }
        }
    };
}

operation!(max_pool1d, MaxPool1d { size: 2, stride: 2, padding: Padding::Valid }, SIGNAL);
operation!(max_pool2d, MaxPool2d { size: [2; 2], stride: [2; 2], padding: [Padding::Valid; 2] }, PICTURE);
operation!(dropout, Dropout { rate: 0.5, key: Seed(0).key("bench") }, SIGNAL);
operation!(relu, Relu, SIGNAL);

/// The first network's second convolution of one picture: "items" are multiply-adds.
mod conv2d {
    use super::*;

    const MULTIPLY_ADDS: usize = 47 * 47 * 64 * 3 * 3 * 32;

    fn operands() -> [Tensor<f32>; 3] {
        [elements(&[1, 49, 49, 32]), elements(&[3, 3, 32, 64]), elements(&[64])]
    }

    #[divan::bench]
    fn forward(bencher: Bencher) {
        let operands = operands();
        let counter = ItemsCount::new(MULTIPLY_ADDS);
        bencher.counter(counter).bench_local(|| Conv2d::default().forward(operands.clone()));
    }

    /// Both gradients, where of dy one element in `one_in` is not zero.
    #[divan::bench(args = [1, 5])]
    fn backward(bencher: Bencher, one_in: usize) {
        let (_, saved) = Conv2d::default().forward(operands());
        let mut dy = elements(PICTURE);
        dy.as_mut_slice().iter_mut().enumerate().filter(|(i, _)| i * 7 % one_in > 0).for_each(|(_, dy)| *dy = 0.0);
        bencher.counter(ItemsCount::new(2 * MULTIPLY_ADDS)).bench_local(|| {
            let mut gradients = operands().map(|x| Slot::wanted(x.shape(), None));
            Conv2d::default().backward(&saved, dy.clone(), &mut gradients);
            gradients
        });
    }
}

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
