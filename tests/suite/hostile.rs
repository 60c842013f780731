//! Model files that are damaged, or made to harm: a clear error, no panic, no more memory than the file is long.

use crate::classifiers::classifier;
use serde_json::{Value, json};
use tonegrad::fma::networks;
use tonegrad::nn::Sequential;
use tonegrad::store::{Classifier, Tensors};

/// A file of this header and these data.
fn file(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), data].concat()
}

fn open(bytes: Vec<u8>) -> tonegrad::Result<Classifier<f32>> {
    Classifier::from_tensors(&Tensors::from_bytes("m", bytes)?)
}

fn refused(bytes: Vec<u8>, wanted: &str) {
    let error = open(bytes).unwrap_err().to_string();
    assert!(error.starts_with("m") && error.contains(wanted), "wanted {wanted}, got {error}");
}

/// A small model file, its header and its data.
fn sound() -> (Vec<u8>, Value, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    classifier::<f32>(&networks::genre_cnn(20, 3), 1).save(&path).unwrap();
    let bytes = std::fs::read(path).unwrap();
    let header = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let parsed = serde_json::from_slice(&bytes[8..header]).unwrap();
    (bytes.clone(), parsed, bytes[header..].to_vec())
}

/// The file after a change to its header, and to the text in it; the checksum is what it was, or is left out.
fn changed(change: impl Fn(&mut Value), retext: impl Fn(&mut Value)) -> Vec<u8> {
    let (_, mut header, data) = sound();
    let mut text: Value = serde_json::from_str(header["__metadata__"]["tonegrad"].as_str().unwrap()).unwrap();
    retext(&mut text);
    header["__metadata__"] = json!({ "tonegrad": text.to_string() });
    change(&mut header);
    file(&header.to_string(), &data)
}

fn retext(retext: impl Fn(&mut Value)) -> Vec<u8> {
    changed(|_| (), retext)
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let (bytes, ..) = sound();
    assert!(open(bytes.clone()).is_ok());
    for end in (0..bytes.len().min(600)).chain((600..bytes.len()).step_by(997)) {
        let error = open(bytes[..end].to_vec()).unwrap_err().to_string();
        assert!(error.starts_with("m: found "), "{error}");
    }
    refused([bytes, vec![0]].concat(), "bytes of data where the header speaks of");
}

#[test]
fn a_flipped_bit_is_noticed_wherever_it_matters() {
    let (bytes, ..) = sound();
    let whole = open(bytes.clone()).unwrap();
    for at in (0..bytes.len().min(4000)).chain((4000..bytes.len()).step_by(499)) {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1 << (at % 8);
        // The name of the checksum itself may be hit, and nothing is lost by that.
        if let Ok(read) = open(bytes) {
            assert_eq!((read.model().params(), read.card()), (whole.model().params(), whole.card()), "byte {at}");
        }
    }
}

#[test]
fn headers_that_lie_about_their_length_are_refused() {
    refused(vec![], "0 bytes");
    refused(vec![1; 7], "7 bytes");
    refused(u64::MAX.to_le_bytes().to_vec(), "18446744073709551615 as the length of the header");
    refused([&(5u64 << 20).to_le_bytes()[..], &[b' '; 100]].concat(), "as the length of the header");
    refused([&(1u64 << 20).to_le_bytes()[..], &[b' '; 100]].concat(), "a header of 1048576 bytes in a file of 108");
    refused(file("{}", &[]), "tensors without a card");
    refused(file("  ", &[]), "a header with EOF");
    refused(file("[]", &[]), "a header with");
    refused(file("{\"a\": 1}", &[]), "a header with");
    refused(file(&"[".repeat(100_000), &[]), "a header with");
    refused(file("{\"\u{0}\": 1}", &[]), "a header with");
}

