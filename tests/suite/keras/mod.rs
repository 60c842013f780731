//! Layers against Keras, which computes them in single precision whatever it is asked for, and training with batch normalisation against JAX's derivatives: `cases.json`, made by `cases.py`.

use serde_json::Value;
use tonegrad::autograd::Tape;
use tonegrad::nn::{
    Activation, AnyLayer, AvgPool2d, BatchNorm, Conv2d, Dense, DepthwiseConv2d, Embedding, Gru, LayerNorm, MaxPool2d,
    Mode, Model, Role, SeparableConv2d, Sequential,
};
use tonegrad::ops::Padding;
use tonegrad::ops::SoftmaxCrossEntropy;
use tonegrad::optim::{Adam, State};
use tonegrad::train::train_step;
use tonegrad::{Seed, Tensor};

fn cases() -> Value {
    serde_json::from_str(include_str!("cases.json")).unwrap()
}

fn tensor(value: &Value) -> Tensor<f64> {
    let shape: Vec<usize> = serde_json::from_value(value["shape"].clone()).unwrap();
    Tensor::new(&shape[..], serde_json::from_value(value["values"].clone()).unwrap())
}

fn tensors(values: &Value) -> Vec<Tensor<f64>> {
    values.as_array().unwrap().iter().map(tensor).collect()
}

/// The largest difference between two tensors of one shape.
fn distance(a: &Tensor<f64>, b: &Tensor<f64>) -> f64 {
    assert_eq!(a.shape(), b.shape());
    a.as_slice().iter().zip(b.as_slice()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn layers_answer_as_keras_does() {
    let cases = cases();
    let cases = cases["layers"].as_array().unwrap();
    assert_eq!(cases.len(), 9);
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let layer: AnyLayer = match name.split(' ').next().unwrap() {
            "batch_norm" => BatchNorm::new().into(),
            "layer_norm" => LayerNorm::new().into(),
            "embedding" => Embedding::new(7, 3).into(),
            "gru" if name.ends_with("last") => Gru::new(3).into(),
            "gru" => Gru::new(4).sequences().into(),
            other => panic!("{other} is not known"),
        };
        let mode = if name.ends_with("train") { Mode::Train(Seed(0).key("step")) } else { Mode::Eval };
        let (x, before, wanted) = (tensor(&case["x"]), tensors(&case["before"]), tensor(&case["y"]));
        let specs = layer.params(&x.shape()[1..]);
        let names: Vec<&str> = specs.iter().map(|spec| &*spec.name).collect();
        assert_eq!(serde_json::to_value(names).unwrap(), case["names"], "{name}");

        let tape = Tape::new();
        let params: Vec<_> = before.iter().map(|p| tape.constant(p.clone())).collect();
        let output = layer.forward(tape.constant(x), &params, mode);
        assert!(distance(output.value.value(), &wanted) < 1e-6, "{name}");
        let state = specs.iter().zip(tensors(&case["after"])).filter(|(spec, _)| spec.role == Role::State);
        let state: Vec<_> = state.map(|(_, value)| value).collect();
        assert_eq!(output.state.len(), if mode == Mode::Eval { 0 } else { state.len() }, "{name}");
        output.state.iter().zip(&state).for_each(|(found, wanted)| assert!(distance(found, wanted) < 1e-6, "{name}"));
    }
}

/// `pictures.json` has some cases; `pictures.py` makes as many as one likes.
#[test]
fn layers_for_pictures_answer_as_keras_does() {
    let cases: Value = serde_json::from_str(include_str!("pictures.json")).unwrap();
    let pair = |value: &Value| -> [usize; 2] { serde_json::from_value(value.clone()).unwrap() };
    let mut most = 0f64;
    for (number, case) in cases["cases"].as_array().unwrap().iter().enumerate() {
        let [size, stride, dilation] = ["size", "stride", "dilation"].map(|name| pair(&case[name]));
        let padding = match case["padding"].as_str() {
            Some("same") => [Padding::Same; 2],
            Some(_) => [Padding::Valid; 2],
            None => pair(&case["padding"]).map(|pads| Padding::Explicit(pads, pads)),
        };
        let filters = case["filters"].as_u64().unwrap() as usize;
        macro_rules! sliding {
            ($layer:expr) => {
                $layer.stride(stride).dilation(dilation).padding(padding).into()
            };
        }
        let layer: AnyLayer = match case["kind"].as_str().unwrap() {
            "conv2d" => sliding!(Conv2d::new(filters, size)),
            "depthwise_conv2d" => sliding!(DepthwiseConv2d::new(size)),
            "separable_conv2d" => sliding!(SeparableConv2d::new(filters, size)),
            "max_pool2d" => MaxPool2d::new(size).stride(stride).padding(padding).into(),
            "avg_pool2d" => AvgPool2d::new(size).stride(stride).padding(padding).into(),
            other => panic!("{other} is not known"),
        };
        let x = tensor(&case["x"]);
        let specs = layer.params(&x.shape()[1..]);
        let tape = Tape::new();
        let params = tensors(&case["weights"]).into_iter().zip(&specs);
        let params: Vec<_> = params.map(|(value, spec)| tape.constant(value.reshape(&spec.shape[..]))).collect();
        let y = layer.forward(tape.constant(x), &params, Mode::Eval).value;
        let apart = distance(y.value(), &tensor(&case["y"]));
        assert!(apart < 1e-5, "case {number}, {}: {apart:e} apart", case["kind"]);
        most = most.max(apart);
    }
    println!("{} cases, at most {most:e} apart", cases["cases"].as_array().unwrap().len());
}

/// Adam's 20 steps through the statistics of the batch, and what they leave of the moving ones.
#[test]
fn training_with_batch_normalisation_follows_jax() {
    let case = &cases()["training"];
    let network = Sequential::new([5])
        .then(Dense::new(8).no_bias())
        .then(BatchNorm::new())
        .then(Activation::Relu)
        .then(Dense::new(3));
    let mut model: Model<f64> = network.build(Seed(0)).unwrap();
    let places = [
        ("dense.kernel", "w"),
        ("batch_normalization.gamma", "gamma"),
        ("batch_normalization.beta", "beta"),
        ("batch_normalization.moving_mean", "mean"),
        ("batch_normalization.moving_variance", "variance"),
        ("dense_1.kernel", "v"),
        ("dense_1.bias", "b"),
    ];
    assert_eq!(model.params().iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), places.map(|(name, _)| name));
    for (param, (_, theirs)) in model.params_mut().iter_mut().zip(places).filter(|(p, _)| p.role != Role::State) {
        param.value = tensor(&case["begin"][theirs]);
    }
    let (x, y): (_, Vec<usize>) = (tensor(&case["x"]), serde_json::from_value(case["y"].clone()).unwrap());
    let adam = Adam::new(0.05);
    let mut state = State::new(&adam, model.params());
    for (step, labels) in y.chunks(12).enumerate() {
        let (rows, key) = (x.rows(step, step + 1).reshape([12, 5]), Seed(0).key("dropout").child(step));
        let loss = SoftmaxCrossEntropy::new(labels);
        let found =
            train_step(&mut model, rows, loss, key, |params, gradients| state.step(&adam, 0.05, params, gradients));
        let wanted = case["losses"][step].as_f64().unwrap();
        assert!((found.loss - wanted).abs() < 1e-12, "step {step}: {} for {wanted}", found.loss);
    }
    for (param, (name, theirs)) in model.params().iter().zip(places) {
        let apart = distance(&param.value, &tensor(&case["end"][theirs]));
        assert!(apart < 1e-12, "{name} is {apart:e} apart");
    }
}
