//! Layers with state: moving statistics are moved by training alone, kept in every file, and the same bits whatever happens.

use crate::classifiers::{classifier, raw};
use crate::common::on_threads;
use crate::signals::{signals, weights};
use ndarray::Ix2;
use tonegrad::autograd::gradcheck::normal;
use tonegrad::autograd::{Check, Tape};
use tonegrad::data::Train;
use tonegrad::nn::{
    Activation, BatchNorm, Conv1d, Conv2d, Dense, Dropout, Embedding, Flatten, GaussianNoise, Gru, LayerNorm,
    MaxPool1d, MaxPool2d, Model, Role, Sequential,
};
use tonegrad::ops::{Padding, SoftmaxCrossEntropy};
use tonegrad::optim::{Adam, AdamW, State};
use tonegrad::store::Classifier;
use tonegrad::train::{History, Trainer, train_step};
use tonegrad::{Result, Seed, Tensor};

/// Convolutions depth-first, and batches in between: every kind of stage.
fn network() -> Sequential {
    Sequential::new([12, 1])
        .then(Conv1d::new(5, 3).same().no_bias())
        .then(BatchNorm::new().momentum(0.9))
        .then(Activation::Relu)
        .then(Conv1d::new(4, 3).same())
        .then(MaxPool1d::new(2))
        .then(Dropout::new(0.2))
        .then(Flatten {})
        .then(Dense::new(8).no_bias())
        .then(BatchNorm::new().momentum(0.9))
        .then(Activation::Relu)
        .then(Dense::new(3))
}

fn trainer<'a>() -> Trainer<'a, f32> {
    Trainer::new(AdamW::new(1e-2)).epochs(6).batch_size(25)
}

fn fit(mut trainer: Trainer<f32>, mut model: Model<f32>) -> Result<(Model<f32>, History)> {
    let history = trainer.fit(&mut model, &Train::new(signals(90, 1)), &signals(30, 2), Seed(3))?;
    Ok((model, history))
}

fn built() -> Model<f32> {
    network().build(Seed(5)).unwrap()
}

fn of<'a>(model: &'a Model<f32>, name: &str) -> &'a [f32] {
    model.params().iter().find(|p| p.name == name).unwrap_or_else(|| panic!("no {name}")).value.as_slice()
}

#[test]
fn every_layer_obeys_the_laws() {
    let smooth = Check::smooth();
    smooth.layer(BatchNorm::new().epsilon(0.5), normal([6, 3], 1)).unwrap();
    smooth.layer(BatchNorm::new().epsilon(0.5), normal([3, 4, 2], 1)).unwrap();
    smooth.layer(LayerNorm::new().epsilon(0.5), normal([4, 3], 1)).unwrap();
    smooth.layer(LayerNorm::new().epsilon(0.5), normal([3, 4, 5], 1)).unwrap();
    smooth.layer(GaussianNoise::new(0.3), normal([4, 3, 2], 1)).unwrap();
    smooth.layer(Gru::new(4), normal([3, 5, 2], 1)).unwrap();
    smooth.layer(Gru::new(4).sequences(), normal([3, 5, 2], 1)).unwrap();
    smooth.layer(Embedding::new(4, 3), Tensor::from([[0.0, 1.0, 3.0], [3.0, 3.0, 2.0]])).unwrap();
}

#[test]
fn training_moves_the_statistics_towards_the_batches_and_inference_goes_by_them() {
    let model = built();
    assert!(of(&model, "batch_normalization.moving_mean").iter().all(|&m| m == 0.0));
    assert!(of(&model, "batch_normalization_1.moving_variance").iter().all(|&v| v == 1.0));
    let (model, history) = fit(trainer(), model).unwrap();
    assert!(of(&model, "batch_normalization_1.moving_mean").iter().all(|&m| m != 0.0));
    assert!(of(&model, "batch_normalization_1.moving_variance").iter().all(|&v| v > 0.0 && v != 1.0));
    assert!(history.best().unwrap().val_accuracy > 0.7, "{history:?}");

    // A prediction does not depend on the other rows.
    let x = raw(9, 12, 4);
    let together = model.logits(x.view());
    for row in 0..9 {
        assert_eq!(model.logits(x.slice(ndarray::s![row..=row, ..])).row(0), together.row(row));
    }
}

#[test]
fn statistics_are_the_same_bits_on_any_number_of_threads() {
    let run = |threads| on_threads(threads, || fit(trainer(), built()).unwrap().0);
    let one = weights(&run(1));
    assert!(weights(&run(2)) == one && weights(&run(7)) == one);
    // Many chunks of rows.
    let step = |threads| {
        on_threads(threads, || {
            let (tape, x) = (Tape::new(), normal([700, 5, 9], 1));
            let ones = tape.leaf(Tensor::full([9], 1.0));
            let (y, moments) =
                tape.leaf(x).batch_norm(tonegrad::ops::BatchNorm { epsilon: 1e-3 }, ones.clone(), ones.clone());
            let gradients = tape.backward(&y, normal([700, 5, 9], 2));
            (y.value().clone(), moments, gradients.of(&ones))
        })
    };
    assert!(step(2) == step(1) && step(7) == step(1));
}

