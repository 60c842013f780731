//! What is a matter of convention, not of calculus: behaviour at kinks, randomness, and what is refused, in which words.

use tonegrad::autograd::{Op, Tape, Var, map_examples};
use tonegrad::nn::{
    Activation, AvgPool1d, Conv1d, Dense, Dropout, Flatten, Gather, GlobalMaxPool1d, Loss, MaxPool1d, Mode, Sequential,
};
use tonegrad::ops::{self, Padding, SoftmaxCrossEntropy};
use tonegrad::random::{Key, Seed};
use tonegrad::{ErrorKind, Tensor};

/// The derivative of a function at each of these points.
fn slopes(at: &[f64], f: impl for<'t> Fn(Var<'t, f64>) -> Var<'t, f64>) -> Vec<f64> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([at.len()], at.to_vec()));
    tape.gradients(&f(x.clone()).sum()).of(&x).as_slice().to_vec()
}

#[test]
fn at_a_kink_the_flatter_side_holds() {
    assert_eq!(slopes(&[-1.0, -0.0, 0.0, f64::MIN_POSITIVE], |x| x.relu()), [0.0, 0.0, 0.0, 1.0]);
    assert_eq!(slopes(&[0.0, 0.1, 5.9, 6.0, 6.1], |x| x.relu6()), [0.0, 1.0, 1.0, 0.0, 0.0]);
    assert_eq!(slopes(&[-2.0, 0.0, 2.0], |x| x.leaky_relu(0.25)), [0.25, 0.25, 1.0]);
    assert_eq!(slopes(&[-2.0, -0.0, 0.0, 2.0], |x| x.l1(0.5)), [-0.5, 0.0, 0.0, 0.5]);
    assert_eq!(slopes(&[-2.0, -0.0, 0.0, 2.0], |x| x.abs()), [-1.0, 0.0, 0.0, 1.0]);
}

#[test]
fn the_power_zero_is_one_everywhere() {
    assert_eq!(slopes(&[-2.0, 0.0, 2.0], |x| x.powi(0)), [0.0; 3]);
    assert_eq!(slopes(&[-2.0, 0.0, 2.0], |x| x.powf(0.0)), [0.0; 3]);
    assert_eq!(forward(&ops::Powi { exponent: 0 }, Tensor::zeros([1])), [1.0]);
    assert_eq!(slopes(&[0.0, 2.0], |x| x.powi(1)), [1.0, 1.0]);
}

#[test]
fn of_two_equal_elements_the_first_gets_the_gradient() {
    type Pair = for<'t> fn(Var<'t, f64>, Var<'t, f64>) -> Var<'t, f64>;
    let larger = |a: f64, b: f64, f: Pair| {
        let tape = Tape::new();
        let [a, b] = [a, b].map(|x| tape.leaf(Tensor::scalar(x)));
        let y = f(a.clone(), b.clone());
        let gradients = tape.gradients(&y);
        (y.value().item(), gradients.of(&a).item(), gradients.of(&b).item())
    };
    let [maximum, minimum]: [Pair; 2] = [|a, b| a.maximum(b), |a, b| a.minimum(b)];
    for f in [maximum, minimum] {
        assert_eq!(larger(3.0, 3.0, f), (3.0, 1.0, 0.0));
        assert_eq!(larger(0.0, -0.0, f), (0.0, 1.0, 0.0));
        for (a, b, first) in [(f64::NAN, 1.0, 1.0), (1.0, f64::NAN, 0.0), (f64::NAN, f64::NAN, 0.0)] {
            let (y, da, db) = larger(a, b, f);
            assert!(y.is_nan() && (da, db) == (first, 1.0 - first), "{a} {b}: {y} {da} {db}");
        }
    }
    assert_eq!(larger(3.0, 5.0, maximum), (5.0, 0.0, 1.0));
    assert_eq!(larger(3.0, 5.0, minimum), (3.0, 1.0, 0.0));
}

