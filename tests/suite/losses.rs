//! Losses are a choice: what each of them takes, how it is weighed, and what follows from it in predictions, files and runs.

use crate::signals::{network, signals, weights};
use ndarray::{Array2, Axis, array};
use std::path::Path;
use tonegrad::autograd::Tape;
use tonegrad::data::{Dataset, Standardize, Train};
use tonegrad::metrics::roc_auc;
use tonegrad::nn::{Activation, Conv1d, Dense, Dropout, Flatten, Loss, Model, Sequential};
use tonegrad::ops::Reduction;
use tonegrad::optim::Adam;
use tonegrad::store::{Card, Classifier, Tensors};
use tonegrad::train::{CsvLog, EarlyStopping, History, Monitor, Objective, Targets, Trainer};
use tonegrad::{Error, ErrorKind, Seed, Tensor};

/// The bumps of [`signals`], left or not.
fn left_or_not(n: usize, seed: u64) -> Dataset {
    let all = signals(n, seed);
    let y = all.y().iter().map(|&class| usize::from(class == 0)).collect();
    Dataset::new(all.x().to_owned(), y, ["elsewhere", "left"]).unwrap()
}

/// Sums of the three thirds of each signal, two of them.
fn sums(n: usize, seed: u64) -> Dataset {
    let x = signals(n, seed).x().to_owned();
    let third = |row: usize, i: usize| x.row(row).iter().skip(4 * i).take(4).sum::<f32>();
    let targets = Array2::from_shape_fn((n, 2), |(row, i)| third(row, i));
    Dataset::regression(x, targets).unwrap()
}

fn dense(outputs: usize) -> Model<f32> {
    Sequential::new([12]).then(Dense::new(16).relu()).then(Dense::new(outputs)).build(Seed(1)).unwrap()
}

fn trainer<'a>(loss: Loss) -> Trainer<'a, f32> {
    Trainer::new(Adam::new(1e-2)).loss(loss).epochs(25).batch_size(32)
}

#[test]
fn objectives_are_their_formulas() {
    let (logits, labels) = ([2.0, -1.0, 0.5, -3.0, 0.0_f64], [1, 1, 0, 0, 1_usize]);
    let nll = |x: f64, t: f64| -t * (1.0 / (1.0 + (-x).exp())).ln() - (1.0 - t) * (1.0 / (1.0 + x.exp())).ln();
    for (weights, smoothing) in [(None, 0.0), (Some([0.5, 3.0]), 0.0), (Some([2.0, 0.0]), 0.2), (None, 0.1)] {
        let rows = logits.iter().zip(labels).map(|(&x, label)| {
            let t = (1.0 - smoothing) * label as f64 + smoothing / 2.0;
            weights.map_or(1.0, |w| w[label]) * nll(x, t)
        });
        let sum: f64 = rows.sum();
        for (reduction, wanted) in [(Reduction::Sum, sum), (Reduction::Mean, sum / 5.0)] {
            let mut objective = Objective::new(Loss::BinaryCrossEntropy, Targets::Classes(labels.into()));
            objective.class_weights = weights.map(|w| w.to_vec().into());
            (objective.smoothing, objective.reduction) = (smoothing, reduction);
            let found = objective.value(Tape::new().constant(Tensor::new([5, 1], logits.to_vec()))).value().item();
            assert!((found - wanted).abs() < 1e-12, "{found} for {wanted}");
            assert_eq!(objective.correct(&Tensor::new([5, 1], logits.to_vec())), Some(2));
        }
    }
    // Rows of two numbers: a row counts with their mean.
    let (y, t) = (Tensor::from([[1.0, 2.0], [0.0, -4.0], [5.0, 5.0_f64]]), [[1.0, 0.0], [0.5, -1.0], [5.0, 2.0]]);
    for (loss, sum) in [
        (Loss::SquaredError, (4.0 + 0.25 + 9.0 + 9.0) / 2.0),
        (Loss::Huber { delta: 1.0 }, (1.5 + 0.125 + 2.5 + 2.5) / 2.0),
    ] {
        for (reduction, wanted) in [(Reduction::Sum, sum), (Reduction::Mean, sum / 3.0)] {
            let objective = Objective { reduction, ..Objective::new(loss, Targets::Numbers(Tensor::from(t))) };
            let found = objective.value(Tape::new().constant(y.clone())).value().item();
            assert!((found - wanted).abs() < 1e-12, "{found} for {wanted}");
            assert_eq!(objective.correct(&y), None);
        }
    }
}

