//! The training loop: what it learns, when it stops, what it gives back.

use crate::signals::{network, signals, weights};
use ndarray::{Array2, Axis};
use rand::seq::SliceRandom;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tonegrad::data::{Dataset, Train};
use tonegrad::nn::{Dense, Init, Mode, Model, Sequential};
use tonegrad::ops::Reduction;
use tonegrad::optim::{Adam, AdamW, Schedule, Sgd, State, clip_global_norm};
use tonegrad::train::{
    BatchEnd, BatchGradients, Callback, EarlyStopping, Epoch, Monitor, Objective, StepView, Stopped, Targets, Trainer,
};
use tonegrad::{Error, ErrorKind, Result, Seed};

#[test]
fn it_learns_what_can_be_learned() {
    let (train, valid) = (Train::new(signals(300, 1)), signals(90, 2));
    let mut model = network();
    let before = model.evaluate(&valid).unwrap();
    let history =
        Trainer::new(Adam::new(1e-2)).epochs(15).batch_size(32).fit(&mut model, &train, &valid, Seed(3)).unwrap();
    let after = model.evaluate(&valid).unwrap();
    assert!(before.accuracy() < 0.6 && after.accuracy() > 0.85, "{} to {}", before.accuracy(), after.accuracy());
    // What comes back are the weights of the best epoch, to the last bit of their loss.
    assert_eq!(after.loss + model.penalty(), history.best().unwrap().val_loss);
    assert!(history.epochs.iter().all(|e| e.val_loss >= after.loss + model.penalty()));
}

#[test]
fn the_same_seed_gives_the_same_bits_on_any_number_of_threads() {
    let (train, valid) = (Train::new(signals(130, 1)), signals(40, 2));
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut model = network();
            let mut trainer =
                Trainer::new(Adam::new(1e-2)).epochs(3).batch_size(48).clip_norm(1.0).label_smoothing(0.1);
            let history = trainer.fit(&mut model, &train, &valid, Seed(9)).unwrap();
            (weights(&model), history.epochs.iter().map(|e| (e.loss, e.val_loss)).collect::<Vec<_>>())
        })
    };
    let one = run(1);
    assert_eq!(run(2), one);
    assert_eq!(run(7), one);
}