#[test]
fn of_equal_maxima_the_first_gets_the_gradient() {
    let signal = |values: &[f64], f: &dyn for<'t> Fn(Var<'t, f64>) -> Var<'t, f64>| {
        slopes(values, |x| f(x.reshape([1, values.len(), 1])))
    };
    assert_eq!(signal(&[3.0, 3.0, 1.0, 1.0], &|x| max_pool(x, 2, 2)), [1.0, 0.0, 1.0, 0.0]);
    // Overlapping windows: [3 3] [3 1] [1 3]; the second position is the first maximum of the second window only.
    assert_eq!(signal(&[3.0, 3.0, 1.0, 3.0], &|x| max_pool(x, 2, 1)), [1.0, 1.0, 0.0, 1.0]);
    assert_eq!(signal(&[1.0, 3.0, 3.0, 3.0], &|x| x.global_max_pool1d()), [0.0, 1.0, 0.0, 0.0]);
}

fn max_pool(x: Var<'_, f64>, size: usize, stride: usize) -> Var<'_, f64> {
    x.max_pool1d(ops::MaxPool1d { size, stride, padding: Padding::Valid })
}

fn forward<O: Op<f64, 1>>(op: &O, x: Tensor<f64>) -> Vec<f64> {
    op.forward([x]).0.as_slice().to_vec()
}

#[test]
fn a_number_that_is_none_cannot_hide() {
    let signal = |values: [f64; 4]| Tensor::new([1, 4, 1], values.to_vec());
    let nan = f64::NAN;
    let pool = ops::MaxPool1d { size: 2, stride: 2, padding: Padding::Valid };
    for hidden in [signal([nan, 1.0, 1.0, 2.0]), signal([1.0, nan, 1.0, 2.0])] {
        let y = forward(&pool, hidden.clone());
        assert!(y[0].is_nan() && y[1] == 2.0);
        assert!(forward(&ops::GlobalMaxPool1d, hidden.clone())[0].is_nan());
        for y in [forward(&ops::Relu, hidden.clone()), forward(&ops::Relu6, hidden.clone())] {
            assert_eq!(y.iter().filter(|y| y.is_nan()).count(), 1);
        }
        assert!(forward(&ops::Softmax, hidden.reshape([1, 4])).iter().all(|p| p.is_nan()));
    }
}

#[test]
fn what_lies_outside_neither_wins_nor_counts() {
    let x = || Tensor::new([1, 3, 1], vec![-4.0, -2.0, -6.0]);
    let (size, stride) = (2, 2);
    assert_eq!(forward(&ops::MaxPool1d { size, stride, padding: Padding::Same }, x()), [-2.0, -6.0]);
    assert_eq!(forward(&ops::AvgPool1d { size, stride, padding: Padding::Same }, x()), [-3.0, -6.0]);
    // Windows wholly outside: no maximum, and nothing to average.
    let padding = Padding::Explicit(2, 3);
    let max = forward(&ops::MaxPool1d { size, stride, padding }, x());
    assert_eq!(max, [f64::NEG_INFINITY, -2.0, -6.0, f64::NEG_INFINITY]);
    assert_eq!(forward(&ops::AvgPool1d { size, stride, padding }, x()), [0.0, -3.0, -6.0, 0.0]);
    let slopes = slopes(&[-4.0, -2.0, -6.0], |x| {
        x.reshape([1, 3, 1]).max_pool1d(ops::MaxPool1d { size, stride, padding }).relu()
    });
    assert_eq!(slopes, [0.0; 3]);
}

#[test]
fn an_empty_batch_gives_an_empty_result() {
    let network = Sequential::new([6, 1]).then(Conv1d::new(2, 3).relu()).then(MaxPool1d::new(2)).then(Flatten {});
    let model = network.then(Dense::new(3)).build::<f64>(Seed(0)).unwrap();
    let tape = Tape::new();
    let params: Vec<_> = model.params().iter().map(|p| tape.leaf(p.value.clone())).collect();
    let y = model.forward(tape.constant(Tensor::zeros([0, 6, 1])), &params, Mode::Eval);
    assert_eq!(y.shape(), [0, 3]);
    let gradients = tape.gradients(&y.sum());
    assert!(params.iter().all(|p| gradients.of(p).as_slice().iter().all(|&g| g == 0.0)));
    let mean = tape.constant(Tensor::zeros([0, 3])).mean();
    assert_eq!(mean.value().item(), 0.0);
}

const ROWS: usize = 200;
const VALUES: usize = 500;

fn dropped(rate: f64, key: Key) -> Tensor<f64> {
    ops::Dropout { rate, key }.forward([Tensor::full([ROWS, VALUES], 1.0)]).0
}

#[test]
fn dropout_keeps_its_share_and_the_mean() {
    for rate in [0.0, 0.1, 0.5, 0.9] {
        let y = dropped(rate, Seed(7).key("step"));
        let kept = y.as_slice().iter().filter(|&&y| y != 0.0).count() as f64;
        let (n, keep) = ((ROWS * VALUES) as f64, 1.0 - rate);
        // Five standard deviations of a binomial count: one seed in two million would fall outside.
        let room = 5.0 * (n * keep * rate).sqrt();
        assert!((kept - n * keep).abs() <= room, "rate {rate}: {kept} of {n} kept");
        assert!(y.as_slice().iter().all(|&y| y == 0.0 || y == 1.0 / keep));
        let mean = y.as_slice().iter().sum::<f64>() / n;
        assert!((mean - 1.0).abs() <= room / keep / n + 1e-12, "rate {rate}: the mean became {mean}");
    }
}

#[test]
fn dropout_favours_no_row_no_column_and_no_neighbour() {
    let y = dropped(0.5, Seed(8).key("step"));
    let kept = |i: usize, j: usize| y.as_slice()[i * VALUES + j] != 0.0;
    let room = |n: usize| 5.5 * (n as f64 / 4.0).sqrt();
    let near_half = |count: usize, n: usize| (count as f64 - n as f64 / 2.0).abs() <= room(n);
    assert!((0..ROWS).all(|i| near_half((0..VALUES).filter(|&j| kept(i, j)).count(), VALUES)));
    assert!((0..VALUES).all(|j| near_half((0..ROWS).filter(|&i| kept(i, j)).count(), ROWS)));
    let pairs = |di: usize, dj: usize| {
        let all = (0..ROWS - di).flat_map(|i| (0..VALUES - dj).map(move |j| (i, j)));
        let equal = all.filter(|&(i, j)| kept(i, j) == kept(i + di, j + dj)).count();
        near_half(equal, (ROWS - di) * (VALUES - dj))
    };
    assert!(pairs(0, 1) && pairs(1, 0) && pairs(1, 1) && pairs(0, 2));
}

#[test]
fn the_same_key_drops_the_same_and_another_key_others() {
    let key = Seed(7).key("step");
    let differing =
        |a: &Tensor<f64>, b: &Tensor<f64>| a.as_slice().iter().zip(b.as_slice()).filter(|(a, b)| a != b).count();
    let mask = dropped(0.5, key);
    assert_eq!(dropped(0.5, key), mask);
    for other in [key.child(0), key.child(1), Seed(8).key("step"), Seed(7).key("other"), key.below(1)] {
        let share = differing(&dropped(0.5, other), &mask) as f64 / (ROWS * VALUES) as f64;
        assert!((share - 0.5).abs() < 0.01, "{share} of two masks differ");
    }
    assert_ne!(dropped(0.5, key.child(0)), dropped(0.5, key.child(1)));
    assert_ne!(key.child(0).child(1), key.child(1).child(0));
}

#[test]
fn dropout_acts_in_training_alone() {
    let model = Sequential::new([4]).then(Dropout::new(0.5)).then(Dropout::new(0.5)).build::<f64>(Seed(0)).unwrap();
    let run = |mode| {
        let tape = Tape::new();
        model.forward(tape.constant(Tensor::full([50, 4], 1.0)), &[], mode).into_value()
    };
    assert_eq!(run(Mode::Eval), Tensor::full([50, 4], 1.0));
    let step = |i| Mode::Train(Seed(0).key("dropout").child(i));
    assert_eq!(run(step(3)), run(step(3)));
    assert_ne!(run(step(3)), run(step(4)));
    // Two layers with the same mask would keep a half, not a quarter.
    let kept = run(step(3)).as_slice().iter().filter(|&&y| y == 4.0).count();
    assert!((25..=75).contains(&kept), "{kept} of 200 kept by two layers");
}

#[test]
#[should_panic(expected = "a dropout rate of 1 is not in [0, 1)")]
fn an_operation_refuses_to_drop_everything() {
    dropped(1.0, Seed(0).key("step"));
}

#[test]
#[should_panic(expected = "label 3 for 3 classes")]
fn labels_are_those_of_the_classes() {
    Tape::new().constant(Tensor::<f32>::zeros([1, 3])).cross_entropy(SoftmaxCrossEntropy::new([3]));
}

#[test]
#[should_panic(expected = "1 labels for 2 rows of logits")]
fn every_row_has_a_label() {
    Tape::new().constant(Tensor::<f32>::zeros([2, 3])).cross_entropy(SoftmaxCrossEntropy::new([0]));
}

#[test]
fn a_class_with_a_logit_of_minus_infinity_is_ruled_out() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([1, 3], vec![0.0, f64::NEG_INFINITY, 0.0]));
    let loss = x.clone().cross_entropy(SoftmaxCrossEntropy::new([0]));
    assert!((loss.value().item() - 2f64.ln()).abs() < 1e-15);
    assert_eq!(tape.gradients(&loss).of(&x).as_slice(), [-0.5, 0.0, 0.5]);
}

