//! The matrix products of a training step, on one thread: the genre CNN's second and third convolution (one track) and its
//! first dense layer (400 tracks), each forward, for the gradient of the weights, and for that of the input. And the third
//! convolution once more with the zeros that ReLU, dropout and pooling make in training, and with ReLU's alone.

use divan::Bencher;
use divan::counter::ItemsCount;
use ndarray::{ArrayView2, ShapeBuilder};
use tonegrad::Tensor;
use tonegrad::product::{Write, gemm};

fn main() {
    divan::main();
}

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

/// One of the three products of a layer.
#[derive(Clone, Copy, Debug)]
enum Pass {
    Forward,
    Weights,
    Input,
}

const PASSES: [Pass; 3] = [Pass::Forward, Pass::Weights, Pass::Input];

/// x (outputs + kernel - 1, inputs), W (kernel · inputs, filters), dy (outputs, filters); of x and dy one element in so
/// many is not zero. "Items" are multiply-adds: twice as many floating-point operations.
fn convolution(
    bencher: Bencher,
    pass: Pass,
    (outputs, kernel, inputs, filters): (usize, usize, usize, usize),
    (one_in_x, one_in_dy): (u64, u64),
) {
    let x = thinned(elements(outputs + kernel - 1, inputs), one_in_x);
    let w = elements(kernel * inputs, filters);
    let windows = (outputs, kernel * inputs).strides((inputs, 1));
    let windows = ArrayView2::from_shape(windows, x.as_slice()).expect("windows lie inside");
    let dy = thinned(elements(outputs, filters), one_in_dy);
    let size = outputs * kernel * inputs * filters;
    measure(bencher, pass, size, windows, w.view(), dy.view());
}

/// x (rows, inputs), W (inputs, outputs), dy (rows, outputs).
fn dense(bencher: Bencher, pass: Pass, (rows, inputs, outputs): (usize, usize, usize)) {
    let (x, w, dy) = (elements(rows, inputs), elements(inputs, outputs), elements(rows, outputs));
    measure(bencher, pass, rows * inputs * outputs, x.view(), w.view(), dy.view());
}

type Matrix<'a> = ArrayView2<'a, f32>;

fn measure(bencher: Bencher, pass: Pass, multiply_adds: usize, x: Matrix, w: Matrix, dy: Matrix) {
    let (a, b) = match pass {
        Pass::Forward => (x, w),
        Pass::Weights => (dy.t(), x),
        Pass::Input => (dy, w.t()),
    };
    let mut c = Tensor::<f32>::zeros([a.nrows(), b.ncols()]);
    bencher.counter(ItemsCount::new(multiply_adds)).bench_local(|| gemm(Write::Set, a, b, c.view_mut()));
}

#[divan::bench(args = PASSES)]
fn conv2(bencher: Bencher, pass: Pass) {
    convolution(bencher, pass, (257, 3, 32, 64), (1, 1));
}

#[divan::bench(args = PASSES)]
fn conv3(bencher: Bencher, pass: Pass) {
    convolution(bencher, pass, (253, 5, 64, 128), (1, 1));
}

#[divan::bench(args = PASSES)]
fn conv3_zeros(bencher: Bencher, pass: Pass) {
    convolution(bencher, pass, (253, 5, 64, 128), (4, 10));
}

#[divan::bench(args = PASSES)]
fn conv3_relu(bencher: Bencher, pass: Pass) {
    convolution(bencher, pass, (253, 5, 64, 128), (2, 1));
}

#[divan::bench(args = PASSES)]
fn dense1(bencher: Bencher, pass: Pass) {
    dense(bencher, pass, (400, 16_128, 128));
}
