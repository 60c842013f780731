//! A small task for the training loop: signals of length 12, whose class is where the bump is.

use ndarray::Array2;
use tonegrad::Seed;
use tonegrad::data::Dataset;
use tonegrad::nn::{Conv1d, Dense, Dropout, Flatten, MaxPool1d, Model, Sequential};

pub fn signals(n: usize, seed: u64) -> Dataset {
    use rand_distr::{Distribution, StandardNormal};
    let mut noise = StandardNormal.sample_iter(Seed(seed).stream("signals"));
    let y: Vec<usize> = (0..n).map(|i| (i * 7 + i / 3) % 3).collect();
    let x = Array2::from_shape_fn((n, 12), |(i, j)| {
        let draw: f32 = noise.next().unwrap();
        0.5 * draw + if j / 4 == y[i] { 1.0 } else { 0.0 }
    });
    Dataset::new(x, y, ["left", "middle", "right"]).unwrap()
}

pub fn network() -> Model<f32> {
    Sequential::new([12, 1])
        .then(Conv1d::new(6, 3).same().relu().l2(1e-4))
        .then(MaxPool1d::new(2))
        .then(Dropout::new(0.3))
        .then(Flatten {})
        .then(Dense::new(8).relu())
        .then(Dense::new(3))
        .build(Seed(5))
        .unwrap()
}

pub fn weights(model: &Model<f32>) -> Vec<u32> {
    model.params().iter().flat_map(|p| p.value.as_slice()).map(|w| w.to_bits()).collect()
}