#[test]
#[should_panic(expected = "conv1d: x has 1 channels, wanted 2, as W has")]
fn a_kernel_has_the_channels_of_its_signal() {
    let tape = Tape::new();
    let [x, w, b] = [&[1, 5, 1][..], &[3, 2, 4], &[4]].map(|shape| tape.constant(Tensor::<f32>::zeros(shape)));
    x.conv1d(ops::Conv1d::default(), w, b);
}

#[test]
#[should_panic(expected = "mul: a has shape [2, 1], b has shape [2], wanted equal shapes; use broadcast_to")]
fn nothing_broadcasts() {
    let tape = Tape::new();
    let _ = &tape.constant(Tensor::<f32>::zeros([2, 1])) * &tape.constant(Tensor::zeros([2]));
}

#[test]
fn of_equal_maxima_along_an_axis_the_first_gets_the_gradient() {
    let max = |values: &[f64]| slopes(values, |x| x.reshape([1, values.len(), 1]).max_axis(1));
    assert_eq!(max(&[1.0, 3.0, 3.0]), [0.0, 1.0, 0.0]);
    assert_eq!(max(&[f64::NEG_INFINITY; 2]), [1.0, 0.0]);
    let hidden = Tensor::new([3, 2], vec![1.0, 2.0, f64::NAN, 1.0, 3.0, 0.0]);
    let y = forward(&ops::MaxAxis { axis: 0 }, hidden);
    assert!(y[0].is_nan() && y[1] == 2.0);
}

