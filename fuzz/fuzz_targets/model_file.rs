//! Model files: any bytes, or any header with as much data behind it as it asks for.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ndarray::Array2;
use tonegrad::store::{Classifier, Tensors};
use tonegrad::Seed;
use tonegrad::fma::networks;

/// Bytes of data that a header is given.
const MOST: u64 = 1 << 16;

fuzz_target!(|bytes: &[u8]| {
    let file = match bytes.split_first() {
        // A header by itself: the fuzzer need not learn to count.
        Some((b'{', _)) => {
            let ends = serde_json::from_slice(bytes).map_or(0, |header: serde_json::Value| {
                let tensors = header.as_object().into_iter().flat_map(|tensors| tensors.values());
                tensors.filter_map(|tensor| tensor["data_offsets"][1].as_u64()).max().unwrap_or(0)
            });
            let data = vec![0x3D; ends.min(MOST) as usize];
            [&(bytes.len() as u64).to_le_bytes()[..], bytes, &data].concat()
        }
        _ => bytes.to_vec(),
    };
    let Ok(tensors) = Tensors::from_bytes("fuzz", file) else { return };
    if let Ok(classifier) = Classifier::<f32>::from_tensors(&tensors) {
        let features = classifier.card().features.len();
        let (probabilities, rows) = classifier.probabilities_where_finite(&Array2::<f32>::ones((2, features))).unwrap();
        assert_eq!(probabilities.dim(), (rows.len(), classifier.card().classes.len()));
        classifier.to_onnx().unwrap();
    }
    let mut model = networks::softmax_regression(2, 2).build::<f32>(Seed(0)).unwrap();
    let _ = model.take_weights(&tensors);
});
