//! Whole networks: every parameter's gradient through `Model::forward`, on random architectures and on the genre network at
//! its full size.

use crate::common::{self, close, on_threads, padding, told};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::HashMap;
use tonegrad::autograd::gradcheck::normal;
use tonegrad::autograd::{Check, Tape, Var};
use tonegrad::fma::networks;
use tonegrad::nn::{
    Activation, AnyLayer, AvgPool1d, AvgPool2d, BatchNorm, Conv1d, Conv2d, Dense, DepthwiseConv2d, Dropout, Embedding,
    Flatten, Gather, GaussianNoise, GlobalAvgPool1d, GlobalAvgPool2d, GlobalMaxPool1d, GlobalMaxPool2d, Gru, LayerNorm,
    MaxPool1d, MaxPool2d, Mode, Model, Parallel, Residual, Role, Row, SeparableConv2d, Sequential, ZeroPadding2d,
    registered,
};
use tonegrad::ops::SoftmaxCrossEntropy;
use tonegrad::{Scalar, Seed, Tensor};

const CLASSES: usize = 3;

/// Whole numbers that an embedding knows.
const COUNT: usize = 5;

fn activation() -> impl Strategy<Value = Activation> {
    prop_oneof![
        Just(Activation::Linear),
        Just(Activation::Relu),
        Just(Activation::Relu6),
        (0.01..0.5f64).prop_map(Activation::LeakyRelu),
        Just(Activation::Tanh),
        Just(Activation::Sigmoid),
        Just(Activation::Softmax),
        Just(Activation::LogSoftmax),
    ]
}

/// A layer for a signal (every kind that keeps one).
fn along() -> impl Strategy<Value = AnyLayer> {
    let windows = (1..=3usize, 1..=3usize, any::<bool>());
    let pool = windows.clone().prop_map(|(size, stride, same)| {
        let pool = MaxPool1d::new(size).stride(stride);
        if same { pool.same() } else { pool }.into()
    });
    let mean = windows.prop_map(|(size, stride, same)| {
        let pool = AvgPool1d::new(size).stride(stride);
        if same { pool.same() } else { pool }.into()
    });
    let conv = ((1..=4usize, 1..=4usize, 1..=2usize, 1..=2usize), padding(), activation(), any::<bool>()).prop_map(
        |((filters, kernel, stride, dilation), padding, activation, bias)| {
            let conv = Conv1d::new(filters, kernel).stride(stride).dilation(dilation).padding(padding);
            if bias { conv } else { conv.no_bias() }.activation(activation).into()
        },
    );
    let gru = (1..=4usize).prop_map(|units| Gru::new(units).sequences().into());
    let around = (1..=3usize, any::<bool>()).prop_map(|(filters, normal)| {
        let row = Row::new().then(Conv1d::new(filters, 3).same());
        Residual::new(if normal { row.then(BatchNorm::new()) } else { row.then(Activation::Tanh) }).into()
    });
    let beside = (1..=3usize, 1..=3usize, activation()).prop_map(|(filters, size, activation)| {
        let convs =
            [size, size + 2].map(|size| Row::new().then(Conv1d::new(filters, size).same().activation(activation)));
        Parallel::concatenate([&convs[..], &[Row::new()]].concat()).into()
    });
    prop_oneof![3 => conv, 1 => pool, 1 => mean, 2 => any_shape(), 1 => gru, 2 => around, 1 => beside]
}