#[test]
fn the_joint_of_the_huber_loss_is_smooth() {
    let at = |x: &[f64]| slopes(x, |x| x.clone().huber(x.tape().constant(Tensor::zeros([5])), 2.0) * 5.0);
    assert_eq!(at(&[-3.0, -2.0, 0.0, 2.0, 3.0]), [-2.0, -2.0, 0.0, 2.0, 2.0]);
}

#[test]
fn a_row_that_is_taken_twice_gets_both_gradients() {
    assert_eq!(slopes(&[5.0, 6.0, 7.0], |x| x.take_rows([2, 0, 2])), [1.0, 0.0, 2.0]);
    assert_eq!(slopes(&[5.0, 6.0, 7.0], |x| x.broadcast_to([4, 3])), [4.0; 3]);
}

#[test]
fn what_a_mask_does_not_select_has_no_influence() {
    let tape = Tape::new();
    let [a, b] = [[1.0, f64::NAN], [f64::INFINITY, 2.0]].map(|x| tape.leaf(Tensor::new([2], x.to_vec())));
    let y = a.clone().select([true, false], b.clone());
    assert_eq!(y.value().as_slice(), [1.0, 2.0]);
    let gradients = tape.gradients(&(&y * &y).sum());
    assert_eq!((gradients.of(&a).as_slice(), gradients.of(&b).as_slice()), (&[2.0, 0.0][..], &[0.0, 4.0][..]));
}

