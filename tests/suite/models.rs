//! The paper's networks: every output shape and every number of parameters that it states.

use tonegrad::Seed;
use tonegrad::fma::networks;
use tonegrad::nn::{AvgPool1d, Conv1d, Dense, Dropout, Flatten, GlobalMaxPool1d, Loss, MaxPool1d, Sequential};

/// (output shape, parameters) of each row of a summary.
fn rows(network: &Sequential) -> Vec<(String, String)> {
    let summary = network.build::<f32>(Seed(0)).unwrap().summary().to_string();
    let row = |line: &str| {
        let (name_and_shape, params) = line.rsplit_once(' ')?;
        let shape = name_and_shape.split_once("(None, ")?.1.trim_end();
        Some((shape.trim_end_matches(')').to_string(), params.to_string()))
    };
    summary.lines().filter_map(row).collect()
}

#[test]
fn genre_cnn_is_the_papers() {
    let network = networks::genre_cnn(518, 16);
    let wanted = [
        ("518, 32", "128"),
        ("259, 32", "0"),
        ("257, 64", "6,208"),
        ("257, 64", "0"),
        ("253, 128", "41,088"),
        ("126, 128", "0"),
        ("126, 128", "0"),
        ("16128", "0"),
        ("128", "2,064,512"),
        ("64", "8,256"),
        ("32", "2,080"),
        ("16", "528"),
    ];
    assert_eq!(rows(&network), wanted.map(|(shape, params)| (shape.to_string(), params.to_string())));
    let summary = network.build::<f32>(Seed(0)).unwrap().summary().to_string();
    assert!(summary.ends_with("Total params: 2,122,800\n"), "{summary}");
}

#[test]
fn other_networks_have_as_many_parameters_as_stated() {
    let count = |network: Sequential| network.build::<f32>(Seed(0)).unwrap().parameters();
    assert_eq!(count(networks::cnn_a(518, 16)), 425_264);
    assert_eq!(count(networks::cnn_b(518, 16)), 1_969_776);
    assert_eq!(count(networks::softmax_regression(518, 161)), 518 * 161 + 161);
    assert_eq!(count(networks::mlp3(518, 161)), 519 * 129 + 2 * 130 * 129 + 130 * 161);
    assert_eq!(count(networks::mlp4(518, 161)), 519 * 259 + 260 * 129 + 130 * 64 + 65 * 32 + 33 * 161);
}

#[test]
fn parameters_are_named_as_in_keras() {
    let model = networks::genre_cnn(518, 16).build::<f32>(Seed(0)).unwrap();
    let names: Vec<_> = model.params().iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names[..4], ["conv1d.kernel", "conv1d.bias", "conv1d_1.kernel", "conv1d_1.bias"]);
    assert_eq!(names[12..], ["dense_3.kernel", "dense_3.bias"]);
    assert_eq!(model.params()[2].value.shape(), [3, 32, 64]);
}

#[test]
fn a_network_survives_json() {
    let network = networks::genre_cnn(518, 16);
    let json = serde_json::to_string(&network).unwrap();
    assert_eq!(serde_json::from_str::<Sequential>(&json).unwrap(), network);
}