#[test]
fn another_seed_gives_another_order_and_other_dropout() {
    let (train, valid) = (Train::new(signals(60, 1)), signals(30, 2));
    let run = |seed| {
        let mut model = network();
        Trainer::new(Adam::new(1e-2)).epochs(1).batch_size(20).fit(&mut model, &train, &valid, Seed(seed)).unwrap();
        weights(&model)
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn patience_ends_training_and_the_best_weights_come_back() {
    let (train, valid) = (Train::new(signals(60, 1)), signals(30, 2));
    let mut model = network();
    // No epoch gains so much: patience ends after three. The weights are those of the lowest loss all the same.
    let rule = EarlyStopping::on(Monitor::ValLoss).patience(3).tol(10.0);
    let fit = |rule, model: &mut Model<f32>| {
        let mut trainer = Trainer::new(Sgd::new(2.0)).epochs(50).batch_size(20).early_stopping(rule);
        trainer.fit(model, &train, &valid, Seed(3)).unwrap()
    };
    let history = fit(rule, &mut model);
    assert_eq!((history.stopped, history.epochs.len()), (Stopped::Early, 4));
    let least = history.epochs.iter().map(|e| e.val_loss).fold(f64::INFINITY, f64::min);
    assert_eq!(
        (history.best().unwrap().val_loss, model.evaluate(&valid).unwrap().loss + model.penalty()),
        (least, least)
    );

    let mut model = network();
    let last = fit(rule.keep_last(), &mut model);
    assert_eq!((last.best_epoch, last.epochs.len()), (4, 4));
    assert_eq!(model.evaluate(&valid).unwrap().loss + model.penalty(), last.epochs[3].val_loss);
    assert_ne!(history.best_epoch, 4, "or both rules keep the same");
}

#[test]
fn monitors_know_which_way_is_better() {
    let (train, valid) = (Train::new(signals(90, 1)), signals(45, 2));
    for &monitor in Monitor::ALL {
        let name = monitor.name();
        assert_eq!(name.parse::<Monitor>().unwrap(), monitor);
        let mut model = network();
        let mut trainer =
            Trainer::new(Adam::new(5e-3)).epochs(6).batch_size(30).early_stopping(EarlyStopping::on(monitor));
        let history = trainer.fit(&mut model, &train, &valid, Seed(4)).unwrap();
        let values = history.epochs.iter().map(|e| monitor.of(e));
        let best =
            if name.ends_with("loss") { values.fold(f64::INFINITY, f64::min) } else { values.fold(0.0, f64::max) };
        assert_eq!(monitor.of(history.best().unwrap()), best, "{name}");
    }
    let error = "val_los".parse::<Monitor>().unwrap_err().to_string();
    assert!(error.starts_with("monitor: found \"val_los\", wanted one of loss, accuracy, val_loss"), "{error}");
}

#[test]
fn a_loss_that_is_not_finite_names_epoch_batch_and_layer() {
    let (train, valid) = (Train::new(signals(60, 1)), signals(30, 2));
    let mut model = network();
    let error =
        Trainer::new(Sgd::new(1e30)).epochs(5).batch_size(20).fit(&mut model, &train, &valid, Seed(3)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NonFinite);
    let text = error.to_string();
    assert!(text.starts_with("epoch 1, batch 2, ") && text.contains("lower the learning rate"), "{text}");
    assert!(["conv1d", "dense"].iter().any(|layer| text.contains(layer)), "{text}");
    assert!(model.params().iter().all(|p| p.value.is_finite()), "the weights from before the accident come back");

    // A feature that is not finite is the input's fault, not a layer's.
    let mut broken = signals(60, 1);
    broken.x_mut()[[7, 2]] = f32::NAN;
    let error =
        Trainer::new(Adam::new(1e-3)).batch_size(60).fit(&mut model, &Train::new(broken), &valid, Seed(3)).unwrap_err();
    assert!(error.to_string().starts_with("epoch 1, batch 1, input: a feature is not finite"), "{error}");
}

/// Interrupts training after some mini-batches, and counts them.
struct Interrupt {
    after: usize,
    flag: Arc<AtomicBool>,
    batches: usize,
}

impl Callback for Interrupt {
    fn on_batch(&mut self, end: &BatchEnd) -> Result<()> {
        self.batches += 1;
        assert!(self.batches <= self.after, "a batch after the interruption");
        assert_eq!(end.batch, (self.batches - 1) % 3 + 1);
        self.flag.store(self.batches == self.after, Ordering::Relaxed);
        Ok(())
    }
}

#[test]
fn an_interruption_ends_after_the_batch_and_still_evaluates() {
    let (train, valid) = (Train::new(signals(60, 1)), signals(30, 2));
    for (after, epochs) in [(1, 1), (3, 1), (5, 2)] {
        let flag = Arc::new(AtomicBool::new(false));
        let interrupt = Interrupt { after, flag: flag.clone(), batches: 0 };
        let mut model = network();
        let mut trainer = Trainer::new(Adam::new(1e-2)).epochs(9).batch_size(20).interrupt(flag).with(interrupt);
        let history = trainer.fit(&mut model, &train, &valid, Seed(3)).unwrap();
        assert_eq!((history.stopped, history.epochs.len()), (Stopped::Interrupted, epochs));
        assert_eq!(history.best_epoch, 1, "a part of an epoch is the best only where there is no other");
        assert_eq!(model.evaluate(&valid).unwrap().loss + model.penalty(), history.best().unwrap().val_loss);
    }
}

/// Remembers the learning rates.
struct Rates(Arc<std::sync::Mutex<Vec<f64>>>);

impl Callback for Rates {
    fn on_epoch(&mut self, epoch: &Epoch) -> Result<()> {
        self.0.lock().unwrap().push(epoch.learning_rate);
        Ok(())
    }
}

fn rates(schedule: Schedule, stopping: EarlyStopping) -> Vec<f64> {
    let (train, valid) = (Train::new(signals(60, 1)), signals(30, 2));
    let heard = Arc::default();
    let rates = Rates(Arc::clone(&heard));
    let mut trainer = Trainer::new(Sgd::new(0.8)).epochs(6).batch_size(20).schedule(schedule).early_stopping(stopping);
    trainer = trainer.with(rates);
    trainer.fit(&mut network(), &train, &valid, Seed(3)).unwrap();
    drop(trainer);
    heard.lock().unwrap().clone()
}

#[test]
fn schedules_set_the_rate_of_every_step() {
    let best = EarlyStopping::on(Monitor::ValLoss);
    assert_eq!(rates(Schedule::Constant, best), [0.8; 6]);
    assert_eq!(rates(Schedule::Step { every: 2, factor: 0.5 }, best), [0.8, 0.8, 0.4, 0.4, 0.2, 0.2]);
    // The rate of an epoch's last batch, of three: the warm-up has come 2/3 of its one epoch.
    let cosine = rates(Schedule::Cosine { warm_up: 1.0, floor: 0.0 }, best);
    assert!(
        (cosine[0] - 0.8 * 2.0 / 3.0).abs() < 1e-12 && cosine.windows(2).skip(1).all(|w| w[0] > w[1]),
        "{cosine:?}"
    );
    // Nothing ever gains 10, so every second epoch is one too many.
    let plateau = Schedule::Plateau { patience: 2, factor: 0.5, floor: 0.3 };
    assert_eq!(rates(plateau, best.min_delta(10.0)), [0.8, 0.8, 0.8, 0.4, 0.4, 0.8 * 0.3]);
}

#[test]
fn settings_out_of_range_are_refused() {
    let (train, valid) = (Train::new(signals(60, 1)), signals(30, 2));
    let refused = |mut trainer: Trainer<f32>, wanted: &str| {
        let error = trainer.fit(&mut network(), &train, &valid, Seed(0)).unwrap_err();
        assert_eq!(error.to_string(), wanted);
    };
    let trainer = || Trainer::new(Adam::new(1e-3));
    refused(trainer().epochs(0), "epochs: found 0, wanted at least 1");
    refused(trainer().batch_size(0), "batch size: found 0, wanted at least 1");
    refused(Trainer::new(Adam::new(-1.0)), "learning rate: found -1, wanted a positive number");
    refused(Trainer::new(Adam::new(f64::NAN)), "learning rate: found NaN, wanted a positive number");
    refused(trainer().label_smoothing(1.5), "label smoothing: found 1.5, wanted 0 to 1");
    refused(trainer().class_weights(vec![1.0, 2.0]), "class weights: found 2, wanted 3, one a class");

    let weights = |a, b, c| trainer().class_weights(vec![a, b, c]);
    for (weights, found) in [(weights(1.0, -1.0, 1.0), "-1"), (weights(1.0, f64::NAN, 1.0), "NaN")] {
        refused(weights, &format!("class weights: found {found} for \"middle\", wanted finite numbers, at least 0"));
    }
    refused(weights(0.0, 0.0, 0.0), "class weights: found 0 for every class, wanted at least one above 0");
    for (norm, found) in [(-1.0, "-1"), (0.0, "0"), (f64::NAN, "NaN")] {
        refused(trainer().clip_norm(norm), &format!("gradient clipping: found {found}, wanted a norm above 0"));
    }
    for (delta, found) in [(-0.1, "-0.1"), (f64::NAN, "NaN")] {
        let stopping = EarlyStopping::on(Monitor::ValLoss).min_delta(delta);
        let wanted = format!("early stopping, min_delta: found {found}, wanted at least 0");
        refused(trainer().early_stopping(stopping), &wanted);
    }
    let (finite, share) = ("wanted a finite number, at least 0", "wanted 0 to 1, a share of the learning rate");
    for (schedule, wanted) in [
        (Schedule::Step { every: 0, factor: 0.5 }, "epochs between steps: found 0, wanted at least 1".into()),
        (Schedule::Step { every: 1, factor: -0.5 }, format!("factor: found -0.5, {finite}")),
        (Schedule::Step { every: 1, factor: f64::NAN }, format!("factor: found NaN, {finite}")),
        (Schedule::Plateau { patience: 1, factor: -1.0, floor: 0.0 }, format!("factor: found -1, {finite}")),
        (Schedule::Plateau { patience: 1, factor: 0.5, floor: 1.5 }, format!("floor: found 1.5, {share}")),
        (Schedule::Cosine { warm_up: 0.0, floor: f64::NAN }, format!("floor: found NaN, {share}")),
        (
            Schedule::Cosine { warm_up: f64::NAN, floor: 0.0 },
            "warm-up: found NaN, wanted a finite number of epochs, at least 0".into(),
        ),
    ] {
        refused(trainer().schedule(schedule), &format!("schedule, {wanted}"));
    }
    let adam = Adam::new(1e-3);
    let below_1 = "wanted at least 0 and below 1";
    for (rule, wanted) in [
        (Adam { beta1: 1.0, ..adam }, format!("beta1: found 1, {below_1}")),
        (Adam { beta2: 2.0, ..adam }, format!("beta2: found 2, {below_1}")),
        (Adam { beta2: f64::NAN, ..adam }, format!("beta2: found NaN, {below_1}")),
        (Adam { epsilon: -1.0, ..adam }, format!("epsilon: found -1, {finite}")),
        (Adam { epsilon: f64::NAN, ..adam }, format!("epsilon: found NaN, {finite}")),
    ] {
        refused(Trainer::new(rule), &format!("Adam, {wanted}"));
        refused(Trainer::new(AdamW { adam: rule, weight_decay: 0.0 }), &format!("Adam, {wanted}"));
    }
    for (weight_decay, found) in [(-1.0, "-1"), (f64::NAN, "NaN")] {
        refused(
            Trainer::new(AdamW { adam, weight_decay }),
            &format!("AdamW, weight decay: found {found}, wanted a finite number, at least 0"),
        );
    }
    for (momentum, found) in [(-0.1, "-0.1"), (1.5, "1.5"), (f64::NAN, "NaN")] {
        let wanted = format!("SGD, momentum: found {found}, wanted 0 to 1");
        refused(Trainer::new(Sgd::new(1e-3).momentum(momentum)), &wanted);
    }

    let mut small = Sequential::new([5]).then(Dense::new(3)).build::<f32>(Seed(0)).unwrap();
    let error = trainer().fit(&mut small, &train, &valid, Seed(0)).unwrap_err();
    let wanted =
        "dataset: found 12 features and 3 classes, wanted 5 features and 3 classes; build the model for this dataset";
    assert_eq!(error.to_string(), wanted);
    let error = trainer().fit(&mut network(), &train, &valid.select(&[]), Seed(0)).unwrap_err();
    assert_eq!(error.to_string(), "validation part: found no rows, wanted at least one");
}

#[test]
fn class_weights_draw_the_model_towards_the_rare_class() {
    let many = signals(300, 1);
    let rows: Vec<usize> = (0..300).filter(|&i| many.y()[i] != 2 || i % 12 == 0).collect();
    let (train, valid) = (Train::new(many.select(&rows)), signals(90, 2));
    let recall = |weights: Option<Vec<f64>>| {
        let mut model = network();
        let mut trainer = Trainer::new(Adam::new(1e-2)).epochs(2).batch_size(32);
        if let Some(weights) = weights {
            trainer = trainer.class_weights(weights);
        }
        trainer.fit(&mut model, &train, &valid, Seed(3)).unwrap();
        model.evaluate(&valid).unwrap().confusion.per_class()[2].recall
    };
    let (without, with) = (recall(None), recall(Some(train.balanced_weights())));
    assert!(with > without + 0.1, "recall of the rare class {without} without weights, {with} with");
}

/// Losses are shown as means over the rows even where their sum is what is minimised, and penalties once for each.
#[test]
fn a_summed_loss_is_shown_as_a_mean() {
    let x = Array2::from_shape_fn((200, 2), |(row, column)| (row * (column + 3) % 7) as f32);
    let train = Train::new(Dataset::new(x, (0..200).map(|row| row % 4).collect(), ["a", "b", "c", "d"]).unwrap());
    let first = |reduction| {
        let network = Sequential::new([2]).then(Dense::new(4).init(Init::Zeros).bias_init(Init::Zeros).l2(0.5));
        let mut model: Model<f64> = network.build(Seed(0)).unwrap();
        // The same for all classes, so that the weights say nothing, but cost ½ · 8 · 3².
        model.params_mut()[0].value.as_mut_slice().fill(3.0);
        let mut trainer = Trainer::new(Sgd::new(1e-300)).epochs(1).batch_size(70).reduction(reduction);
        trainer.fit(&mut model, &train, &train, Seed(0)).unwrap().epochs[0].loss
    };
    let wanted = 4f64.ln() + 36.0;
    assert!((first(Reduction::Mean) - wanted).abs() < 1e-12);
    assert!((first(Reduction::Sum) - wanted).abs() < 1e-12);
}

#[test]
fn parts_whose_classes_have_other_names_are_refused() {
    let (train, valid) = (Train::new(signals(30, 1)), signals(15, 2));
    let mut names = valid.classes().to_vec();
    names.rotate_left(1);
    let valid = Dataset::new(valid.x().to_owned(), valid.y().to_vec(), names).unwrap();
    let error = Trainer::new(Adam::new(1e-3)).fit(&mut network(), &train, &valid, Seed(0)).unwrap_err().to_string();
    assert!(
        error.starts_with("validation part, class 0: found ") && error.contains("as in the training part"),
        "{error}"
    );
}

#[test]
fn gradients_come_by_name_and_accumulate() {
    let (model, rows) = (network(), signals(24, 1));
    let all = |part: &[usize], share: f64, sum: &mut BatchGradients<f32>| {
        let objective = Objective::new(model.loss(), Targets::of(&rows, part));
        let x = model.batch(rows.x().select(Axis(0), part).view());
        sum.accumulate(share, &model.gradients(x, Mode::Eval, |outputs| objective.value(outputs)));
    };
    let (mut at_once, mut in_parts) = (BatchGradients::zeros(&model), BatchGradients::zeros(&model));
    all(&(0..24).collect::<Vec<_>>(), 1.0, &mut at_once);
    (0..24).collect::<Vec<_>>().chunks(6).for_each(|part| all(part, 0.25, &mut in_parts));
    assert!((at_once.loss - in_parts.loss).abs() < 1e-6);
    for ((name, one), (_, other)) in at_once.iter().zip(in_parts.iter()) {
        let largest = one.as_slice().iter().zip(other.as_slice()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(largest < 1e-6, "{name}: {largest}");
        assert!(one.as_slice().iter().any(|g| *g != 0.0), "{name} has no gradient at all");
    }
    let names: Vec<&str> = at_once.iter().map(|(name, _)| name).collect();
    assert_eq!(names, model.params().iter().map(|p| p.name.as_str()).collect::<Vec<_>>());
    assert_eq!(at_once.by_name("dense.bias"), Some(&at_once.values[3]));
    assert_eq!(at_once.by_name("dense_9.bias"), None);
    let norms = at_once.norms_by_layer();
    assert_eq!(norms.iter().map(|(layer, _)| layer.as_str()).collect::<Vec<_>>(), ["conv1d", "dense", "dense_1"]);
    let squares: f64 = norms.iter().map(|(_, norm)| norm * norm).sum();
    assert!((clip_global_norm(&mut at_once.values, 1e9) - squares.sqrt()).abs() < 1e-9);
}

#[test]
fn a_loop_by_hand_gives_the_bits_of_the_trainer() {
    let (train, valid) = (Train::new(signals(60, 1)), signals(30, 2));
    let (mut ours, mut theirs, adam, seed) = (network(), network(), Adam::new(1e-2), Seed(3));
    let mut trainer = Trainer::new(adam).epochs(1).batch_size(60).early_stopping(EarlyStopping::on(Monitor::Last));
    trainer.fit(&mut theirs, &train, &valid, seed).unwrap();

    let mut order: Vec<usize> = (0..60).collect();
    order.shuffle(&mut seed.stream("shuffle 1"));
    let objective = Objective::new(ours.loss(), Targets::of(&train, &order));
    let x = ours.batch(train.x().select(Axis(0), &order).view());
    let gradients = ours.gradients(x, Mode::Train(seed.key("dropout").child(0)), |outputs| objective.value(outputs));
    State::new(&adam, ours.params()).step(&adam, 1e-2, ours.params_mut(), &gradients.values);
    assert_eq!(weights(&ours), weights(&theirs));
}

#[test]
fn schedules_and_observers_of_ones_own() {
    let (train, valid) = (Train::new(signals(60, 1)), signals(30, 2));
    let fit = |own: bool, seen: &mut Vec<(usize, usize, f64, u32)>| {
        let mut model = network();
        let mut trainer =
            Trainer::new(Sgd::new(0.1)).epochs(3).batch_size(20).clip_norm(1e-3).observe(|step: &StepView<f32>| {
                assert_eq!(step.params.len(), step.gradients.len());
                let norm = clip_global_norm(&mut step.gradients.to_vec(), f64::INFINITY);
                assert!(norm > 1e-3, "they are not clipped yet");
                seen.push((step.epoch, step.batch, step.learning_rate, step.params[0].value.as_slice()[0].to_bits()));
                Ok(())
            });
        trainer = match own {
            true => trainer.own_schedule("halved", |epoch| 0.5_f64.powf(epoch.floor())),
            false => trainer.schedule(Schedule::Step { every: 1, factor: 0.5 }),
        };
        trainer.fit(&mut model, &train, &valid, Seed(3)).unwrap();
        weights(&model)
    };
    let (mut own, mut usual) = (Vec::new(), Vec::new());
    assert_eq!(fit(true, &mut own), fit(false, &mut usual));
    assert_eq!(own, usual);
    assert_eq!(
        own.iter().map(|s| (s.0, s.1, s.2)).take(4).collect::<Vec<_>>(),
        [(1, 1, 0.1), (1, 2, 0.1), (1, 3, 0.1), (2, 1, 0.05)]
    );
    assert!(own.len() == 9 && own.windows(2).any(|w| w[0].3 != w[1].3), "the parameters move");

    let mut model = network();
    let before = weights(&model);
    let mut refuses =
        Trainer::new(Sgd::new(0.1)).observe(|_: &StepView<f32>| Err(Error::config("mine").found("enough")));
    assert_eq!(refuses.fit(&mut model, &train, &valid, Seed(3)).unwrap_err().to_string(), "mine: found enough");
    assert_eq!(weights(&model), before, "the step was not taken");
    let mut trainer = Trainer::new(Sgd::new(0.1))
        .batch_size(20)
        .own_schedule("bad", |epoch| if epoch > 0.5 { f64::NAN } else { 1.0 });
    let error = trainer.fit(&mut model, &train, &valid, Seed(3)).unwrap_err().to_string();
    assert_eq!(error, "schedule \"bad\", epoch 0.67: found NaN, wanted a finite factor, at least 0");
}