/// A layer for a picture (every kind that keeps one).
fn over() -> impl Strategy<Value = AnyLayer> {
    let two = |most: usize| [1..=most, 1..=most];
    let pool = (two(3), two(2), any::<bool>(), any::<bool>()).prop_map(|(size, stride, same, largest)| {
        let (max, avg) = (MaxPool2d::new(size).stride(stride), AvgPool2d::new(size).stride(stride));
        match (largest, same) {
            (true, true) => max.same().into(),
            (true, false) => max.into(),
            (false, true) => avg.same().into(),
            (false, false) => avg.into(),
        }
    });
    let settings = (two(3), two(2), two(2), [padding(), padding()]);
    let conv = (1..=3usize, 0..3usize, settings, activation(), any::<bool>()).prop_map(
        |(filters, kind, (kernel, stride, dilation, padding), activation, bias)| {
            let stride = if dilation == [1; 2] { stride } else { [1; 2] };
            macro_rules! chosen {
                ($conv:expr) => {{
                    let conv = $conv.stride(stride).dilation(dilation).padding(padding).activation(activation);
                    if bias { conv } else { conv.no_bias() }.into()
                }};
            }
            match kind {
                0 => chosen!(Conv2d::new(filters, kernel)),
                1 => chosen!(DepthwiseConv2d::new(kernel)),
                _ => chosen!(SeparableConv2d::new(filters, kernel)),
            }
        },
    );
    let zeros = [0..=2usize, 0..=2, 0..=2, 0..=2].prop_map(|[a, b, c, d]| ZeroPadding2d::new((a, b), (c, d)).into());
    prop_oneof![3 => conv, 2 => pool, 1 => zeros, 1 => any_shape()]
}

fn any_shape() -> impl Strategy<Value = AnyLayer> {
    prop_oneof![
        (0.0..0.8f64).prop_map(|rate| Dropout::new(rate).into()),
        activation().prop_map(AnyLayer::from),
        (0.0..0.5f64).prop_map(|deviation| GaussianNoise::new(deviation).into()),
        (0.1..1.0f64).prop_map(|epsilon| BatchNorm::new().epsilon(epsilon).into()),
        (0.1..1.0f64).prop_map(|epsilon| LayerNorm::new().epsilon(epsilon).into()),
    ]
}

fn across() -> impl Strategy<Value = AnyLayer> {
    let dense = (1..=6usize, activation(), any::<bool>()).prop_map(|(units, activation, bias)| {
        let dense = Dense::new(units).activation(activation);
        if bias { dense } else { dense.no_bias() }.into()
    });
    let sum = (any_shape(), any_shape()).prop_map(|(one, other)| {
        Parallel::sum([Row::new().then(one), Row::new().then(other).then(Activation::Sigmoid)]).into()
    });
    prop_oneof![3 => dense, 2 => any_shape(), 1 => sum]
}

/// One to eight layers of every kind; a layer that does not fit where it comes is left out.
fn network() -> impl Strategy<Value = Sequential> {
    let signal = (1..=12usize, 1..=3usize, prop::collection::vec(along(), 0..=3));
    let picture = ([1..=5usize, 1..=5, 1..=3], prop::collection::vec(over(), 0..=2));
    // What an example is: a vector, a signal, a vector that becomes a signal, by its order or as whole numbers, or a picture.
    let begin = (0..5usize, prop::collection::vec(any::<prop::sample::Index>(), 12));
    let bridge = 0..4usize;
    (signal, picture, bridge, prop::collection::vec(across(), 0..=2), begin).prop_map(
        |((length, channels, along), (picture, over), bridge, across, (begin, places))| {
            let input = match begin {
                1 => vec![length, channels],
                3 => picture.to_vec(),
                _ => vec![length],
            };
            let index: Vec<_> = places[..12 / channels * channels].iter().map(|place| place.index(length)).collect();
            let of_signals: [AnyLayer; 4] =
                [Flatten {}.into(), GlobalMaxPool1d {}.into(), GlobalAvgPool1d {}.into(), Gru::new(channels).into()];
            let of_pictures: [AnyLayer; 3] = [Flatten {}.into(), GlobalMaxPool2d {}.into(), GlobalAvgPool2d {}.into()];
            let bridged = |first: Vec<AnyLayer>| [first, along.clone(), vec![of_signals[bridge].clone()]].concat();
            let head = match begin {
                0 => vec![],
                1 => bridged(vec![]),
                2 => bridged(vec![Gather::new(channels, index).into()]),
                3 => [over, vec![of_pictures[bridge % 3].clone()]].concat(),
                _ => bridged(vec![Embedding::new(COUNT, channels).into()]),
            };
            let mut shape = input.clone();
            let mut network = Sequential::new(input);
            for layer in head.into_iter().chain(across).chain([Dense::new(CLASSES).into()]) {
                if let Ok(output) = layer.output(&shape) {
                    shape = output;
                    network = network.then(layer);
                }
            }
            network
        },
    )
}

