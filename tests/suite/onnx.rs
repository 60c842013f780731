//! ONNX: the graph passes ONNX's own checker and gives our probabilities in onnxruntime, where both are installed:
//! `python3 -m venv venv && venv/bin/pip install onnx onnxruntime`, then `TONEGRAD_PYTHON=venv/bin/python cargo test --test suite onnx`.

use crate::classifiers::{raw, trained_on};
use crate::layers;
use ndarray::Array2;
use std::path::Path;
use std::process::Command;
use tonegrad::Scalar;
use tonegrad::Seed;
use tonegrad::data::{Dataset, Quantile, Standardize, Train};
use tonegrad::fma::Series;
use tonegrad::fma::networks;
use tonegrad::nn::{
    Activation, AvgPool1d, AvgPool2d, BatchNorm, Conv1d, Conv2d, Dense, DepthwiseConv2d, Dropout, Embedding, Flatten,
    Gather, GaussianNoise, GlobalAvgPool1d, GlobalAvgPool2d, GlobalMaxPool1d, GlobalMaxPool2d, Gru, LayerNorm, Loss,
    MaxPool1d, MaxPool2d, Model, Parallel, Residual, Row, SeparableConv2d, Sequential, ZeroPadding2d,
};
use tonegrad::ops::Padding;
use tonegrad::store::Classifier;
use tonegrad::store::onnx::{NUMBERS, OPSET, OUTPUT};

/// Checks the file, and prints the greatest difference to what we said, for the least number of rows, one and all of them.
const JUDGE: &str = r#"
import sys, json, numpy, onnx, onnxruntime
path, x, y, opset, output, least = sys.argv[1:]
model = onnx.load(path)
onnx.checker.check_model(model, full_check=True)
assert [(o.domain, o.version) for o in model.opset_import] == [("", int(opset))]
assert [d.dim_param for d in model.graph.input[0].type.tensor_type.shape.dim][0] == "tracks"
about = {p.key: json.loads(p.value) for p in model.metadata_props}
onnxruntime.set_default_logger_severity(3)
session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
features, genres = session.get_inputs()[0].shape[1], session.get_outputs()[0].shape[1]
assert (len(about["features"]), len(about["genres"])) == (features, genres), about
assert about["tonegrad"]["genres"] == about["genres"]
x = numpy.fromfile(x, "<f4").reshape(-1, features)
y = numpy.fromfile(y, "<f4").reshape(-1, genres)
worst = 0.0
for rows in (int(least), 1, len(x)):
    found, = session.run([output], {"features": x[:rows]})
    assert found.shape == (rows, genres)
    worst = max([worst, *numpy.abs(found - y[:rows]).ravel()])
print(worst)
"#;

/// The Python that has both packages, or `None` with a word on standard error.
fn python() -> Option<String> {
    let python = std::env::var("TONEGRAD_PYTHON").unwrap_or_else(|_| "python3".into());
    let found = Command::new(&python).args(["-c", "import numpy, onnx, onnxruntime"]).output();
    if found.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    eprintln!("SKIPPED: {python} has not both onnx and onnxruntime; set TONEGRAD_PYTHON to one that has");
    None
}

fn worst_difference(python: &str, folder: &Path, network: &Sequential, loss: Loss) -> f32 {
    let ours = trained_on::<f32>(loss, network, 7);
    // Raw features: at the scale and the distance from zero of the standardiser's columns.
    let mut x = raw(50, ours.card().features.len(), 8);
    for mut row in x.rows_mut() {
        let columns = ours.standardize().mean().iter().zip(ours.standardize().scale());
        row.iter_mut().zip(columns).for_each(|(x, (mean, scale))| *x = mean + scale * *x);
    }
    difference(python, folder, &ours, x, loss)
}

