//! Looking into models, taking them apart, and putting in what other programs have trained.

use crate::signals::{network, signals};
use ndarray::{Array2, Axis, s};
use safetensors::tensor::{Dtype, TensorView};
use std::collections::HashMap;
use tonegrad::nn::{Activation, Conv1d, Dense, Dropout, Flatten, Loss, Model, Sequential};
use tonegrad::store::{Mapping, Tensors};
use tonegrad::{Scalar, Seed};

#[test]
fn activations_are_those_on_the_way() {
    let (model, x) = (network(), signals(20, 1));
    // Each layer's output, put through the layers after it by the first layers of ever longer networks.
    let shapes: Vec<(String, usize)> = ["conv1d", "max_pooling1d", "dropout", "flatten", "dense", "dense_1"]
        .map(|name| (name.to_string(), model.activations(name, x.x()).unwrap().row_len()))
        .into();
    assert_eq!(shapes.iter().map(|(_, len)| *len).collect::<Vec<_>>(), [72, 36, 36, 36, 8, 3]);
    assert_eq!(model.activations("dense_1", x.x()).unwrap().as_slice(), model.logits(x.x()).as_slice().unwrap());
    let (pooled, hidden) =
        (model.activations("max_pooling1d", x.x()).unwrap(), model.activations("dense", x.x()).unwrap());
    assert_eq!(pooled.shape(), [20, 6, 6]);
    // The hidden layer by hand, from the pooled signal.
    let [kernel, bias] = ["dense.kernel", "dense.bias"].map(|name| {
        let param = model.params().iter().find(|p| p.name == name).unwrap();
        param.value.as_slice().iter().map(|&v| f64::from(v)).collect::<Vec<_>>()
    });
    for row in 0..20 {
        for unit in 0..8 {
            let inputs = &pooled.as_slice()[row * 36..][..36];
            let sum: f64 = inputs.iter().enumerate().map(|(i, &v)| f64::from(v) * kernel[i * 8 + unit]).sum();
            let wanted = (sum + bias[unit]).max(0.0);
            assert!((f64::from(hidden[[row, unit]]) - wanted).abs() < 1e-5);
        }
    }
    let error = model.activations("dense_7", x.x()).unwrap_err().to_string();
    assert!(
        error.starts_with("layer by name: found \"dense_7\", wanted one of conv1d, max_pooling1d, dropout"),
        "{error}"
    );
    assert!(model.activations("dense", x.x().slice(s![.., ..3])).is_err());
}

#[test]
fn saliency_is_the_slope_of_an_output() {
    let model = network().cast::<f64>();
    let x = signals(500, 1).x().mapv(f64::from);
    let found = model.saliency(x.view(), 2).unwrap();
    let step = 1e-6;
    for feature in 0..12 {
        let moved = |by: f64| {
            let mut x = x.clone();
            x.column_mut(feature).mapv_inplace(|v| v + by);
            model.logits(x.view()).column(2).to_owned()
        };
        let slopes = (moved(step) - moved(-step)) / (2.0 * step);
        for (row, slope) in slopes.iter().enumerate() {
            assert!((found[[row, feature]] - slope).abs() < 1e-6, "row {row}, feature {feature}");
        }
    }
    // The same for a row alone, and for other rows beside it.
    let alone = model.saliency(x.slice(s![450..451, ..]), 2).unwrap();
    assert_eq!(alone.row(0), found.row(450));
    let error = model.saliency(x.view(), 3).unwrap_err().to_string();
    assert_eq!(error, "saliency, output: found 3, wanted below 3");
}

#[test]
fn a_cast_model_is_the_same_model() {
    let (model, x) = (network(), signals(40, 1));
    let double = model.cast::<f64>();
    let (single, double) = (model.predict(x.x()), double.predict(x.x()));
    assert!(single.iter().zip(&double).all(|(&a, b)| (f64::from(a) - b).abs() < 1e-5));
    let numbers = Sequential::new([3]).then(Dense::new(1)).build::<f32>(Seed(0)).unwrap();
    assert_eq!(numbers.with_loss(Loss::SquaredError).unwrap().cast::<f64>().loss(), Loss::SquaredError);
}

