//! Small classifiers for the tests of model files.
#![allow(dead_code, reason = "each suite uses a part of it")]

use ndarray::Array2;
use tonegrad::data::Standardize;
use tonegrad::fma::Column;
use tonegrad::nn::{Loss, Sequential};
use tonegrad::store::{Card, Classifier};
use tonegrad::{Scalar, Seed};

/// Columns of one family.
pub fn columns(n: usize) -> Vec<Column> {
    let column = |i| Column { feature: "mfcc".into(), statistic: "mean".into(), number: format!("{:02}", i + 1) };
    (0..n).map(column).collect()
}

/// A classifier with this network; its weights are drawn, biases too.
pub fn classifier<F: Scalar>(network: &Sequential, seed: u64) -> Classifier<F> {
    trained_on(Loss::CrossEntropy, network, seed)
}

/// The same under any loss.
pub fn trained_on<F: Scalar>(loss: Loss, network: &Sequential, seed: u64) -> Classifier<F> {
    let mut model = network.build::<F>(Seed(seed)).and_then(|model| model.with_loss(loss)).unwrap();
    // Biases, and what normalisation begins with: zeros and ones would hide faults.
    let flat = ["bias", "gamma", "beta", "moving_mean", "moving_variance"];
    for param in model.params_mut().iter_mut().filter(|p| flat.iter().any(|name| p.name.ends_with(name))) {
        let draws = raw(1, param.value.len(), seed + 1);
        let shake = |(b, &d): (&mut F, &f32)| *b += F::of(f64::from(d.clamp(-3.0, 3.0)) * 0.1);
        param.value.as_mut_slice().iter_mut().zip(&draws).for_each(shake);
    }
    let (features, genres) = (model.input().iter().product(), loss.answers(model.output().iter().product()));
    let mean = raw(1, features, seed + 2).iter().map(|m| 100.0 * m).collect();
    let scale = raw(1, features, seed + 3).iter().map(|s| s.abs() + 0.1).collect();
    let genres = (0..genres).map(|i| format!("Genre {i}"));
    let mut card = Card::new(genres, &columns(features), "a test's", Seed(seed));
    card.provenance.version = "0.0.0".into();
    card.provenance.protocol = "honest".into();
    card.provenance.source = "draws".into();
    card.provenance.synthetic = true;
    Classifier::new(model, Standardize::new(mean, scale).unwrap(), card).unwrap()
}

/// Standard normal draws, (rows, columns).
pub fn raw(rows: usize, columns: usize, seed: u64) -> Array2<f32> {
    use rand_distr::{Distribution, StandardNormal};
    let mut draws = StandardNormal.sample_iter(Seed(seed).stream("raw"));
    Array2::from_shape_fn((rows, columns), |_| draws.next().unwrap())
}
