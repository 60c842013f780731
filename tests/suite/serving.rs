//! A model that serves: from many threads at once, row by row or in batches, with the same bits, and without what it no longer needs.

use crate::classifiers::{classifier, raw};
use ndarray::{Array2, s};
use tonegrad::fma::networks;
use tonegrad::linalg::trim;
use tonegrad::nn::{Conv1d, Dense, Flatten, Model, Sequential};
use tonegrad::store::Classifier;
use tonegrad::{Seed, Tensor};

fn models() -> [Model<f32>; 3] {
    let signal = Sequential::new([30, 1]).then(Conv1d::new(4, 3).relu()).then(Flatten {}).then(Dense::new(3));
    // Small enough for one thread, large enough for two, and a convolution.
    let networks =
        [networks::mlp3(30, 5), Sequential::new([30]).then(Dense::new(20_000).relu()).then(Dense::new(2)), signal];
    networks.map(|network| network.build(Seed(7)).unwrap())
}

fn bits(values: &Array2<f32>) -> Vec<u32> {
    values.iter().map(|v| v.to_bits()).collect()
}

#[test]
fn models_are_shared_by_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Model<f32>>();
    shared::<Model<f64>>();
    shared::<Classifier<f32>>();
    shared::<Tensor<f32>>();
}

#[test]
fn a_row_alone_has_the_bits_of_its_batch() {
    let x = raw(23, 30, 3);
    for model in models() {
        let whole = model.predict(x.view());
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        for rows in [1, 2, 7, 8, 9] {
            let pieces = || (0..23).step_by(rows).map(|row| s![row..(row + rows).min(23), ..]);
            let found: Vec<u32> = pieces().flat_map(|piece| bits(&model.predict(x.slice(piece)))).collect();
            assert_eq!(found, bits(&whole), "{rows} rows at once");
            let found: Vec<u32> =
                pool.install(|| pieces().flat_map(|piece| bits(&model.predict(x.slice(piece)))).collect());
            assert_eq!(found, bits(&whole), "{rows} rows at once, on threads of another pool");
        }
    }
}

#[test]
fn threads_that_ask_at_once_are_all_answered_alike() {
    let model = classifier::<f32>(&networks::mlp3(30, 5), 1);
    let x = raw(40, 30, 3);
    let whole = model.probabilities(x.clone()).unwrap();
    std::thread::scope(|scope| {
        let asked: Vec<_> = (0..4)
            .map(|thread| {
                let (model, x) = (&model, &x);
                scope.spawn(move || {
                    let rows = (0..40).filter(|row| row % 4 == thread);
                    rows.map(|row| (row, model.probabilities(x.slice(s![row..=row, ..]).to_owned()).unwrap()))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        for (row, found) in asked.into_iter().flat_map(|thread| thread.join().unwrap()) {
            assert_eq!(bits(&found), bits(&whole.slice(s![row..=row, ..]).to_owned()));
        }
    });
}

#[test]
fn trimming_changes_no_bit() {
    let (x, [model, ..]) = (raw(400, 30, 3), models());
    let before = bits(&model.predict(x.view()));
    trim();
    assert_eq!(bits(&model.predict(x.view())), before);
}