#[test]
fn what_is_empty_sums_to_zero() {
    let empty = || Tensor::<f64>::zeros([2, 0]);
    assert_eq!(forward(&ops::SumAxis { axis: 1 }, empty()), [0.0, 0.0]);
    assert_eq!(forward(&ops::MeanAxis { axis: 1 }, empty()), [0.0, 0.0]);
    assert_eq!(forward(&ops::VarAxis { axis: 1 }, empty()), [0.0, 0.0]);
    assert_eq!(forward(&ops::LogSumExp, empty()), [f64::NEG_INFINITY; 2]);
    let product = ops::Matmul.forward([empty(), Tensor::zeros([0, 3])]).0;
    assert_eq!(product, Tensor::zeros([2, 3]));
    let tape = Tape::new();
    let [a, b] = [(), ()].map(|()| tape.constant(empty()));
    for loss in [a.clone().mse(b.clone()), a.clone().huber(b.clone(), 1.0), a.binary_cross_entropy(b)] {
        assert_eq!(loss.value().item(), 0.0);
    }
}

#[test]
fn logits_of_yes_or_no_stay_finite() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([4], vec![1e4f32, 1e4, -1e4, -1e4]));
    let t = tape.constant(Tensor::new([4], vec![1.0, 0.0, 1.0, 0.0]));
    let loss = x.clone().binary_cross_entropy(t);
    assert_eq!(loss.value().item(), 5e3);
    assert_eq!(tape.gradients(&loss).of(&x).as_slice(), [0.0, 0.25, -0.25, 0.0]);
    let y = log_sum_exp([1e4, 1e4]);
    assert!((y - (1e4 + 2f64.ln())).abs() < 1e-9);
    assert_eq!(log_sum_exp([f64::NEG_INFINITY; 2]), f64::NEG_INFINITY);
}

fn log_sum_exp(row: [f64; 2]) -> f64 {
    forward(&ops::LogSumExp, Tensor::new([1, 2], row.to_vec()))[0]
}

/// What an operation says when it refuses variables of zeros of these shapes.
fn refused(shapes: &[&[usize]], f: impl for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64>) -> String {
    let refusal = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let tape = Tape::new();
        let x: Vec<_> = shapes.iter().map(|shape| tape.leaf(Tensor::zeros(*shape))).collect();
        f(&x).into_value()
    }));
    let message = refusal.expect_err("refused");
    message.downcast_ref::<String>().cloned().unwrap_or_else(|| (*message.downcast_ref::<&str>().unwrap()).to_owned())
}

#[test]
fn operations_refuse_in_these_words() {
    let pair: &[&[usize]] = &[&[2], &[3]];
    for (name, message) in [
        ("add", refused(pair, |x| &x[0] + &x[1])),
        ("sub", refused(pair, |x| &x[0] - &x[1])),
        ("mul", refused(pair, |x| &x[0] * &x[1])),
        ("div", refused(pair, |x| &x[0] / &x[1])),
        ("maximum", refused(pair, |x| x[0].clone().maximum(x[1].clone()))),
        ("minimum", refused(pair, |x| x[0].clone().minimum(x[1].clone()))),
        ("select", refused(pair, |x| x[0].clone().select([true; 2], x[1].clone()))),
        ("mse", refused(pair, |x| x[0].clone().mse(x[1].clone()))),
        ("huber", refused(pair, |x| x[0].clone().huber(x[1].clone(), 1.0))),
        ("binary_cross_entropy", refused(pair, |x| x[0].clone().binary_cross_entropy(x[1].clone()))),
    ] {
        assert_eq!(message, format!("{name}: a has shape [2], b has shape [3], wanted equal shapes; use broadcast_to"));
    }
    let one: &[&[usize]] = &[&[2, 3]];
    for (message, wanted) in [
        (
            refused(&[&[2, 3], &[2, 3]], |x| x[0].clone().matmul(x[1].clone())),
            "matmul: a has shape [2, 3], b has shape [2, 3], wanted (..., m, k) and (..., k, n) with equal leading axes; \
             use transpose, reshape or broadcast_to",
        ),
        (
            refused(&[&[3]], |x| x[0].clone().transpose()),
            "transpose: found shape [3], wanted at least two axes; use reshape",
        ),
        (
            refused(one, |x| x[0].clone().permute_axes([0, 0])),
            "permute_axes: found axes [0, 0] for shape [2, 3], wanted each of the 2 axes once",
        ),
        (refused(one, |x| x[0].clone().sum_axis(2)), "sum_axis: found axis 2 for shape [2, 3], wanted one below 2"),
        (
            refused(&[&[2, 0]], |x| x[0].clone().max_axis(1)),
            "max_axis: found no values along axis 1 of [2, 0], wanted at least one",
        ),
        (
            refused(one, |x| x[0].clone().broadcast_to([2, 4])),
            "broadcast_to: found shape [2, 3] for [2, 4], wanted each axis, from the last, equal or of length 1; \
             use reshape to add axes of length 1",
        ),
        (refused(one, |x| Var::concatenate(&x[..0], 0)), "concatenate: found no tensors, wanted at least one"),
        (
            refused(&[&[2, 3], &[2, 4]], |x| Var::concatenate(x, 0)),
            "concatenate: found shapes [2, 3] and [2, 4], wanted equal sizes but for axis 0; use broadcast_to",
        ),
        (
            refused(one, |x| x[0].clone().slice_axis(1, 1..4)),
            "slice_axis: found elements 1..4 of axis 1, wanted a range within 0..3",
        ),
        (refused(one, |x| x[0].clone().take_rows([0, 2])), "take_rows: found row 2, wanted one below 2"),
        (
            refused(&[&[2], &[2]], |x| x[0].clone().select([true], x[1].clone())),
            "select: found a mask of 1 elements, wanted 2, for shape [2]",
        ),
        (
            refused(&[&[]], |x| x[0].clone().log_sum_exp()),
            "log_sum_exp: found shape [], wanted at least one axis; use reshape",
        ),
        (
            refused(&[&[2], &[2]], |x| x[0].clone().huber(x[1].clone(), 0.0)),
            "huber: found a delta of 0, wanted one above 0",
        ),
    ] {
        assert_eq!(message, wanted);
    }
}