#[test]
fn every_kind_of_layer_is_drawn() {
    let mut runner = TestRunner::deterministic();
    let mut met: HashMap<String, usize> = HashMap::new();
    for _ in 0..1024 {
        let network = network().new_tree(&mut runner).unwrap().current();
        assert!((1..=8).contains(&network.layers().len()));
        for layer in network.layers() {
            let name = serde_json::to_value(layer).unwrap()["layer"].as_str().unwrap().to_owned();
            *met.entry(name).or_default() += 1;
        }
    }
    // Those of other crates have the name of the crate in their own.
    for name in registered().into_iter().filter(|name| !name.contains('/')) {
        assert!(met.get(name).is_some_and(|&times| times > 10), "{name} is not drawn: {met:?}");
    }
}

/// A model whose biases are not zero, so that they cannot hide, and its values as the checker wants them: a batch, then the
/// parameters.
fn values(model: &Model<f64>, batch: usize, seed: u64) -> Vec<Tensor<f64>> {
    let mut x = normal([&[batch], model.input()].concat(), seed);
    if model.network().layers()[0].is::<Embedding>() {
        x.as_mut_slice().iter_mut().for_each(|x| *x = (x.abs() * 7.0).floor() % COUNT as f64);
    }
    let shaken = model.params().iter().zip(1..).map(|(param, i)| {
        let mut value = param.value.clone();
        let noise = normal(value.shape(), seed.wrapping_add(i));
        value.as_mut_slice().iter_mut().zip(noise.as_slice()).for_each(|(w, n)| *w += 0.1 * n);
        value
    });
    std::iter::once(x).chain(shaken).collect()
}

fn loss<'t, F: Scalar>(logits: Var<'t, F>, classes: usize, smoothing: f64) -> Var<'t, F> {
    let labels: Vec<usize> = (0..logits.shape()[0]).map(|i| (i * 5 + 1) % classes).collect();
    logits.cross_entropy(SoftmaxCrossEntropy { smoothing, ..SoftmaxCrossEntropy::new(labels) })
}

/// Layer by layer on the whole batch, without stages: what `Model::forward` must amount to.
fn layer_by_layer<'t>(model: &Model<f64>, x: Var<'t, f64>, params: &[Var<'t, f64>]) -> Var<'t, f64> {
    let mut next = params.iter().cloned();
    let mut shape = model.input().to_vec();
    model.network().layers().iter().fold(x, |x, layer| {
        let own: Vec<_> = next.by_ref().take(layer.params(&shape).len()).collect();
        shape = layer.output(&shape).expect("the model was built");
        layer.forward(x, &own, Mode::Eval).value
    })
}

proptest! {
    #[test]
    fn every_parameter_of_any_network(network in network(), batch in 1..=11usize, training in any::<bool>(), seed in any::<u64>()) {
        let model = network.build::<f64>(Seed(seed)).unwrap();
        let mode = if training { Mode::Train(Seed(seed).key("step")) } else { Mode::Eval };
        told(Check::piecewise_smooth().seed(seed).function_of(|vars| smoothed_loss(&model, vars, mode), &values(&model, batch, seed)))?;
    }

    #[test]
    fn depth_first_is_layer_by_layer(network in network(), batch in 1..=19usize, seed in any::<u64>()) {
        let model = network.build::<f64>(Seed(seed)).unwrap();
        let values = values(&model, batch, seed);
        let run = |by_stage: bool| {
            let tape = Tape::new();
            let vars: Vec<_> = values.iter().map(|x| tape.leaf(x.clone())).collect();
            let y = if by_stage {
                model.forward(vars[0].clone(), &vars[1..], Mode::Eval)
            } else {
                layer_by_layer(&model, vars[0].clone(), &vars[1..])
            };
            let g = tape.backward(&y, normal([batch, CLASSES], seed));
            (y.value().clone(), vars.iter().map(|x| g.of(x)).collect::<Vec<_>>())
        };
        let ((y, g), (wanted_y, wanted_g)) = (run(true), run(false));
        prop_assert_eq!(y, wanted_y);
        prop_assert_eq!(&g[0], &wanted_g[0]);
        g.iter().zip(&wanted_g).try_for_each(|(g, wanted)| close(g, wanted, 1e-12))?;
    }

    /// Which examples share a batch, and at which index, changes nothing; while training, dropout goes by the
    /// index of the row, and only layers with state by the other examples.
    #[test]
    fn an_example_is_the_same_in_any_batch(network in network(), batch in 2..=19usize, seed in any::<u64>()) {
        let model = network.build::<f64>(Seed(seed)).unwrap();
        let values = values(&model, batch, seed);
        let logits = |x: Tensor<f64>, mode: Mode| {
            let tape = Tape::new();
            let params: Vec<_> = values[1..].iter().map(|x| tape.constant(x.clone())).collect();
            model.forward(tape.constant(x), &params, mode).into_value()
        };
        let whole = logits(values[0].clone(), Mode::Eval);
        for row in 0..batch {
            prop_assert_eq!(logits(values[0].rows(row, row + 1), Mode::Eval), whole.rows(row, row + 1));
        }
        if model.params().iter().any(|p| p.role == Role::State) {
            return Ok(());
        }
        let training = Mode::Train(Seed(seed).key("step"));
        let cut = batch / 2;
        prop_assert_eq!(
            logits(values[0].rows(0, cut), training), logits(values[0].clone(), training).rows(0, cut)
        );
    }
}

/// With smoothed labels: the cross-entropy of a network that is sure and correct is the small difference of large
/// logits, and what rounding leaves of it says little about its derivative.
fn smoothed_loss<'t>(model: &Model<f64>, vars: &[Var<'t, f64>], mode: Mode) -> Var<'t, f64> {
    loss(model.forward(vars[0].clone(), &vars[1..], mode), CLASSES, 0.1)
}