/// A safetensors file of other people's tensors.
fn file(tensors: &[(&str, Dtype, Vec<usize>, Vec<f32>)]) -> Tensors {
    let bytes: Vec<Vec<u8>> = (tensors.iter())
        .map(|(_, dtype, _, values)| {
            let mut bytes = Vec::new();
            match dtype {
                Dtype::F64 => f64::write_le(&values.iter().map(|&v| f64::from(v)).collect::<Vec<_>>(), &mut bytes),
                Dtype::F32 => f32::write_le(values, &mut bytes),
                Dtype::BF16 => bytes.extend(values.iter().flat_map(|v| ((v.to_bits() >> 16) as u16).to_le_bytes())),
                Dtype::F16 => bytes.extend(values.iter().flat_map(|v| to_f16(*v).to_le_bytes())),
                _ => bytes.extend(values.iter().flat_map(|&v| (v as i64).to_le_bytes())),
            }
            bytes
        })
        .collect();
    let views = tensors.iter().zip(&bytes).map(|((name, dtype, shape, _), bytes)| {
        (name.to_string(), TensorView::new(*dtype, shape.clone(), bytes).unwrap())
    });
    let whole = safetensors::serialize(views.collect::<HashMap<_, _>>(), None).unwrap();
    Tensors::from_bytes("theirs", whole).unwrap()
}

/// Of numbers that half precision has exactly.
fn to_f16(value: f32) -> u16 {
    if value == 0.0 {
        return 0;
    }
    let bits = value.to_bits();
    let exponent = (bits >> 23 & 0xFF) as i32 - 127 + 15;
    assert!((1..31).contains(&exponent) && bits & 0x1FFF == 0, "{value} is no f16");
    ((bits >> 31) << 15) as u16 | (exponent as u16) << 10 | (bits >> 13 & 0x3FF) as u16
}

/// Eighths, which every type has exactly.
fn eighths(n: usize, seed: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * 37 + seed * 11) % 23) as f32 / 8.0 - 1.25).collect()
}

fn cnn() -> Model<f32> {
    let network = Sequential::new([7, 2]).then(Conv1d::new(3, 3).activation(Activation::Tanh)).then(Dropout::new(0.5));
    network
        .then(Flatten {})
        .then(Dropout::new(0.5))
        .then(Dense::new(4).relu())
        .then(Dense::new(2))
        .build(Seed(0))
        .unwrap()
}

#[test]
fn weights_of_pytorch_give_its_outputs() {
    let [conv, conv_bias, fc, fc_bias, out, out_bias] =
        [(18, 1), (3, 2), (60, 3), (4, 4), (8, 5), (2, 6)].map(|(n, seed)| eighths(n, seed));
    let mapping = Mapping::pytorch([("conv1d", "features.0"), ("dense", "head.1"), ("dense_1", "head.3")]);
    for dtype in [Dtype::F64, Dtype::F32, Dtype::F16, Dtype::BF16] {
        let tensors = file(&[
            ("features.0.weight", dtype, vec![3, 2, 3], conv.clone()),
            ("features.0.bias", dtype, vec![3], conv_bias.clone()),
            ("head.1.weight", dtype, vec![4, 15], fc.clone()),
            ("head.1.bias", dtype, vec![4], fc_bias.clone()),
            ("head.3.weight", dtype, vec![2, 4], out.clone()),
            ("head.3.bias", dtype, vec![2], out_bias.clone()),
        ]);
        let mut model = cnn();
        model.take_weights_as(&tensors, &mapping).unwrap();
        let x = Array2::from_shape_vec((3, 14), eighths(42, 9)).unwrap();
        let found = model.logits(x.view());
        for (row, x) in x.axis_iter(Axis(0)).enumerate() {
            // As PyTorch computes, channels first: Conv1d, Tanh, Flatten, Linear, ReLU, Linear.
            let mut flat = vec![0.0; 15];
            for (o, t) in (0..3).flat_map(|o| (0..5).map(move |t| (o, t))) {
                let terms = (0..2).flat_map(|i| (0..3).map(move |k| (i, k)));
                let sum: f32 = terms.map(|(i, k)| conv[(o * 2 + i) * 3 + k] * x[(t + k) * 2 + i]).sum();
                flat[o * 5 + t] = (sum + conv_bias[o]).tanh();
            }
            let linear = |w: &[f32], b: &[f32], x: &[f32]| -> Vec<f32> {
                let rows = w.chunks(x.len()).zip(b);
                rows.map(|(w, b)| w.iter().zip(x).map(|(w, x)| w * x).sum::<f32>() + b).collect()
            };
            let hidden: Vec<f32> = linear(&fc, &fc_bias, &flat).into_iter().map(|h| h.max(0.0)).collect();
            for (found, wanted) in found.row(row).iter().zip(linear(&out, &out_bias, &hidden)) {
                assert!((found - wanted).abs() < 1e-4, "{found} for {wanted}, {dtype:?}");
            }
        }
    }
}

