//! Model files: what is written comes back bit for bit, and files of others are taken.

use crate::classifiers::{classifier, raw};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::path::Path;
use tonegrad::data::{Dataset, Quantile, Train};
use tonegrad::fma::Series;
use tonegrad::fma::networks;
use tonegrad::nn::{Dense, Model, Sequential};
use tonegrad::store::{Classifier, Tensors};
use tonegrad::{Scalar, Seed};

fn round_trip<F: Scalar>(folder: &Path) {
    let path = folder.join(F::NAME).join("model.safetensors");
    let mut ours = classifier::<F>(&networks::genre_cnn(30, 5), 1);
    // Values that a detour through text or another type would not survive.
    let mut model = ours.model().clone();
    let odd = [-0.0, 1.0 / 3.0, f64::from(f32::EPSILON), f64::from(f32::MIN_POSITIVE) / 1024.0];
    model.params_mut()[0].value.as_mut_slice()[..4].copy_from_slice(&odd.map(F::of));
    ours = Classifier::new(model, ours.standardize().clone(), ours.card().clone()).unwrap();
    ours.save(&path).unwrap();

    let theirs = Classifier::<F>::load(&path).unwrap();
    assert_eq!(theirs.card(), ours.card());
    assert_eq!(theirs.model().network(), ours.model().network());
    let bits = |c: &Classifier<F>| {
        let mut bytes = Vec::new();
        c.model().params().iter().for_each(|p| F::write_le(p.value.as_slice(), &mut bytes));
        f32::write_le(c.standardize().mean(), &mut bytes);
        f32::write_le(c.standardize().scale(), &mut bytes);
        bytes
    };
    assert_eq!(bits(&theirs), bits(&ours));
    let penalties = |c: &Classifier<F>| c.model().params().iter().map(|p| p.penalty).collect::<Vec<_>>();
    assert_eq!(penalties(&theirs), penalties(&ours));
    assert_eq!(theirs.probabilities(raw(7, 30, 2)).unwrap(), ours.probabilities(raw(7, 30, 2)).unwrap());
    assert_eq!(Model::<F>::load(&path).unwrap().params(), ours.model().params());

    // The same classifier gives the same file, and a classifier that was read gives the file it was read from.
    let bytes = std::fs::read(&path).unwrap();
    theirs.save(folder.join("again")).unwrap();
    assert_eq!(std::fs::read(folder.join("again")).unwrap(), bytes);
}

#[test]
fn what_is_saved_comes_back_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    round_trip::<f32>(folder.path());
    round_trip::<f64>(folder.path());
}

#[test]
fn our_network_comes_back_with_its_order_of_columns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let network = networks::tonegrad(&Series { moments: 7, index: (0..140).rev().collect() }, 3);
    let ours = classifier::<f32>(&network, 1);
    ours.save(&path).unwrap();
    let theirs = Classifier::<f32>::load(&path).unwrap();
    assert_eq!(theirs.model().network(), &network);
    let x = raw(7, 140, 2);
    let answer = ours.probabilities(x.clone()).unwrap();
    assert_eq!(theirs.probabilities(x.clone()).unwrap(), answer);
    let straight = networks::tonegrad(&Series { moments: 7, index: (0..140).collect() }, 3);
    assert_ne!(classifier::<f32>(&straight, 1).probabilities(x).unwrap(), answer);
}

#[test]
fn an_f64_file_is_no_f32_model() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    classifier::<f64>(&networks::mlp3(3, 2), 1).save(&path).unwrap();
    let error = Classifier::<f32>::load(&path).unwrap_err().to_string();
    assert_eq!(error, format!("{}, dense.kernel: found f64 [3, 129], wanted f32 [3, 129]", path.display()));
}

#[test]
fn what_no_file_can_hold_is_said_before_it_is_saved() {
    let usual = classifier::<f32>(&networks::mlp3(3, 2), 1);
    usual.savable().unwrap();
    let mut card = usual.card().clone();
    card.classes[1] = "x".repeat((4 << 20) - 1_000);
    let long = Classifier::new(usual.model().clone(), usual.standardize().clone(), card).unwrap();
    let error = long.savable().unwrap_err().to_string();
    assert!(error.contains("bytes of names and text, wanted at most 4194304"), "{error}");
}