/// The paper's network, in double precision, with all of its 2,122,800 parameters and the features moving together,
/// and each parameter tensor alone.
///
/// Two examples pass 58,000 rectified values and 30,000 pooled pairs, around 1 in size. A step of 1e-7 along a random
/// direction moves each by about 1e-7, so that it crosses one kink in a hundred trials, and one kink is 1/58,000 of the
/// whole: far below the tolerance of 1e-6, which is there for rounding, ε / 1e-7 = 2e-9 times the depth of the network.
#[test]
fn the_genre_network_at_full_size() {
    let model = networks::genre_cnn(518, 16).build::<f64>(Seed(1)).unwrap();
    assert_eq!(model.parameters(), 2_122_800);
    for mode in [Mode::Eval, Mode::Train(Seed(1).key("step"))] {
        let check = Check::piecewise_smooth().seed(4);
        check.function_of(|vars| genre_loss(&model, vars, mode), &values(&model, 2, 3)).unwrap();
    }
}

/// The loss with the penalties of the parameters, as in training.
fn genre_loss<'t>(model: &Model<f64>, vars: &[Var<'t, f64>], mode: Mode) -> Var<'t, f64> {
    let loss = loss(model.forward(vars[0].clone(), &vars[1..], mode), 16, 0.0);
    let penalties = model.params().iter().zip(&vars[1..]).filter_map(|(param, var)| param.penalty.of(var));
    penalties.fold(loss, |sum, penalty| &sum + &penalty)
}

fn genre_gradients<F: Scalar>() -> Vec<Tensor<F>> {
    let model = networks::genre_cnn(518, 16).build::<F>(Seed(1)).unwrap();
    let tape = Tape::new();
    let params: Vec<_> =
        model.params().iter().map(|p| tape.leaf(common::cast(&common::cast::<F, f32>(&p.value)))).collect();
    let x = tape.constant(common::cast(&common::cast::<f64, f32>(&normal([4, 518, 1], 1))));
    let y = loss(model.forward(x, &params, Mode::Train(Seed(2).key("step"))), 16, 0.0);
    let gradients = tape.gradients(&y);
    params.iter().map(|p| gradients.of(p)).collect()
}

#[test]
fn the_genre_network_in_single_precision_follows_double() {
    for (single, double) in genre_gradients::<f32>().iter().zip(&genre_gradients::<f64>()) {
        close(single, double, 1e-4).unwrap();
    }
}

#[test]
fn a_step_of_the_genre_network_is_the_same_on_any_number_of_threads() {
    let run = |threads| on_threads(threads, genre_gradients::<f32>);
    let one = run(1);
    assert!(run(2) == one && run(7) == one, "gradients differ between 1, 2 and 7 threads");
}