/// What version 0.1.0 wrote.
#[test]
#[rustfmt::skip]
fn architectures_are_written_byte_for_byte_as_they_were() {
    for text in [
        r#"{"input":[12,1],"layers":[{"layer":"conv1d","config":{"filters":4,"kernel_size":3,"stride":1,"dilation":1,"padding":"same","activation":"relu","bias":true,"kernel_init":"glorot_uniform","bias_init":"zeros","penalty":{"l1":0.0,"l2":0.0}}},{"layer":"max_pool1d","config":{"size":2,"stride":2,"padding":"valid"}},{"layer":"dropout","config":{"rate":0.5}},{"layer":"flatten","config":{}},{"layer":"dense","config":{"units":8,"activation":"relu6","bias":true,"kernel_init":{"truncated_normal":0.3},"bias_init":{"constant":0.5},"penalty":{"l1":0.0,"l2":0.0001}}},{"layer":"dense","config":{"units":3,"activation":"linear","bias":false,"kernel_init":"zeros","bias_init":"zeros","penalty":{"l1":0.0,"l2":0.0}}}]}"#,
        r#"{"input":[6],"layers":[{"layer":"gather","config":{"channels":2,"index":[0,3,1,4,2,5]}},{"layer":"flatten","config":{}},{"layer":"dense","config":{"units":2,"activation":"linear","bias":true,"kernel_init":"glorot_uniform","bias_init":"zeros","penalty":{"l1":0.0,"l2":0.0}}}]}"#,
        r#"{"input":[12,2],"layers":[{"layer":"conv1d","config":{"filters":3,"kernel_size":2,"stride":2,"dilation":3,"padding":{"explicit":[1,2]},"activation":{"leaky_relu":0.1},"bias":true,"kernel_init":"he_normal","bias_init":"zeros","penalty":{"l1":0.0,"l2":0.0}}},{"layer":"avg_pool1d","config":{"size":2,"stride":1,"padding":"causal"}},{"layer":"activation","config":"softmax"},{"layer":"global_max_pool1d","config":{}},{"layer":"dense","config":{"units":3,"activation":"tanh","bias":true,"kernel_init":"lecun_normal","bias_init":"zeros","penalty":{"l1":0.0,"l2":0.0}}}]}"#,
        r#"{"input":[12,2],"layers":[{"layer":"global_avg_pool1d","config":{}},{"layer":"activation","config":"log_softmax"}]}"#,
    ] {
        let network: Sequential = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&network).unwrap(), text);
    }
}

/// Every way in which layers cannot follow each other: layer, what it got, what it wants, and what to do.
#[test]
fn networks_that_do_not_fit_are_refused_with_a_remedy() {
    let signal = || Sequential::new([10, 2]);
    let cases = [
        (signal().then(Dense::new(3)), "layer 1, dense: found input [10, 2], wanted a vector; add Flatten before it"),
        (
            signal().then(Flatten {}).then(Conv1d::new(4, 3)),
            "layer 2, conv1d: found input [20], wanted a signal (length, channels); move it before Flatten and Dense",
        ),
        (
            signal().then(Conv1d::new(4, 5).dilation(3)),
            "layer 1, conv1d: found input [10, 2], shorter than the window, which spans 13, wanted at least one whole window; \
             choose a smaller window, `same` padding, or fewer poolings before it",
        ),
        (
            signal().then(MaxPool1d::new(4)).then(MaxPool1d::new(4)),
            "layer 2, max_pooling1d: found input [2, 2], shorter than the window, which spans 4, wanted at least one whole \
             window; choose a smaller window, `same` padding, or fewer poolings before it",
        ),
        (
            signal().then(Conv1d::new(4, 3).stride(0)),
            "layer 1, conv1d: found stride 0, dilation 1, wanted both at least 1",
        ),
        (signal().then(Conv1d::new(0, 3)), "layer 1, conv1d: found filters 0, wanted at least 1"),
        (signal().then(AvgPool1d::new(0)), "layer 1, average_pooling1d: found a window of 0, wanted 1 to 65535 values"),
        (
            signal().then(Dropout::new(1.0)),
            "layer 1, dropout: found a rate of 1, wanted at least 0 and below 1; a rate of 1 would drop everything",
        ),
        (
            signal().then(GlobalMaxPool1d {}).then(Dense::new(3).activation(tonegrad::nn::Activation::Softmax)),
            "layer 2, dense: found Softmax at the end of the network, wanted logits; remove it: the loss and `predict` apply \
             the softmax themselves, and twice would flatten the gradients",
        ),
        (
            signal().then(Conv1d::new(4, 3)),
            "layer 1, conv1d: found output [8, 4], wanted a vector of one logit for each class; end with Flatten and Dense",
        ),
        (
            Sequential::new([10, 0]),
            "network: found 0 layers on input [10, 0], wanted at least one layer, and an input without empty axes",
        ),
    ];
    for (network, message) in cases {
        let model = network.build::<f32>(Seed(0)).and_then(|model| model.with_loss(Loss::CrossEntropy));
        assert_eq!(model.unwrap_err().to_string(), message);
    }
}