#[test]
fn map_examples_counts_rows_from_the_start_of_the_batch() {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::zeros([21, 1]));
    let y = map_examples(&x, &[], &[1], |x, _, first| {
        let values = (first..first + x.shape()[0]).map(|row| row as f64).collect();
        x.tape().constant(Tensor::new(x.shape(), values))
    });
    assert_eq!(y.value().as_slice(), (0..21).map(f64::from).collect::<Vec<_>>());
}

/// What is said of a network that cannot be, or cannot tell classes.
fn refusal(network: Sequential) -> String {
    let model = network.build::<f32>(Seed(0)).and_then(|model| model.with_loss(Loss::CrossEntropy));
    let error = model.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Shape);
    error.to_string()
}

#[test]
fn a_softmax_before_the_loss_is_refused() {
    let base = || Sequential::new([8]).then(Dense::new(4).relu());
    let wanted = |place: &str, what: &str| {
        format!(
            "layer {place}: found {what} at the end of the network, wanted logits; remove it: the loss and `predict` apply \
             the softmax themselves, and twice would flatten the gradients"
        )
    };
    assert_eq!(refusal(base().then(Dense::new(3).activation(Activation::Softmax))), wanted("2, dense_1", "Softmax"));
    let apart = base().then(Dense::new(3)).then(Activation::LogSoftmax);
    assert_eq!(refusal(apart), wanted("3, activation", "LogSoftmax"));
    // What keeps the logits as they are does not hide it.
    let hidden = base().then(Dense::new(3).activation(Activation::Softmax)).then(Dropout::new(0.5)).then(Flatten {});
    assert_eq!(refusal(hidden.then(Activation::Linear)), wanted("2, dense_1", "Softmax"));
    let middle = base().then(Activation::Softmax).then(Dense::new(3)).build::<f32>(Seed(0)).unwrap();
    assert!(middle.with_loss(Loss::CrossEntropy).is_ok(), "in the middle it may be");
}

#[test]
fn a_penalty_that_would_reward_is_refused() {
    let dense = || Dense::new(2);
    for (layer, found) in [
        (dense().l2(-1.0), "L2 penalty of -1"),
        (dense().l2(f64::NAN), "L2 penalty of NaN"),
        (dense().l1(-0.5), "L1 penalty of -0.5"),
        (dense().l1(f64::INFINITY), "L1 penalty of inf"),
    ] {
        let error = Sequential::new([8]).then(Dense::new(4)).then(layer).build::<f32>(Seed(0)).unwrap_err();
        assert_eq!(error.to_string(), format!("layer 2, dense: found an {found}, wanted a finite one, at least 0"));
        assert_eq!(error.kind(), ErrorKind::Config);
    }
}

