//! Attention and a layer norm as a user writes them: from the operations that are there.

use crate::signals::signals;
use tonegrad::autograd::gradcheck::normal;
use tonegrad::autograd::{Check, Var};
use tonegrad::data::Train;
use tonegrad::nn::{Conv1d, Dense, Flatten, Init, Layer, Mode, Output, ParamSpec, Scope, Sequential};
use tonegrad::optim::Adam;
use tonegrad::train::Trainer;
use tonegrad::{Error, Result, Scalar, Seed, Tensor};

/// Scaled dot-product self-attention of several heads (Vaswani et al. 2017), each step looking at itself and those before it:
/// (length, channels) to (length, channels).
#[derive(Clone, Debug, PartialEq)]
struct Attention {
    heads: usize,
}

impl Layer for Attention {
    fn kind(&self) -> (&'static str, &'static str) {
        ("attention", "Attention")
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
        match input {
            [_, channels] if channels % self.heads == 0 => Ok(input.to_vec()),
            _ => Err(Error::shape("")
                .found(format!("input {input:?}"))
                .wanted("a signal whose channels the heads share")),
        }
    }

    fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        let kernel = |name| ParamSpec::new(name, [input[1], input[1]]).init(Init::GlorotUniform);
        ["query", "key", "value", "output"].map(kernel).into()
    }

    fn scope(&self) -> Scope {
        Scope::Example
    }

    fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, params: &[Var<'t, F>], _: Mode) -> Output<'t, F> {
        let [n, length, channels] = [0, 1, 2].map(|axis| x.shape()[axis]);
        let width = channels / self.heads;
        let flat = x.clone().reshape([n * length, channels]);
        // (n, heads, length, width).
        let heads = |kernel: &Var<'t, F>| {
            let all = flat.clone().matmul(kernel.clone()).reshape([n, length, self.heads, width]);
            all.permute_axes([0, 2, 1, 3])
        };
        let [query, key, value] = [0, 1, 2].map(|i| heads(&params[i]));
        let scores = query.matmul(key.transpose()) * F::of(1.0 / (width as f64).sqrt());
        let ahead =
            (0..length).flat_map(|to| (0..length).map(move |from| if from <= to { F::zero() } else { F::of(-1e9) }));
        let mask = x.tape().constant(Tensor::new([length, length], ahead.collect()));
        let weights = (scores + mask.broadcast_to([n, self.heads, length, length])).softmax();
        let seen = weights.matmul(value).permute_axes([0, 2, 1, 3]).reshape([n * length, channels]);
        seen.matmul(params[3].clone()).reshape([n, length, channels]).into()
    }
}

/// A layer norm from means, variances and broadcasting.
#[derive(Clone, Debug, PartialEq)]
struct OwnLayerNorm;

impl Layer for OwnLayerNorm {
    fn kind(&self) -> (&'static str, &'static str) {
        ("own_layer_norm", "OwnLayerNorm")
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
        Ok(input.to_vec())
    }

    fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        let channels = &input[input.len() - 1..];
        vec![ParamSpec::new("gamma", channels).init(Init::Constant(1.0)), ParamSpec::new("beta", channels)]
    }

    fn scope(&self) -> Scope {
        Scope::Either
    }

    fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, params: &[Var<'t, F>], _: Mode) -> Output<'t, F> {
        let shape = x.shape().to_vec();
        let last = shape.len() - 1;
        let kept = [&shape[..last], &[1]].concat();
        let along = |of: Var<'t, F>| of.reshape(&kept[..]).broadcast_to(&shape[..]);
        let deviation = (x.clone().var_axis(last) + F::of(1e-3)).sqrt();
        let normal = (&x - along(x.clone().mean_axis(last))) / along(deviation);
        let [gamma, beta] = [0, 1].map(|i| params[i].clone().broadcast_to(&shape[..]));
        (normal * gamma + beta).into()
    }
}

#[test]
fn both_pass_the_check() {
    Check::smooth().layer(Attention { heads: 2 }, normal([3, 5, 4], 1)).unwrap();
    Check::smooth().layer(Attention { heads: 1 }, normal([2, 1, 3], 1)).unwrap();
    Check::smooth().layer(OwnLayerNorm, normal([3, 5, 4], 1)).unwrap();
    Check::smooth().layer(OwnLayerNorm, normal([4, 6], 1)).unwrap();
}

#[test]
fn no_step_sees_those_after_it() {
    let layer = Attention { heads: 2 };
    let run = |x: Tensor<f64>| {
        let tape = tonegrad::autograd::Tape::new();
        let params: Vec<_> = (0..4).map(|i| tape.constant(normal([4, 4], i))).collect();
        Layer::forward(&layer, tape.constant(x), &params, Mode::Eval).value.into_value()
    };
    let x = normal([1, 6, 4], 9);
    let mut later = x.clone();
    later.as_mut_slice()[4 * 4..].fill(7.0);
    let (before, after) = (run(x), run(later));
    assert_eq!(before.as_slice()[..4 * 4], after.as_slice()[..4 * 4]);
    assert!(before.as_slice()[4 * 4..].iter().zip(&after.as_slice()[4 * 4..]).all(|(a, b)| a != b));
}

#[test]
fn the_own_layer_norm_is_that_of_the_crate() {
    let x = normal([3, 5, 4], 1);
    let run = |layer: tonegrad::nn::AnyLayer| {
        let tape = tonegrad::autograd::Tape::new();
        let params = [tape.constant(normal([4], 2)), tape.constant(normal([4], 3))];
        layer.forward(tape.constant(x.clone()), &params, Mode::Eval).value.into_value()
    };
    crate::common::close(&run(OwnLayerNorm.into()), &run(tonegrad::nn::LayerNorm::new().into()), 1e-14).unwrap();
}

#[test]
fn a_network_of_both_trains() {
    let network = Sequential::new([12, 1])
        .then(Conv1d::new(8, 3).same().relu())
        .then(Attention { heads: 2 })
        .then(OwnLayerNorm)
        .then(Flatten {})
        .then(Dense::new(3));
    let mut model = network.build::<f32>(Seed(1)).unwrap();
    let mut trainer = Trainer::new(Adam::new(1e-2)).epochs(15).batch_size(30);
    let history = trainer.fit(&mut model, &Train::new(signals(90, 1)), &signals(30, 2), Seed(2)).unwrap();
    let best = history.best().unwrap();
    assert!(history.epochs[14].loss < 0.3 && best.val_accuracy > 0.8, "{history:?}");
}