#[test]
fn a_single_logit_learns_two_classes() {
    let (train, valid) = (Train::new(left_or_not(300, 1)), left_or_not(120, 2));
    let mut model = dense(1);
    let history = trainer(Loss::BinaryCrossEntropy).fit(&mut model, &train, &valid, Seed(3)).unwrap();
    let (test, best) = (model.evaluate(&valid).unwrap(), *history.best().unwrap());
    assert!(test.accuracy() > 0.9 && best.accuracy > 0.9, "{test}");
    assert_eq!((test.loss + model.penalty(), test.accuracy()), (best.val_loss, best.val_accuracy));
    let (one, both) = (model.predict(valid.x()), model.probabilities(valid.x()).unwrap());
    assert_eq!((one.dim(), both.dim()), ((120, 1), (120, 2)));
    assert_eq!(one.column(0), both.column(1));
    assert!(both.sum_axis(Axis(1)).iter().all(|sum| (sum - 1.0).abs() < 1e-6));
    assert!(roc_auc(&one.column(0).to_vec(), valid.y()).unwrap() > 0.95);
    // Weights of classes move the balance.
    let recall = |weights: [f64; 2]| {
        let mut model = dense(1);
        let mut trainer = trainer(Loss::BinaryCrossEntropy).epochs(3).class_weights(weights.to_vec());
        trainer.fit(&mut model, &train, &valid, Seed(3)).unwrap();
        model.evaluate(&valid).unwrap().confusion.per_class()[1].recall
    };
    assert!(recall([1.0, 20.0]) > recall([20.0, 1.0]));
}

#[test]
fn numbers_are_learned() {
    let (train, valid) = (Train::new(sums(300, 1)), sums(120, 2));
    for loss in [Loss::SquaredError, Loss::Huber { delta: 0.5 }] {
        let fit = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let mut model = dense(2);
                let history = trainer(loss).fit(&mut model, &train, &valid, Seed(3)).unwrap();
                (model, history)
            })
        };
        let (model, history) = fit(1);
        let (test, best) = (model.evaluate_regression(&valid).unwrap(), *history.best().unwrap());
        assert!(test.r2 > 0.97 && test.mae < 0.3, "{loss}: {test}");
        assert_eq!(test.loss + model.penalty(), best.val_loss);
        assert!([best.accuracy, best.val_accuracy, best.val_macro_f1].iter().all(|a| a.is_nan()));
        assert_eq!(model.predict(valid.x()), model.logits(valid.x()), "no activation makes them anything else");
        assert_eq!(weights(&model), weights(&fit(2).0));
    }
}

/// Signals to themselves, by way of fewer channels: it ends in a convolution.
fn autoencoder() -> Model<f32> {
    let network = Sequential::new([12, 1]).then(Conv1d::new(3, 5).same().activation(Activation::Tanh));
    network.then(Dropout::new(0.01)).then(Conv1d::new(1, 5).same()).build(Seed(2)).unwrap()
}

#[test]
fn an_autoencoder_ends_in_a_convolution() {
    let itself = |n, seed| {
        let x = signals(n, seed).x().to_owned();
        Dataset::regression(x.clone(), x).unwrap()
    };
    let (train, valid) = (Train::new(itself(200, 1)), itself(60, 2));
    let mut model = autoencoder().with_loss(Loss::SquaredError).unwrap();
    let before = model.evaluate_regression(&valid).unwrap();
    trainer(Loss::SquaredError).fit(&mut model, &train, &valid, Seed(3)).unwrap();
    let after = model.evaluate_regression(&valid).unwrap();
    assert!(after.loss < 0.1 * before.loss && after.r2 > 0.9, "{before} to {after}");
    assert_eq!((model.output(), model.predict(valid.x()).dim()), (&[12, 1][..], (60, 12)));
}

/// A classifier, or what predicts numbers, over raw features.
fn whole(model: Model<f32>, outputs: &[&str]) -> tonegrad::Result<Classifier<f32>> {
    let features = model.input().iter().product::<usize>();
    let card = Card::new(outputs.to_vec(), (0..features).map(|i| format!("f{i}")), "a test's", Seed(0));
    Classifier::new(model, Standardize::new(vec![0.5; features], vec![2.0; features]).unwrap(), card)
}