#[test]
fn networks_that_cannot_be_are_refused_in_these_words() {
    let signal = || Sequential::new([8, 1]);
    let flat = || Sequential::new([8]);
    let window = "choose a smaller window, `same` padding, or fewer poolings before it";
    for (network, wanted) in [
        (flat(), "network: found 0 layers on input [8], wanted at least one layer, and an input without empty axes".into()),
        (Sequential::new([0]).then(Dense::new(2)), "network: found 1 layers on input [0], wanted at least one layer, and an input without empty axes".into()),
        (flat().then(Dense::new(0)), "layer 1, dense: found 0 units, wanted at least one".into()),
        (signal().then(Dense::new(2)), "layer 1, dense: found input [8, 1], wanted a vector; add Flatten before it".into()),
        (flat().then(Conv1d::new(2, 3)), "layer 1, conv1d: found input [8], wanted a signal (length, channels); move it before Flatten and Dense".into()),
        (signal().then(Conv1d::new(0, 3)), "layer 1, conv1d: found filters 0, wanted at least 1".into()),
        (signal().then(Conv1d::new(2, 0)), "layer 1, conv1d: found kernel size 0, wanted at least 1".into()),
        (signal().then(Conv1d::new(2, 3).stride(0)), "layer 1, conv1d: found stride 0, dilation 1, wanted both at least 1".into()),
        (signal().then(Conv1d::new(2, 3).dilation(0)), "layer 1, conv1d: found stride 1, dilation 0, wanted both at least 1".into()),
        (signal().then(Conv1d::new(2, 5).dilation(2)), format!("layer 1, conv1d: found input [8, 1], shorter than the window, which spans 9, wanted at least one whole window; {window}")),
        (signal().then(Conv1d::new(2, 3)).then(MaxPool1d::new(7)), format!("layer 2, max_pooling1d: found input [6, 2], shorter than the window, which spans 7, wanted at least one whole window; {window}")),
        (signal().then(AvgPool1d::new(0)), "layer 1, average_pooling1d: found a window of 0, wanted 1 to 65535 values".into()),
        (signal().then(MaxPool1d::new(65_536)), "layer 1, max_pooling1d: found a window of 65536, wanted 1 to 65535 values".into()),
        (flat().then(GlobalMaxPool1d {}), "layer 1, global_max_pooling1d: found input [8], wanted a signal (length, channels); move it before Flatten and Dense".into()),
        (signal().then(Gather::new(1, [0])), "layer 1, gather: found input [8, 1], wanted a vector of features; make it the first layer".into()),
        (flat().then(Gather::new(1, [0, 8])), "layer 1, gather: found feature 8, wanted one below 8".into()),
        (flat().then(Gather::new(2, [0, 1, 2])), "layer 1, gather: found 3 features for 2 channels, wanted as many for each position as there are channels, and at least one position".into()),
        (flat().then(Gather::new(0, [0])), "layer 1, gather: found 1 features for 0 channels, wanted as many for each position as there are channels, and at least one position".into()),
        (flat().then(Gather::new(2, [])), "layer 1, gather: found 0 features for 2 channels, wanted as many for each position as there are channels, and at least one position".into()),
        (flat().then(Dropout::new(1.0)), "layer 1, dropout: found a rate of 1, wanted at least 0 and below 1; a rate of 1 would drop everything".into()),
        (flat().then(Dropout::new(-0.1)), "layer 1, dropout: found a rate of -0.1, wanted at least 0 and below 1; a rate of 1 would drop everything".into()),
        (flat().then(Dropout::new(f64::NAN)), "layer 1, dropout: found a rate of NaN, wanted at least 0 and below 1; a rate of 1 would drop everything".into()),
        (signal().then(Conv1d::new(2, 3)), "layer 1, conv1d: found output [6, 2], wanted a vector of one logit for each class; end with Flatten and Dense".into()),
    ] {
        assert_eq!(refusal(network), wanted);
    }
}
