//! Descriptions of networks: any of them is refused or has sound shapes, and a small one works.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ndarray::Array2;
use serde_json::{Value, json};
use tonegrad::Seed;
use tonegrad::nn::Sequential;
use tonegrad::store::{Classifier, Tensors};

/// Numbers in a description that may be built and run.
const SMALL: u64 = 12;

fuzz_target!(|bytes: &[u8]| {
    let Ok(description) = serde_json::from_slice::<Value>(bytes) else { return };
    // As part of a file without a tensor: all shapes are checked before the first one is missed.
    let card = json!({
        "format": 1, "architecture": description, "genres": [], "features": [],
        "provenance": { "version": "", "model": "", "seed": 0, "protocol": "", "source": "", "synthetic": false, "test": null },
    });
    let header = json!({ "__metadata__": { "tonegrad": card.to_string() } }).to_string();
    let file = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat();
    let tensors = Tensors::from_bytes("fuzz", file).unwrap();
    assert!(Classifier::<f32>::from_tensors(&tensors).is_err());

    let Ok(network) = serde_json::from_value::<Sequential>(description.clone()) else { return };
    if network.layers().len() < 20 && small(&description) {
        if let Ok(model) = network.build::<f32>(Seed(0)) {
            let features = network.input().iter().product();
            let x = Array2::<f32>::ones((3, features));
            let outputs = model.output().iter().product();
            assert_eq!(model.logits(x.view()).dim(), (3, outputs));
            assert!(model.try_predict(x.view()).is_err() || model.predict(x.view()).dim() == (3, outputs));
        }
    }
});

fn small(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_u64().is_none_or(|n| n <= SMALL),
        Value::Array(values) => values.iter().all(small),
        Value::Object(values) => values.values().all(small),
        _ => true,
    }
}