#[test]
fn others_find_keras_names_and_layouts_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let ours = classifier::<f32>(&networks::genre_cnn(518, 16), 1);
    ours.save(&path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    for (name, shape) in [
        ("conv1d.kernel", &[3, 1, 32][..]),
        ("conv1d.bias", &[32]),
        ("conv1d_1.kernel", &[3, 32, 64]),
        ("conv1d_2.kernel", &[5, 64, 128]),
        ("dense.kernel", &[16128, 128]),
        ("dense_3.bias", &[16]),
        ("standardize.mean", &[518]),
        ("standardize.scale", &[518]),
    ] {
        let tensor = file.tensor(name).unwrap();
        assert_eq!((tensor.dtype(), tensor.shape()), (Dtype::F32, shape), "{name}");
    }
    assert_eq!(file.len(), 16);
    let kernel = file.tensor("conv1d.kernel").unwrap();
    assert_eq!(f32::read_le(kernel.data()), ours.model().params()[0].value.as_slice());
    let text = Tensors::open(&path).unwrap();
    let text: serde_json::Value = serde_json::from_str(text.text().unwrap()).unwrap();
    assert_eq!((&text["format"], &text["genres"][3]), (&1.into(), &"Genre 3".into()));
    assert_eq!(text["features"][1]["number"], "02");
    assert_eq!(text["architecture"]["layers"][0]["config"]["filters"], 32);
    assert_eq!((&text["provenance"]["protocol"], &text["provenance"]["synthetic"]), (&"honest".into(), &true.into()));
}

/// A file as other programs write it: no metadata, any order, Keras's own separators.
fn foreign(model: &Model<f32>, rename: impl Fn(&str) -> String) -> Vec<u8> {
    let params = model.params().iter().map(|p| {
        let mut bytes = Vec::new();
        f32::write_le(p.value.as_slice(), &mut bytes);
        (rename(&p.name), p.value.shape().to_vec(), bytes)
    });
    let params: Vec<_> = params.collect();
    let views = params
        .iter()
        .map(|(name, shape, bytes)| (name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap()));
    safetensors::serialize(views, None).unwrap()
}

#[test]
fn weights_of_the_genre_cnn_come_in_from_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keras.safetensors");
    let theirs = networks::genre_cnn(40, 6).build::<f32>(Seed(1)).unwrap();
    let renames: [fn(&str) -> String; 2] = [str::to_owned, |name| name.replace('.', "/") + ":0"];
    for rename in renames {
        std::fs::write(&path, foreign(&theirs, rename)).unwrap();
        let mut ours = networks::genre_cnn(40, 6).build::<f32>(Seed(2)).unwrap();
        ours.load_weights(&path).unwrap();
        assert_eq!(ours.params(), theirs.params());
        let x = raw(3, 40, 3);
        assert_eq!(ours.predict(x.view()), theirs.predict(x.view()));
    }
    let error = Classifier::<f32>::load(&path).unwrap_err().to_string();
    assert!(error.contains("tensors without a card") && error.contains("load_weights"), "{error}");
}