#[test]
fn weights_of_keras_come_under_its_own_paths() {
    let shapes = [("conv1d", vec![3, 2, 3], 3), ("dense", vec![15, 4], 4), ("dense_1", vec![4, 2], 2)];
    let tensors = |theirs: [&str; 3]| {
        let mut all = Vec::new();
        for ((_, shape, outputs), layer) in shapes.iter().zip(theirs) {
            let n = shape.iter().product();
            all.push((format!("sequential/{layer}/kernel"), Dtype::F32, shape.clone(), eighths(n, 1)));
            all.push((format!("sequential/{layer}/bias"), Dtype::F32, vec![*outputs], eighths(*outputs, 2)));
        }
        let all: Vec<_> =
            all.iter().map(|(name, d, shape, values)| (name.as_str(), *d, shape.clone(), values.clone())).collect();
        file(&all)
    };
    let mut model = cnn();
    model.take_weights_as(&tensors(["conv1d", "dense", "dense_1"]), &Mapping::keras()).unwrap();
    for param in model.params() {
        assert_eq!(
            param.value.as_slice(),
            eighths(param.value.len(), if param.name.ends_with("bias") { 2 } else { 1 })
        );
    }
    // A second model of the same program counts on.
    let later = tensors(["conv1d_1", "dense_2", "dense_3"]);
    let mut second = cnn();
    let before = second.params().to_vec();
    let error = second.take_weights_as(&later, &Mapping::keras()).unwrap_err().to_string();
    assert!(
        error.contains("theirs, conv1d.kernel: found no tensor for it") && error.contains("Mapping::layer"),
        "{error}"
    );
    assert_eq!(second.params(), before, "all or none");
    let mapping = Mapping::keras().layer("conv1d", "conv1d_1").layer("dense", "dense_2").layer("dense_1", "dense_3");
    second.take_weights_as(&later, &mapping).unwrap();
    assert_eq!(second.params(), model.params());
}

#[test]
fn files_that_do_not_fit_the_mapping_are_refused() {
    let build = || Sequential::new([3]).then(Dense::new(2)).build::<f32>(Seed(0)).unwrap();
    let weight = |shape: Vec<usize>| ("fc.weight", Dtype::F32, shape, eighths(6, 1));
    let bias = ("fc.bias", Dtype::F32, vec![2], vec![1.0, 2.0]);
    let mapping = Mapping::pytorch([("dense", "fc")]);
    for (tensors, wanted) in [
        (vec![weight(vec![2, 3])], "theirs, dense.bias: found no tensor for it among fc.weight"),
        (vec![weight(vec![3, 2]), bias.clone()], "theirs, fc.weight: found [2, 3] as it lies here, wanted [3, 2]"),
        (
            vec![weight(vec![2, 3]), bias.clone(), ("fc2.bias", Dtype::F32, vec![1], vec![1.0])],
            "theirs, fc2.bias: found a tensor that no layer of the network takes",
        ),
        (
            vec![("fc.weight", Dtype::I64, vec![2, 3], eighths(6, 1)), bias.clone()],
            "found i64 [2, 3], wanted f64, f32, f16",
        ),
        (
            vec![("fc.weight", Dtype::BF16, vec![2, 3], vec![f32::INFINITY; 6]), bias.clone()],
            "found inf as value 0 of 6",
        ),
    ] {
        let error = build().take_weights_as(&file(&tensors), &mapping).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
    let twice = file(&[
        ("a/dense/kernel", Dtype::F32, vec![3, 2], eighths(6, 1)),
        ("b/dense/kernel", Dtype::F32, vec![3, 2], eighths(6, 1)),
    ]);
    let error = build().take_weights_as(&twice, &Mapping::keras()).unwrap_err().to_string();
    assert!(error.contains("found [\"a/dense/kernel\", \"b/dense/kernel\"], wanted one tensor"), "{error}");
    // PyTorch's counters of batches are nobody's weights.
    let counted = [weight(vec![2, 3]), bias, ("bn.num_batches_tracked", Dtype::I64, vec![], vec![7.0])];
    assert!(build().take_weights_as(&file(&counted), &mapping).is_ok());
}