#[test]
fn tensors_that_are_not_where_they_say_are_refused() {
    let entry =
        |shape: Value, from: u64, to: u64| json!({ "dtype": "F32", "shape": shape, "data_offsets": [from, to] });
    let two = |a: Value, b: Value| file(&json!({ "a": a, "b": b }).to_string(), &[0; 16]);
    let one = |shape: Value, from, to| file(&json!({ "a": entry(shape, from, to) }).to_string(), &[0; 16]);
    for (bytes, wanted) in [
        (two(entry(json!([2]), 0, 8), entry(json!([2]), 4, 12)), "invalid offset"),
        (two(entry(json!([4]), 0, 16), entry(json!([4]), 0, 16)), "invalid offset"),
        (two(entry(json!([1]), 0, 4), entry(json!([1]), 12, 16)), "invalid offset"),
        (one(json!([4]), 4, 20), "invalid offset"),
        (one(json!([4]), 16, 0), "invalid offset"),
        (one(json!([5]), 0, 16), "invalid shape"),
        (one(json!([1 << 28]), 0, 1 << 30), "16 bytes of data where the header speaks of 1073741824"),
        (one(json!([1u64 << 63, 4]), 0, 16), "overflow"),
        (one(json!([-1]), 0, 16), "a header with"),
        (one(json!([1.5]), 0, 16), "a header with"),
    ] {
        refused(bytes, wanted);
    }
    // Sizes whose sum wraps around to the true length.
    let (size, mut from) = ((1u64 << 61) - 8, 0u64);
    let mut entries = serde_json::Map::new();
    for i in 0..8 {
        let to = from + size;
        entries.insert(format!("{i}"), json!({ "dtype": "U8", "shape": [size], "data_offsets": [from, to] }));
        from = to;
    }
    let bytes = file(&Value::from(entries).to_string(), &[]);
    refused(bytes, "0 bytes of data where the header speaks of");
}

#[test]
fn what_is_there_twice_is_refused() {
    let (_, header, data) = sound();
    let twin = format!("{{\"dense.bias\":{},{}", header["dense.bias"], &header.to_string()[1..]);
    refused(file(&twin, &data), "a header with the key \"dense.bias\" twice");
    let text = header["__metadata__"]["tonegrad"].as_str().unwrap();
    let mut header = header.clone();
    header["__metadata__"] = json!({ "tonegrad": format!("{{\"genres\":[\"a\",\"b\",\"c\"],{}", &text[1..]) });
    refused(file(&header.to_string(), &data), "a card with the key \"genres\" twice");
}

#[test]
fn a_file_without_a_checksum_is_told_from_one_that_has_it() {
    let checked = |bytes| Tensors::from_bytes("m", bytes).unwrap().has_checksum();
    assert!(checked(sound().0) && !checked(retext(|_| ())));
}

#[test]
fn weights_of_another_shape_or_type_are_refused() {
    let renamed = |from: &'static str, to: &'static str| {
        move |header: &mut Value| {
            let entry = header.as_object_mut().unwrap().remove(from).unwrap();
            header[to] = entry;
        }
    };
    refused(changed(renamed("dense.bias", "dense.bios"), |_| ()), "m, dense.bias: found no such tensor among");
    refused(changed(renamed("standardize.mean", "mean"), |_| ()), "m, standardize.mean: found no such tensor");
    let reshaped = |header: &mut Value| header["conv1d.kernel"]["shape"] = json!([1, 3, 32]);
    refused(changed(reshaped, |_| ()), "m, conv1d.kernel: found f32 [1, 3, 32], wanted f32 [3, 1, 32]");
    let retyped = |header: &mut Value| header["conv1d.kernel"]["dtype"] = json!("I32");
    refused(changed(retyped, |_| ()), "m, conv1d.kernel: found i32 [3, 1, 32], wanted f32 [3, 1, 32]");
    refused(changed(|header| header["conv1d.kernel"]["dtype"] = json!("F99"), |_| ()), "a header with");
}