#[test]
fn weights_that_do_not_fit_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keras.safetensors");
    let mut ours = networks::genre_cnn(40, 6).build::<f32>(Seed(2)).unwrap();
    let before = ours.params().to_vec();
    let mut refused = |bytes: Vec<u8>, wanted: &str| {
        std::fs::write(&path, bytes).unwrap();
        let error = ours.load_weights(&path).unwrap_err().to_string();
        assert!(error.starts_with(&path.display().to_string()) && error.contains(wanted), "{error}");
        assert_eq!(ours.params(), before);
    };
    let build = |network: Sequential| network.build::<f32>(Seed(1)).unwrap();
    let same = build(networks::genre_cnn(40, 6));
    refused(
        foreign(&build(networks::genre_cnn(40, 7)), str::to_owned),
        "dense_3.kernel: found f32 [32, 7], wanted f32 [32, 6]",
    );
    refused(foreign(&build(networks::genre_cnn(44, 6)), str::to_owned), "dense.kernel: found f32 [1024, 128]");
    refused(foreign(&same, |name| name.replace("dense_1", "dense_9")), "dense_1.kernel: found no such tensor among ");
    let deeper = networks::genre_cnn(40, 6).then(Dense::new(6));
    refused(foreign(&build(deeper), str::to_owned), "found a tensor that the network does not have");
    let mut broken = same.clone();
    broken.params_mut()[4].value.as_mut_slice()[9] = f32::NAN;
    refused(foreign(&broken, str::to_owned), "conv1d_2.kernel: found NaN as value 9 of ");
    assert!(broken.save_weights(&path).unwrap_err().to_string().contains("conv1d_2.kernel"));
}

#[test]
fn a_part_of_a_network_comes_in_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keras.safetensors");
    // Another number of features and of classes: what lies between fits.
    let theirs = networks::genre_cnn(44, 9).build::<f32>(Seed(1)).unwrap();
    std::fs::write(&path, foreign(&theirs, |name| name.replace('.', "/") + ":0")).unwrap();
    let mut ours = networks::genre_cnn(40, 6).build::<f32>(Seed(2)).unwrap();
    let before = ours.params().to_vec();
    ours.load_weights_of(&path, &["conv1d", "conv1d_1", "dense_1.bias"]).unwrap();
    let taken = ["conv1d.kernel", "conv1d.bias", "conv1d_1.kernel", "conv1d_1.bias", "dense_1.bias"];
    for ((ours, theirs), before) in ours.params().iter().zip(theirs.params()).zip(&before) {
        let from = if taken.contains(&ours.name.as_str()) { theirs } else { before };
        assert_eq!(ours.value, from.value, "{}", ours.name);
    }

    let before = ours.params().to_vec();
    for (names, words) in [
        (&["conv1d_2", "dense"][..], "kernel:0: found f32 [1024, 128], wanted f32 [896, 128]"),
        (&["conv1d", "conv2d"], "conv2d: found no such layer or parameter in this network, wanted one that it has"),
    ] {
        let error = ours.load_weights_of(&path, names).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
        assert_eq!(ours.params(), before, "all of them, or none");
    }
}

/// Knots fitted to draws; those of the last column are tied in the middle.
fn quantile(columns: usize) -> Quantile {
    let mut x = raw(90, columns, 5);
    x.column_mut(columns - 1).mapv_inplace(|v| if v.abs() < 0.8 { 0.25 } else { v });
    Quantile::fit(&Train::new(Dataset::new(x, vec![0; 90], ["any"]).unwrap())).unwrap()
}

#[test]
fn a_quantile_transform_is_kept_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let plain = classifier::<f32>(&networks::mlp3(4, 2), 1);
    let ours = plain.clone().with_quantile(quantile(4)).unwrap();
    ours.save(&path).unwrap();
    let theirs = Classifier::<f32>::load(&path).unwrap();
    assert_eq!(theirs.quantile(), ours.quantile());
    let x = raw(7, 4, 2);
    let said = ours.probabilities(x.clone()).unwrap();
    assert_eq!(theirs.probabilities(x.clone()).unwrap(), said);
    assert_ne!(plain.probabilities(x.clone()).unwrap(), said);
    let mut by_hand = x.clone();
    quantile(4).apply_to(&mut by_hand).unwrap();
    assert_eq!(plain.probabilities(by_hand).unwrap(), said);
    // What is far out is at the end, but what is not finite is refused.
    let mut far = x.clone();
    far.row_mut(0).fill(f32::MAX);
    far[[1, 0]] = f32::NAN;
    assert_eq!(ours.probabilities_where_finite(&far).unwrap().1, [0, 2, 3, 4, 5, 6]);
    assert!(ours.probabilities(far).is_err());
    // The weights alone can be had from it; and it is read by no version that would leave the transform out.
    let mut model = networks::mlp3(4, 2).build::<f32>(Seed(9)).unwrap();
    model.load_weights(&path).unwrap();
    assert_eq!(model.params(), ours.model().params());
    let version = |c: &Classifier<f32>| {
        c.save(&path).unwrap();
        Tensors::open(&path).unwrap().text().unwrap()[..11].to_owned()
    };
    assert_eq!((version(&plain), version(&ours)), ("{\"format\":1".into(), "{\"format\":3".into()));
    let error = plain.with_quantile(quantile(5)).unwrap_err().to_string();
    assert_eq!(error, "classifier, quantile transform: found 5 columns, wanted 4, as the network has");
}