#[test]
fn model_files_know_the_loss() {
    let folder = tempfile::tempdir().unwrap();
    let (path, x) = (folder.path().join("m.safetensors"), signals(40, 5).x().to_owned());
    let names: Vec<String> = (0..12).map(|i| format!("value {i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for (model, loss, outputs) in [
        (dense(2), Loss::CrossEntropy, &["no", "yes"][..]),
        (dense(1), Loss::BinaryCrossEntropy, &["no", "yes"]),
        (dense(2), Loss::SquaredError, &["age", "height"]),
        (autoencoder(), Loss::Huber { delta: 0.25 }, &names),
    ] {
        let ours = whole(model.with_loss(loss).unwrap(), outputs).unwrap();
        ours.save(&path).unwrap();
        let text: serde_json::Value = serde_json::from_str(Tensors::open(&path).unwrap().text().unwrap()).unwrap();
        // A reader of the first format would make softmax of all others.
        let wanted = if loss == Loss::CrossEntropy { (1.into(), None) } else { (2.into(), Some(&text["loss"])) };
        assert_eq!((text["format"].clone(), text.get("loss")), wanted);
        let theirs = Classifier::<f32>::load(&path).unwrap();
        assert_eq!(theirs.model().loss(), loss);
        assert_eq!(theirs.predict(x.clone()).unwrap(), ours.predict(x.clone()).unwrap());
        match ours.probabilities(x.clone()) {
            Ok(probabilities) => {
                assert_eq!(theirs.probabilities(x.clone()).unwrap(), probabilities);
                assert_eq!(probabilities.dim(), (40, 2));
            }
            Err(error) => {
                let wanted = format!("probabilities: found a network trained on {loss}");
                assert!(!loss.wants_classes() && error.to_string().starts_with(&wanted), "{error}");
            }
        }
    }
}

#[test]
fn what_does_not_fit_a_loss_is_refused() {
    let (classes, two, numbers) = (signals(30, 1), left_or_not(30, 1), sums(30, 1));
    let one = Dataset::new(array![[0.0; 12], [1.0; 12]], vec![0, 0], ["only"]).unwrap();
    let sigmoid = || Sequential::new([12]).then(Dense::new(1).activation(Activation::Sigmoid)).build(Seed(0)).unwrap();
    let softmax = || {
        let net = Sequential::new([12]).then(Dense::new(2).activation(Activation::Softmax)).then(Flatten {});
        net.build(Seed(0)).unwrap()
    };
    let convolution = || Sequential::new([12, 1]).then(Conv1d::new(2, 3)).build(Seed(0)).unwrap();
    let fresh = |loss| trainer(loss);
    use Loss::{BinaryCrossEntropy as Binary, CrossEntropy as Cross, Huber, SquaredError as Squared};
    let cases: Vec<(Model<f32>, Trainer<f32>, &Dataset, &str)> = vec![
        (dense(1), fresh(Cross), &one, "layer 2, dense_1: found a single logit, wanted one for each class"),
        (softmax(), fresh(Cross), &two, "layer 1, dense: found Softmax at the end of the network, wanted logits"),
        (softmax(), fresh(Binary), &two, "layer 1, dense: found Softmax at the end of the network, wanted logits"),
        (sigmoid(), fresh(Binary), &two, "layer 1, dense: found Sigmoid at the end of the network, wanted logits"),
        (convolution(), fresh(Cross), &two, "layer 1, conv1d: found output [10, 2], wanted a vector of one logit"),
        (dense(2), fresh(Binary), &two, "layer 2, dense_1: found output [2], wanted a single logit"),
        (dense(1), fresh(Binary), &classes, "dataset: found 12 features and 3 classes, wanted 12 features and 2"),
        (dense(2), fresh(Cross), &numbers, "dataset, cross-entropy: found numbers as targets, wanted a class"),
        (dense(3), fresh(Squared), &classes, "dataset, squared error: found classes as targets, wanted numbers"),
        (dense(3), fresh(Squared), &numbers, "dataset: found 12 features and 2 targets, wanted 12 features and 3"),
        (dense(2), fresh(Huber { delta: 0.0 }), &numbers, "Huber loss, delta: found 0, wanted a finite number above 0"),
        (dense(2), fresh(Huber { delta: f64::NAN }), &numbers, "Huber loss, delta: found NaN"),
        (
            dense(2),
            fresh(Squared).early_stopping(EarlyStopping::on(Monitor::ValAccuracy)),
            &numbers,
            "monitor: found squared error, whose targets are numbers, wanted a loss of classes",
        ),
        (dense(2), fresh(Squared).label_smoothing(0.1), &numbers, "label smoothing: found squared error"),
        (dense(2), fresh(Squared).class_weights(vec![1.0]), &numbers, "class weights: found "),
    ];
    for (mut model, mut trainer, data, wanted) in cases {
        let before = weights(&model);
        let error = trainer.fit(&mut model, &Train::new(data.clone()), data, Seed(0)).unwrap_err();
        assert!(error.to_string().starts_with(wanted), "{error}\nwanted {wanted}");
        assert_eq!((weights(&model), model.loss()), (before, Loss::CrossEntropy), "nothing has happened");
    }

    // A softmax of a single logit would be 1 for every row, everywhere.
    let one_logit = |error: Error| error.to_string().contains("found a single logit, wanted one for each class");
    assert!(one_logit(dense(1).try_predict(classes.x()).unwrap_err()));
    assert!(one_logit(dense(1).probabilities(classes.x()).unwrap_err()));
    assert!(one_logit(dense(1).evaluate(&one).unwrap_err()));
    assert!(one_logit(whole(dense(1), &["only"]).unwrap_err()));
    assert!(std::panic::catch_unwind(|| dense(1).predict(signals(1, 1).x())).is_err());
    // So would a softmax of a softmax be nobody's probability.
    assert!(softmax().try_predict(classes.x()).is_err() && softmax().with_loss(Squared).is_ok());

    let narrow = dense(3).try_predict(array![[1.0, 2.0]].view()).unwrap_err();
    assert_eq!(narrow.to_string(), "Model: found rows of 2 features, wanted 12; build the network for these rows");
    let error = dense(2).with_loss(Squared).unwrap().evaluate(&two).unwrap_err();
    assert!(error.to_string().contains("call evaluate_regression"), "{error}");
    let error = dense(2).evaluate_regression(&numbers).unwrap_err();
    assert!(
        error.to_string().contains("trained on cross-entropy, and targets of the data set that are numbers"),
        "{error}"
    );
    assert!(dense(3).with_loss(Squared).unwrap().with_outputs(2).is_err(), "numbers share nothing");
}

#[test]
fn data_sets_of_numbers_say_so() {
    let numbers = sums(30, 1);
    assert_eq!((numbers.len(), numbers.y(), numbers.classes().len()), (30, &[][..], 0));
    let some = numbers.select(&[3, 3, 0]);
    let row = |data: &Dataset, row: usize| data.targets().unwrap().row(row).to_vec();
    assert_eq!((row(&some, 0), row(&some, 1), row(&some, 2)), (row(&numbers, 3), row(&numbers, 3), row(&numbers, 0)));
    let error = Dataset::regression(array![[1.0], [2.0]], array![[1.0]]).unwrap_err();
    assert!(error.to_string().starts_with("dataset: found 2 rows of features and 1 of targets"), "{error}");
    let error = Dataset::regression(array![[1.0], [2.0]], array![[1.0], [f32::NAN]]).unwrap_err();
    assert!(error.to_string().starts_with("dataset, row 1, target 0: found NaN"), "{error}");

    use tonegrad::balance::{RandomUnderSampler, Smote, cap};
    use tonegrad::classical::{Estimator, Knn, LogisticRegression, Svc};
    let train = Train::new(numbers.clone());
    let estimators: [&dyn Estimator; 3] = [&Knn { k: 1 }, &LogisticRegression::default(), &Svc::default()];
    let errors = estimators.map(|estimator| estimator.fit(&train, &train, Seed(0)).err().unwrap());
    let balanced = [
        Smote::default().balance(&train, Seed(0)),
        RandomUnderSampler::default().balance(&train, Seed(0)),
        cap(&train, 1, Seed(0)),
    ];
    for error in errors.into_iter().chain(balanced.map(|outcome| outcome.unwrap_err())) {
        assert_eq!(error.kind(), ErrorKind::Data);
        assert!(error.to_string().contains("found numbers as targets, wanted a class for each row"), "{error}");
    }
}

#[test]
fn a_regression_is_resumed_to_equal_bits() {
    let folder = tempfile::tempdir().unwrap();
    let (path, log) = (folder.path().join("run"), folder.path().join("log.csv"));
    let (train, valid) = (Train::new(sums(100, 1)), sums(40, 2));
    let fit = |epochs: usize, loss: Loss, path: &Path, resume: bool| {
        let mut model = dense(2);
        let trainer = trainer(loss).epochs(epochs).checkpoint(path, 1).resume(resume).with(CsvLog::new(&log));
        trainer
            .early_stopping(EarlyStopping::on(Monitor::Last))
            .fit(&mut model, &train, &valid, Seed(3))
            .map(|h| (weights(&model), h))
    };
    let (whole, history) = fit(4, Loss::SquaredError, &folder.path().join("other"), false).unwrap();
    fit(2, Loss::SquaredError, &path, false).unwrap();
    let (resumed, again) = fit(4, Loss::SquaredError, &path, true).unwrap();
    assert_eq!(resumed, whole);
    let figures = |h: &History| h.epochs.iter().map(|e| (e.loss.to_bits(), e.accuracy.to_bits())).collect::<Vec<_>>();
    assert_eq!(figures(&again), figures(&history));
    assert!(again.epochs.iter().all(|epoch| epoch.accuracy.is_nan() && epoch.val_macro_f1.is_nan()));
    let error = fit(4, Loss::Huber { delta: 1.0 }, &path, true).unwrap_err().to_string();
    assert!(error.contains("loss: found SquaredError, wanted Huber { delta: 1.0 }, as for this run"), "{error}");

    // What is not a number is nothing in files, and comes back.
    let csv = std::fs::read_to_string(&log).unwrap();
    assert!(csv.lines().nth(1).unwrap().contains(",,") && !csv.contains("NaN"), "{csv}");
    let json = serde_json::to_string(&history).unwrap();
    let read: History = serde_json::from_str(&json).unwrap();
    assert!(json.contains("\"accuracy\":null"), "{json}");
    assert_eq!(figures(&read), figures(&history));
}

#[test]
fn cross_entropy_is_what_a_trainer_begins_with() {
    let (train, valid) = (Train::new(signals(90, 1)), signals(30, 2));
    let fit = |chosen: bool| {
        let mut model = network();
        let trainer = Trainer::new(Adam::new(1e-2)).epochs(2).batch_size(30);
        let mut trainer = if chosen { trainer.loss(Loss::CrossEntropy) } else { trainer };
        trainer.fit(&mut model, &train, &valid, Seed(9)).unwrap();
        weights(&model)
    };
    assert_eq!(fit(true), fit(false));
}

#[test]
fn rows_of_f64_lose_no_digit() {
    // A second a row, counted since 1970: an f32 counts in steps of 128 there, and all rows would be one.
    let x = Array2::from_shape_fn((60, 1), |(i, _)| 1.7e9 + i as f64);
    let targets = x.mapv(|t| (t - 1.7e9) / 30.0 - 1.0);
    assert!(x.iter().all(|&t| t as f32 == x[[0, 0]] as f32));
    let data = Dataset::regression_f64(x.clone(), targets).unwrap();
    let parts = data.split(Seed(0)).unwrap().standardized().unwrap();
    let mut model = Sequential::new([1]).then(Dense::new(1)).build::<f64>(Seed(0)).unwrap();
    let mut trainer = Trainer::new(Adam::new(0.1)).loss(Loss::SquaredError).epochs(100).batch_size(16);
    trainer.fit(&mut model, &parts.train, &parts.valid, Seed(0)).unwrap();
    assert!(model.evaluate_regression(&parts.test).unwrap().r2 > 0.999);

    let whole = Classifier::new(model, parts.standardize.unwrap(), Card::of(&data)).unwrap();
    let predicted = whole.predict(x).unwrap();
    assert!(predicted.column(0).windows(2).into_iter().all(|w| w[0] < w[1]), "each second later is more");
    assert_eq!(
        (&whole.card().classes[0], whole.card().features[0].to_string()),
        (&"target 0".to_string(), "column 0".into())
    );
    assert!(Dataset::new_f64(array![[0.5]], vec![1], ["only"]).is_err());
}