/// The greatest difference between what onnxruntime says of these rows and what we say.
fn difference(python: &str, folder: &Path, ours: &Classifier<f32>, x: Array2<f32>, loss: Loss) -> f32 {
    let (y, output) = match loss.wants_classes() {
        true => (ours.probabilities(x.clone()).unwrap(), OUTPUT),
        false => (ours.predict(x.clone()).unwrap(), NUMBERS),
    };
    let write = |name: &str, values: &[f32]| {
        let mut bytes = Vec::new();
        f32::write_le(values, &mut bytes);
        std::fs::write(folder.join(name), bytes).unwrap();
    };
    write("x", x.as_slice().unwrap());
    write("y", y.as_slice().unwrap());
    ours.save_onnx(folder.join("model.onnx")).unwrap();
    // No rows are a batch, too; but onnxruntime 1.32 aborts where its GRU gets none.
    let least = if format!("{:?}", ours.model().network()).contains("Gru") { "1" } else { "0" };
    let output = Command::new(python)
        .current_dir(folder)
        .args(["-c", JUDGE, "model.onnx", "x", "y", &OPSET.to_string(), output, least])
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{:?}\n{err}", ours.model().network());
    out.trim().parse().unwrap()
}

/// Whole numbers, which are not standardised.
#[test]
fn an_embedding_is_the_same_in_onnxruntime() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let network = Sequential::new([6]).then(Embedding::new(9, 4)).then(Gru::new(5)).then(Dense::new(3));
    let drawn = trained_on::<f32>(Loss::CrossEntropy, &network, 7);
    let plain = Standardize::new(vec![0.0; 6], vec![1.0; 6]).unwrap();
    let ours = Classifier::new(drawn.model().clone(), plain, drawn.card().clone()).unwrap();
    let x = Array2::from_shape_fn((40, 6), |(i, j)| ((i * 5 + j * 7 + i * j) % 9) as f32);
    assert!(difference(&python, folder.path(), &ours, x, Loss::CrossEntropy) <= 1e-6);
}

#[test]
fn quantiles_and_ensembles_are_the_same_in_onnxruntime() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    // Tails, steps where values are tied, a constant column, and two far from zero.
    let mut x = raw(500, 6, 3);
    x.column_mut(0).mapv_inplace(|v| v.powi(5));
    x.column_mut(1).mapv_inplace(|v| if v.abs() < 1.0 { 0.5 } else { v });
    x.column_mut(2).fill(-4.0);
    x.column_mut(3).mapv_inplace(|v| 1e6 + v);
    x.column_mut(4).mapv_inplace(|v| (3.0 * v).round());
    let train = Train::new(Dataset::new(x.clone(), vec![0; 500], ["any"]).unwrap());
    let quantile = Quantile::fit(&train).unwrap();
    let network = Sequential::new([6]).then(Dropout::new(0.2)).then(Dense::new(9).relu()).then(Dense::new(3));
    let members: Vec<_> = (0..3).map(|seed| network.build::<f32>(Seed(seed)).unwrap()).collect();
    let drawn = trained_on::<f32>(Loss::CrossEntropy, &network, 7);
    let plain = Standardize::new(vec![0.1; 6], vec![0.9; 6]).unwrap();
    let ours = Classifier::new(Model::ensemble(&members).unwrap(), plain, drawn.card().clone()).unwrap();
    let ours = ours.with_quantile(quantile).unwrap();
    // Beside the steps, on the knots, and beyond the ends.
    x.column_mut(1).slice_mut(ndarray::s![..100]).fill(0.5f32.next_up());
    x.row_mut(7).fill(f32::MAX);
    x.row_mut(8).fill(f32::MIN);
    let worst = difference(&python, folder.path(), &ours, x, Loss::CrossEntropy);
    assert!(worst <= 1e-6, "{worst}");
}

