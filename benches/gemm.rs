//! The matrix products of a training step, on one thread: the genre CNN's second and third convolution (one track) and its
//! first dense layer (400 tracks), each forward, for the gradient of the weights, and for that of the input.

use criterion::{Bencher, Criterion, Throughput, criterion_group, criterion_main};
use ndarray::{Array2, ArrayView2, ShapeBuilder, s};
use tonegrad::linalg::{Write, gemm};

fn numbers(rows: usize, columns: usize) -> Array2<f32> {
    Array2::from_shape_fn((rows, columns), |(i, j)| ((i * 31 + j * 17) % 23) as f32 * 0.1 - 1.0)
}

/// x (outputs + kernel - 1, inputs), W (kernel · inputs, filters), dy (outputs, filters).
fn convolution(c: &mut Criterion, name: &str, (outputs, kernel, inputs, filters): (usize, usize, usize, usize)) {
    let (x, w) = (numbers(outputs + kernel - 1, inputs), numbers(kernel * inputs, filters));
    let windows = (outputs, kernel * inputs).strides((inputs, 1));
    let windows = ArrayView2::from_shape(windows, x.as_slice().expect("row-major")).expect("windows lie inside");
    let dy = numbers(outputs, filters);
    let (mut y, mut dw, mut dx) = (dy.clone(), w.clone(), x.clone());
    let size = outputs * kernel * inputs * filters;
    measure(c, name, "forward", size, |b| b.iter(|| gemm(Write::Set, windows, w.view(), y.view_mut())));
    measure(c, name, "weights", size, |b| b.iter(|| gemm(Write::Set, windows.t(), dy.view(), dw.view_mut())));
    measure(c, name, "input", size, |b| {
        b.iter(|| {
            for q in 0..kernel {
                let tap = w.slice(s![q * inputs..(q + 1) * inputs, ..]);
                gemm(Write::Add, dy.view(), tap.t(), dx.slice_mut(s![q..q + outputs, ..]));
            }
        });
    });
}

/// x (rows, inputs), W (inputs, outputs), dy (rows, outputs).
fn dense(c: &mut Criterion, name: &str, (rows, inputs, outputs): (usize, usize, usize)) {
    let (x, w, dy) = (numbers(rows, inputs), numbers(inputs, outputs), numbers(rows, outputs));
    let (mut y, mut dw, mut dx) = (dy.clone(), w.clone(), x.clone());
    let size = rows * inputs * outputs;
    measure(c, name, "forward", size, |b| b.iter(|| gemm(Write::Set, x.view(), w.view(), y.view_mut())));
    measure(c, name, "weights", size, |b| b.iter(|| gemm(Write::Set, x.t(), dy.view(), dw.view_mut())));
    measure(c, name, "input", size, |b| b.iter(|| gemm(Write::Set, dy.view(), w.t(), dx.view_mut())));
}

/// Throughput in "elements" is multiply-adds: twice as many floating-point operations.
fn measure(c: &mut Criterion, name: &str, what: &str, multiply_adds: usize, run: impl FnMut(&mut Bencher)) {
    let mut group = c.benchmark_group("gemm");
    group.sample_size(20).throughput(Throughput::Elements(multiply_adds as u64));
    group.bench_function(format!("{name}_{what}"), run);
    group.finish();
}

fn products(c: &mut Criterion) {
    convolution(c, "conv2", (257, 3, 32, 64));
    convolution(c, "conv3", (253, 5, 64, 128));
    dense(c, "dense1", (400, 16_128, 128));
}

criterion_group!(benches, products);
criterion_main!(benches);