#[test]
fn knots_that_are_none_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let ours = classifier::<f32>(&networks::mlp3(4, 2), 1).with_quantile(quantile(4)).unwrap();
    ours.save(&path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let mut descending = tensors.tensor("quantile.knots").unwrap().data().to_vec();
    descending[..4].copy_from_slice(&1e9f32.to_le_bytes());
    let altered = |knots: Option<(&[u8], Vec<usize>)>| {
        let others = tensors.tensors().into_iter().filter(|(name, _)| name != "quantile.knots");
        let mut views: Vec<_> = others.collect();
        views.extend(
            knots.map(|(data, shape)| ("quantile.knots".into(), TensorView::new(Dtype::F32, shape, data).unwrap())),
        );
        let mut about = header.metadata().clone().unwrap();
        about.retain(|key, _| key == "tonegrad");
        std::fs::write(&path, safetensors::serialize(views, Some(about)).unwrap()).unwrap();
        Classifier::<f32>::load(&path).unwrap_err().to_string()
    };
    for (knots, words) in [
        (Some((&descending[..], vec![4, 90])), "quantile transform, column 0: found the knots [1000000000.0, "),
        (Some((&descending[..], vec![360])), "quantile.knots: found [360], wanted (features, knots)"),
        (Some((&descending[360..], vec![3, 90])), "quantile transform: found 3 columns, wanted 4, as the network has"),
        (None, "quantile.knots: found no such tensor among "),
    ] {
        let error = altered(knots);
        assert!(error.contains(words) && error.contains("model.safetensors"), "{error}");
    }
}

#[test]
fn raw_features_are_checked() {
    let ours = classifier::<f32>(&networks::mlp3(4, 2), 1);
    let mut x = raw(3, 4, 1);
    x[[2, 1]] = f32::INFINITY;
    let error = ours.probabilities(x).unwrap_err().to_string();
    assert_eq!(error, "row 2, feature 1: found inf, wanted a finite number");
    let mut loud = ours.model().clone();
    loud.params_mut().iter_mut().for_each(|p| p.value.as_mut_slice().fill(f32::MAX));
    let loud = Classifier::new(loud, ours.standardize().clone(), ours.card().clone()).unwrap();
    let error = loud.probabilities(raw(3, 4, 1)).unwrap_err().to_string();
    assert!(error.starts_with("row 0, class 0: found NaN, wanted a probability"), "{error}");
    let error = ours.probabilities(raw(3, 5, 1)).unwrap_err().to_string();
    assert_eq!(error, "standardise: found 5 columns, wanted 4, as in the training part");
    let card = classifier::<f32>(&networks::mlp3(5, 2), 1).card().clone();
    let error = Classifier::new(ours.model().clone(), ours.standardize().clone(), card).unwrap_err().to_string();
    assert_eq!(error, "classifier, features: found 5 names, wanted 4, as the network has");
}

#[test]
fn a_header_that_no_reader_would_take_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let error = tonegrad::store::tensors::TensorsWriter::default().write(&path, &"x".repeat(5 << 20)).unwrap_err();
    let (error, place) = (error.to_string(), format!("{}, header: found 52", path.display()));
    assert!(
        error.starts_with(&place) && error.contains("wanted at most 4194304") && error.contains("shorten"),
        "{error}"
    );
    assert!(!path.exists());
}