/// Three steps of a network for pictures, with statistics of the batch, and what it then predicts.
#[test]
fn threads_change_no_bit_of_a_network_for_pictures() {
    let around = [Padding::Explicit(1, 1); 2];
    let network = Sequential::new([15, 20, 1])
        .then(Conv2d::new(8, [3, 3]).padding(around))
        .then(MaxPool2d::new([3, 3]).stride([2, 2]).padding(around))
        .then(BatchNorm::new())
        .then(Activation::Relu)
        .then(Conv2d::new(12, [3, 3]).stride([1, 2]).relu())
        .then(Conv2d::new(8, [2, 2]).dilation([1, 2]))
        .then(BatchNorm::new())
        .then(Flatten {})
        .then(Dense::new(3));
    let x = normal([37, 300], 20);
    let labels: Vec<usize> = (0..37).map(|i| i % 3).collect();
    let run = |threads| {
        on_threads(threads, || {
            let mut model = network.build::<f32>(Seed(0)).unwrap();
            let adam = Adam::new(0.01);
            let mut state = State::new(&adam, model.params());
            for _ in 0..3 {
                let (batch, loss) = (model.batch(x.view::<Ix2>()), SoftmaxCrossEntropy::new(&labels[..]));
                let key = Seed(0).key("dropout");
                train_step(&mut model, batch, loss, key, |params, gradients| {
                    state.step(&adam, 0.01, params, gradients)
                });
            }
            let params: Vec<_> = model.params().iter().map(|p| p.value.clone()).collect();
            (params, model.predict(x.view::<Ix2>()))
        })
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(7));
    assert!(one.1.iter().all(|p| p.is_finite()));
}

#[test]
fn a_run_that_is_resumed_has_the_same_statistics() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let whole = fit(trainer(), built()).unwrap().0;
    fit(trainer().epochs(3).checkpoint(&path, 1), built()).unwrap();
    let resumed = fit(trainer().checkpoint(&path, 1).resume(true), built()).unwrap().0;
    assert_eq!(weights(&resumed), weights(&whole));
}

#[test]
fn statistics_are_in_model_files_and_among_weights() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let trained = fit(trainer(), built()).unwrap().0;
    let other = classifier::<f32>(&network(), 1);
    let ours = Classifier::new(trained, other.standardize().clone(), other.card().clone()).unwrap();
    ours.save(at("model")).unwrap();
    let theirs = Classifier::<f32>::load(at("model")).unwrap();
    assert_eq!(theirs.model().params(), ours.model().params());
    assert_eq!(theirs.probabilities(raw(5, 12, 1)).unwrap(), ours.probabilities(raw(5, 12, 1)).unwrap());

    ours.model().save_weights(at("weights")).unwrap();
    let mut model = built();
    model.load_weights(at("weights")).unwrap();
    assert_eq!(weights(&model), weights(ours.model()));
}

#[test]
fn frozen_weights_stay_and_a_frozen_normalisation_rests() {
    let mut model = fit(trainer().epochs(1), built()).unwrap().0;
    let before = model.clone();
    for name in ["conv1d", "batch_normalization", "dense.kernel"] {
        model.freeze(name).unwrap();
    }
    let frozen: Vec<_> = model.params().iter().filter(|p| p.role == Role::Frozen).map(|p| p.name.as_str()).collect();
    assert_eq!(frozen, ["conv1d.kernel", "batch_normalization.gamma", "batch_normalization.beta", "dense.kernel"]);
    let after = fit(trainer(), model.clone()).unwrap().0;
    for (before, after) in before.params().iter().zip(after.params()) {
        let layer = before.name.split('.').next().unwrap();
        let stays = ["conv1d", "batch_normalization", "dense"].contains(&layer);
        assert_eq!(before.value == after.value, stays, "{}", before.name);
    }

    let summary = after.summary().to_string();
    let counts: Vec<_> = summary.lines().rev().take(3).collect();
    // 5 of the convolution, 10 and 10 of the first normalisation, 192 of the dense layer, 16 statistics of the second.
    let (total, fixed) = (15 + 20 + 64 + 192 + 32 + 27, 15 + 20 + 192 + 16);
    let wanted = [
        format!("Non-trainable params: {fixed}"),
        format!("Trainable params: {}", total - fixed),
        format!("Total params: {total}"),
    ];
    assert_eq!(counts, wanted);

    model.unfreeze("conv1d").unwrap();
    assert!(model.params()[0].is_trained());
    let error = model.freeze("conv2d").unwrap_err().to_string();
    assert!(
        error.starts_with(r#"parameters by name: found "conv2d", wanted a layer with parameters, conv1d, batch_"#),
        "{error}"
    );

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    fit(trainer().epochs(2).checkpoint(&path, 1), built()).unwrap();
    let error = fit(trainer().checkpoint(&path, 1).resume(true), model).unwrap_err().to_string();
    assert!(error.contains("frozen parameters: found nothing, wanted batch_normalization.gamma,"), "{error}");
}