#[test]
fn onnxruntime_agrees_with_us() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let networks = [
        networks::genre_cnn(518, 16),
        networks::cnn_a(518, 16),
        networks::cnn_b(518, 16),
        networks::softmax_regression(20, 4),
        networks::tonegrad(&Series { moments: 7, index: (0..140).map(|i| i * 9 % 140).collect() }, 16),
        networks::mlp3(30, 5),
        Sequential::new([23, 2])
            .then(Conv1d::new(5, 3).stride(2).padding(Padding::Causal).activation(Activation::LeakyRelu(0.2)))
            .then(AvgPool1d::new(3).stride(2).same())
            .then(Conv1d::new(4, 2).dilation(2).padding(Padding::Explicit(3, 1)).no_bias().activation(Activation::Tanh))
            .then(Activation::Softmax)
            .then(Dropout::new(0.5))
            .then(Flatten {})
            .then(Dense::new(6).activation(Activation::Sigmoid).no_bias())
            .then(Activation::LogSoftmax)
            .then(Dense::new(3)),
        Sequential::new([24, 1])
            .then(Conv1d::new(4, 4).same())
            .then(MaxPool1d::new(3).stride(2).same())
            .then(GlobalMaxPool1d {})
            .then(Dense::new(2)),
        Sequential::new([8, 3]).then(Activation::Relu6).then(GlobalAvgPool1d {}).then(Dense::new(2)),
        Sequential::new([5])
            .then(Gather::new(2, [4, 0, 0, 3, 1, 2]))
            .then(Conv1d::new(3, 2).same())
            .then(Flatten {})
            .then(Dense::new(2)),
        layers::exported(),
        Sequential::new([9, 11, 2])
            .then(Conv2d::new(4, [3, 2]).stride([2, 1]).padding([Padding::Same, Padding::Explicit(2, 0)]).relu())
            .then(MaxPool2d::new([2, 3]).stride([1, 2]).same())
            .then(DepthwiseConv2d::new([2, 2]).dilation([1, 2]).same().activation(Activation::Tanh))
            .then(ZeroPadding2d::new((1, 0), (0, 2)))
            .then(SeparableConv2d::new(5, [3, 3]).same())
            .then(Activation::Softmax)
            .then(AvgPool2d::new([3, 3]).stride([2, 2]).same())
            .then(Flatten {})
            .then(Dense::new(3)),
        Sequential::new([6, 5, 3])
            .then(Conv2d::new(4, [2, 2]).padding([Padding::Explicit(1, 1); 2]))
            .then(MaxPool2d::new([3, 3]).stride([2, 2]).padding([Padding::Explicit(1, 1); 2]))
            .then(BatchNorm::new())
            .then(GlobalMaxPool2d {})
            .then(Dense::new(2)),
        Sequential::new([6, 5, 3]).then(GlobalAvgPool2d {}).then(Dense::new(2)),
        Sequential::new([12])
            .then(Dense::new(8).no_bias())
            .then(BatchNorm::new())
            .then(Activation::Relu)
            .then(GaussianNoise::new(0.5))
            .then(LayerNorm::new())
            .then(Dense::new(3)),
        Sequential::new([10, 2])
            .then(Conv1d::new(4, 3))
            .then(BatchNorm::new().epsilon(0.1))
            .then(LayerNorm::new())
            .then(Gru::new(5).sequences())
            .then(Gru::new(4))
            .then(Dense::new(3)),
        Sequential::new([8, 4])
            .then(Residual::new(
                Row::new().then(Conv1d::new(4, 3).same().relu()).then(BatchNorm::new()).then(Conv1d::new(4, 1)),
            ))
            .then(Parallel::concatenate([
                Row::new().then(Conv1d::new(3, 3).same()),
                Row::new(),
                Row::new().then(Gru::new(2).sequences()),
            ]))
            .then(Parallel::sum([Row::new().then(GlobalMaxPool1d {}), Row::new().then(GlobalAvgPool1d {})]))
            .then(Parallel::concatenate([Row::new().then(Dense::new(2)), Row::new().then(Dense::new(1).relu())])),
        Sequential::new([2, 3, 4]).then(Activation::Softmax).then(Flatten {}).then(Dense::new(2)),
    ];
    let signal = || Sequential::new([9, 2]).then(Conv1d::new(4, 3).same().relu());
    let others = [
        (networks::mlp3(30, 1), Loss::BinaryCrossEntropy),
        (networks::mlp3(30, 3), Loss::SquaredError),
        // An autoencoder: the elements of its signals lie as they do in a row of features.
        (signal().then(Conv1d::new(2, 3).same()), Loss::Huber { delta: 1.0 }),
        (Sequential::new([2, 3, 2]).then(Activation::Tanh), Loss::SquaredError),
    ];
    for (network, loss) in networks.map(|network| (network, Loss::CrossEntropy)).into_iter().chain(others) {
        let worst = worst_difference(&python, folder.path(), &network, loss);
        println!("{} layers: {worst:e}", network.layers().len());
        assert!(worst <= 1e-5, "{worst} for {network:?}");
    }
}
