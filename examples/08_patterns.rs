//! Chapter 8: convolution as one matrix product, its gradients, and what it knows that a dense layer does not.

use ndarray::{Array2, ArrayView2, ShapeBuilder, array};
use tonegrad::ops::Conv1d as Convolve;
use tonegrad::pictures::Heatmap;
use tonegrad::prelude::*;

/// 600 signals of 32 values: noise, and somewhere between `from` and `to` a rise before a fall, or a fall before a rise.
fn signals(from: usize, to: usize, seed: u64) -> Result<Dataset> {
    let noise = tonegrad::autograd::gradcheck::normal([600, 32], seed);
    let mut x = noise.to_array::<ndarray::Ix2>().mapv(|v| 0.3 * v as f32);
    for (i, mut row) in x.rows_mut().into_iter().enumerate() {
        let (at, sign) = (from + i / 2 % (to - from), [1.0, -1.0][i % 2]);
        for (step, value) in [1.0, 2.0, -2.0, -1.0].into_iter().enumerate() {
            row[at + step] += sign * value;
        }
    }
    Dataset::new(x, (0..600).map(|i| i % 2).collect(), ["rise first", "fall first"])
}

fn main() -> Result<()> {
    // The windows of a signal lie in it already: rows of three that overlap. No copy is made.
    let (x, w) = ([1.0, 4.0, 2.0, 0.0, 3.0, 1.0], array![[1.0], [0.0], [-1.0]]);
    let windows = ArrayView2::from_shape((4, 3).strides((1, 1)), &x).expect("four windows of three");
    println!("windows\n{windows}\ntimes the kernel {}", windows.dot(&w).column(0));

    let tape = Tape::new();
    let signal = tape.leaf(Tensor::new([1, 6, 1], x.to_vec()));
    let kernel = tape.leaf(Tensor::new([3, 1, 1], vec![1.0, 0.0, -1.0]));
    let y = tape.apply(Convolve::default(), [signal.clone(), kernel.clone(), tape.constant(Tensor::zeros([1]))]);
    let dy = array![[1.0], [2.0], [0.0], [-1.0]];
    let gradients = tape.backward(&y, Tensor::new([1, 4, 1], dy.iter().copied().collect()));
    println!("\nthe operation    {:?}", y.value().as_slice());
    println!("windows' * dy    {}", windows.t().dot(&dy).column(0));
    println!("the tape's dW    {:?}", gradients.of(&kernel).as_slice());
    println!("the tape's dx    {:?}", gradients.of(&signal).as_slice());

    let dense = Sequential::new([32]).then(Dense::new(8).relu()).then(Dense::new(2));
    let convolution = Sequential::new([32, 1]).then(Conv1d::new(4, 4).relu()).then(GlobalMaxPool1d {});
    let (train, valid) = (Train::new(signals(0, 14, 1)?), signals(0, 14, 2)?);
    println!("\n              parameters   pattern where it was   pattern elsewhere");
    for (name, network) in [("dense", dense), ("convolution", convolution.then(Dense::new(2)))] {
        let mut model = network.build::<f32>(Seed(0))?;
        Trainer::new(Adam::new(0.01)).batch_size(50).fit(&mut model, &train, &valid, Seed(0))?;
        let accuracy = |rows: &Dataset| Ok::<_, Error>(100.0 * model.evaluate(rows)?.accuracy());
        let (here, there) = (accuracy(&valid)?, accuracy(&signals(16, 28, 3)?)?);
        println!("{name:13} {:10} {here:22.1} % {there:17.1} %", model.parameters());
    }
    if let Some(folder) = std::env::args().nth(1) {
        let weight = |(t, i): (usize, usize)| i8::from(i == t) - i8::from(i == t + 2);
        let matrix = Array2::from_shape_fn((12, 14), weight);
        let picture = Heatmap::new("A convolution as a dense layer", "input", "output", matrix.view()).picture();
        std::fs::write(format!("{folder}/08-patterns.svg"), picture.to_svg()).expect("a folder to write to");
    }
    Ok(())
}