#[test]
fn numbers_that_are_none_are_refused() {
    let (_, header, data) = sound();
    let mut header = header.clone();
    header["__metadata__"].as_object_mut().unwrap().remove("checksum");
    let with = |name: &str, value: f32| {
        let at = header[name]["data_offsets"][0].as_u64().unwrap() as usize;
        let mut data = data.clone();
        data[at..at + 4].copy_from_slice(&value.to_le_bytes());
        file(&header.to_string(), &data)
    };
    assert!(open(with("dense.kernel", 1.0)).is_ok());
    refused(with("dense.kernel", f32::NAN), "m, dense.kernel: found NaN as value 0 of ");
    refused(with("dense_3.bias", f32::NEG_INFINITY), "m, dense_3.bias: found -inf as value 0 of 3");
    refused(with("standardize.scale", 0.0), "m, standardise, column 0: found mean");
    refused(with("standardize.scale", -1.0), "scale -1, wanted finite numbers, and a scale above zero");
}

#[test]
fn architectures_that_ask_for_the_moon_are_refused() {
    let layer = |i: usize, layer: Value| retext(move |text| text["architecture"]["layers"][i] = layer.clone());
    let conv = |filters: u64, kernel: u64, stride: u64, dilation: u64, padding: Value| {
        json!({ "layer": "conv1d", "config": { "filters": filters, "kernel_size": kernel, "stride": stride,
            "dilation": dilation, "padding": padding, "activation": "relu", "bias": true,
            "kernel_init": "glorot_uniform", "bias_init": "zeros", "penalty": { "l1": 0.0, "l2": 0.0 } } })
    };
    let pool = |size: u64, stride: u64| json!({ "layer": "max_pool1d", "config": { "size": size, "stride": stride, "padding": "same" } });
    let gather = |index: Value, channels: Value| json!({ "layer": "gather", "config": { "index": index, "channels": channels } });
    let flat =
        |layer: Value| retext(move |text| text["architecture"] = json!({ "input": [20], "layers": [layer.clone()] }));
    let huge = u64::MAX;
    for (bytes, wanted) in [
        (layer(0, conv(huge, 3, 1, 1, json!("same"))), "layer 1, conv1d: found values of shape"),
        (layer(0, conv(1 << 40, 3, 1, 1, json!("same"))), "layer 1, conv1d: found values of shape"),
        (layer(0, conv(32, huge, 1, 1, json!("valid"))), "a kernel of 18446744073709551615 taps, wanted at most 65535"),
        (layer(0, conv(1, 1 << 20, 1, 1, json!("same"))), "layer 1, conv1d: found a kernel of 1048576 taps"),
        (layer(0, conv(32, 30, 1, 1, json!("valid"))), "shorter than the window"),
        (layer(0, conv(1 << 14, 65_535, 1, 1, json!("same"))), "multiplications for one row"),
        (layer(0, conv(32, 3, 1, huge, json!("valid"))), "shorter than the window"),
        (layer(0, conv(32, 3, 1, huge, json!("same"))), "zeros around input"),
        (layer(0, conv(32, 3, 1, huge, json!("causal"))), "zeros around input"),
        (layer(0, conv(32, 3, huge, 1, json!({ "explicit": [huge, huge] }))), "zeros around input"),
        (layer(0, conv(32, 3, 0, 1, json!("same"))), "stride 0"),
        (layer(0, conv(0, 3, 1, 1, json!("same"))), "filters 0"),
        (layer(0, conv(32, 0, 1, 1, json!("same"))), "kernel size 0"),
        (layer(1, pool(0, 1)), "a window of 0"),
        (layer(1, pool(2, 0)), "stride 0"),
        (layer(1, pool(huge, 1)), "a window of"),
        (layer(3, json!({ "layer": "dropout", "config": { "rate": 1.5 } })), "a rate of 1.5"),
        (layer(3, json!({ "layer": "dropout", "config": { "rate": null } })), "a card with"),
        (layer(0, gather(json!([0, 20]), json!(1))), "layer 1, gather: found input [20, 1], wanted a vector"),
        (flat(gather(json!([0, 20]), json!(1))), "layer 1, gather: found feature 20, wanted one below 20"),
        (flat(gather(json!([0, huge]), json!(1))), "layer 1, gather: found feature 18446744073709551615"),
        (flat(gather(json!([0, 1, 2]), json!(2))), "layer 1, gather: found 3 features for 2 channels"),
        (
            flat(gather(json!([0, 1]), json!(huge))),
            "layer 1, gather: found 2 features for 18446744073709551615 channels",
        ),
        (flat(gather(json!([]), json!(1))), "layer 1, gather: found 0 features"),
        (flat(gather(json!([0, 1]), json!(0))), "layer 1, gather: found 2 features for 0 channels"),
        (flat(gather(json!([0, -1]), json!(1))), "a card with"),
        (flat(gather(json!(7), json!(1))), "a card with"),
        (layer(3, json!({ "layer": "attention", "config": {} })), "a card with an unknown layer"),
        (layer(7, json!({ "layer": "activation", "config": "relu" })), "a vector"),
        (retext(|text| text["architecture"]["input"] = json!([])), "layers on input []"),
        (retext(|text| text["architecture"]["input"] = json!([0, 1])), "layers on input [0, 1]"),
        (retext(|text| text["architecture"]["input"] = json!([20])), "wanted a signal"),
        (retext(|text| text["architecture"]["input"] = json!([20, 2])), "m, conv1d.kernel: found f32 [3, 1, 32]"),
        (retext(|text| text["architecture"]["input"] = json!([huge, huge, huge])), "network, input: found values"),
        (retext(|text| text["architecture"]["layers"] = json!([])), "0 layers"),
        (retext(|text| text["architecture"] = json!("genre_cnn")), "a card with"),
        (retext(|text| text["format"] = json!(4)), "found format 4, wanted format 1 to 3"),
        (retext(|text| text["loss"] = json!("hinge")), "a card with unknown variant"),
        (retext(|text| text["loss"] = json!("binary_cross_entropy")), "wanted a single logit"),
        (retext(|text| text["loss"] = json!({ "huber": { "delta": -1.0 } })), "Huber loss, delta: found -1"),
        (retext(|text| text["format"] = json!("1")), "a card with"),
        (retext(|text| *text = json!([])), "a card with"),
        (retext(|text| text["genres"] = json!(["a", "b"])), "m, classes: found 2 names, wanted 3"),
        (retext(|text| text["genres"] = json!(["a", "b", "a"])), "m, classes: found two classes named \"a\""),
        (retext(|text| text["genres"] = json!(["a", "b", " "])), "m, classes: found a class without a name"),
        (retext(|text| text["genres"] = json!(["a", "b", "c\u{1b}[2J"])), "m, classes: found \"c\\u{1b}[2J\""),
        (retext(|text| text["features"][0] = json!({})), "a card with a feature whose name has no level"),
        (retext(|text| text["features"] = json!([])), "m, standardize.mean: found f32 [20], wanted f32 [0]"),
    ] {
        refused(bytes, wanted);
    }
}

#[test]
fn a_description_that_asks_for_the_moon_is_not_built() {
    for text in [
        r#"{"input": [1000000, 1000000], "layers": [{"layer": "flatten", "config": {}}]}"#,
        r#"{"input": [4], "layers": [{"layer": "dense", "config": {"units": 60000000, "activation": "linear", "bias": true,
            "kernel_init": {"truncated_normal": -1.0}, "bias_init": "zeros", "penalty": {"l1": 0.0, "l2": 0.0}}}]}"#,
        r#"{"input": [60000000], "layers": [{"layer": "dense", "config": {"units": 1000000, "activation": "linear",
            "bias": true, "kernel_init": "zeros", "bias_init": "zeros", "penalty": {"l1": 0.0, "l2": 0.0}}}]}"#,
    ] {
        let network: Sequential = serde_json::from_str(text).unwrap();
        let error = network.build::<f32>(tonegrad::Seed(0)).unwrap_err().to_string();
        assert!(error.contains("values of shape") || error.contains("a deviation of -1"), "{error}");
    }
}
