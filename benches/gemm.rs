//! The matrix products of a training step, on one thread: the genre CNN's second and third convolution (one track) and its
//! first dense layer (400 tracks), each forward, for the gradient of the weights, and for that of the input. And the third
//! convolution once more with the zeros that ReLU, dropout and pooling make in training, and with ReLU's alone.

use criterion::{Bencher, Criterion, Throughput, criterion_group, criterion_main};
use ndarray::{ArrayView2, Ix2, ShapeBuilder};
use tonegrad::Tensor;
use tonegrad::product::{Write, gemm};

/// None of which is zero.
fn elements(rows: usize, columns: usize) -> Tensor<f32> {
    let number = |i: usize| ((i / columns * 31 + i % columns * 17) % 23) as f32 * 0.1 - 1.05;
    Tensor::new([rows, columns], (0..rows * columns).map(number).collect())
}

/// The same, but that one element in `one_in` is left and the rest are zero.
fn thinned(mut x: Tensor<f32>, one_in: u64) -> Tensor<f32> {
    let keep = |i: usize| ((i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32).is_multiple_of(one_in);
    x.as_mut_slice().iter_mut().enumerate().filter(|(i, _)| !keep(*i)).for_each(|(_, x)| *x = 0.0);
    x
}

/// x (outputs + kernel - 1, inputs), W (kernel · inputs, filters), dy (outputs, filters); of x and dy one element in so
/// many is not zero.
fn convolution(
    c: &mut Criterion,
    name: &str,
    (outputs, kernel, inputs, filters): (usize, usize, usize, usize),
    (one_in_x, one_in_dy): (u64, u64),
) {
    let x = thinned(elements(outputs + kernel - 1, inputs), one_in_x);
    let w = elements(kernel * inputs, filters);
    let windows = (outputs, kernel * inputs).strides((inputs, 1));
    let windows = ArrayView2::from_shape(windows, x.as_slice()).expect("windows lie inside");
    let dy = thinned(elements(outputs, filters), one_in_dy);
    let (w, dy) = (w.view::<Ix2>(), dy.view::<Ix2>());
    let [mut y, mut dw, mut dx] =
        [[outputs, filters], [filters, kernel * inputs], [outputs, kernel * inputs]].map(Tensor::<f32>::zeros);
    let size = outputs * kernel * inputs * filters;
    measure(c, name, "forward", size, |b| b.iter(|| gemm(Write::Set, windows, w, y.view_mut())));
    measure(c, name, "weights", size, |b| b.iter(|| gemm(Write::Set, dy.t(), windows, dw.view_mut())));
    measure(c, name, "input", size, |b| b.iter(|| gemm(Write::Set, dy, w.t(), dx.view_mut())));
}

/// x (rows, inputs), W (inputs, outputs), dy (rows, outputs).
fn dense(c: &mut Criterion, name: &str, (rows, inputs, outputs): (usize, usize, usize)) {
    let (x, w, dy) = (elements(rows, inputs), elements(inputs, outputs), elements(rows, outputs));
    let (mut y, mut dw, mut dx) = (dy.clone(), w.clone(), x.clone());
    let (x, w, dy) = (x.view::<Ix2>(), w.view::<Ix2>(), dy.view::<Ix2>());
    let size = rows * inputs * outputs;
    measure(c, name, "forward", size, |b| b.iter(|| gemm(Write::Set, x, w, y.view_mut())));
    measure(c, name, "weights", size, |b| b.iter(|| gemm(Write::Set, x.t(), dy, dw.view_mut())));
    measure(c, name, "input", size, |b| b.iter(|| gemm(Write::Set, dy, w.t(), dx.view_mut())));
}

/// Throughput in "elements" is multiply-adds: twice as many floating-point operations.
fn measure(c: &mut Criterion, name: &str, what: &str, multiply_adds: usize, run: impl FnMut(&mut Bencher)) {
    let mut group = c.benchmark_group("gemm");
    group.sample_size(20).throughput(Throughput::Elements(multiply_adds as u64));
    group.bench_function(format!("{name}_{what}"), run);
    group.finish();
}

fn products(c: &mut Criterion) {
    convolution(c, "conv2", (257, 3, 32, 64), (1, 1));
    convolution(c, "conv3", (253, 5, 64, 128), (1, 1));
    convolution(c, "conv3_zeros", (253, 5, 64, 128), (4, 10));
    convolution(c, "conv3_relu", (253, 5, 64, 128), (2, 1));
    dense(c, "dense1", (400, 16_128, 128));
}

criterion_group!(benches, products);
criterion_main!(benches);
