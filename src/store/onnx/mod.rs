//! A classifier as an ONNX graph, for any program that runs those: raw features in, probabilities out.
//!
//! | file | idea |
//! |---|---|
//! | `proto` | ONNX's messages |
//! | `graph` | a graph that grows node by node |
//! | `layers` | each layer as nodes |

mod graph;
mod layers;
mod proto;

use super::Classifier;
use super::weights::STANDARDIZE;
use crate::files::write_atomically;
use crate::{Result, Tensor};
use graph::{DOUBLE, FLOAT, Graph, int};
use prost::Message;
use proto::{ModelProto, OperatorSetIdProto, StringStringEntryProto};
use std::path::Path;

/// The version of ONNX's operators that the graph is written in.
pub const OPSET: i64 = 17;

/// The version of ONNX's messages that came with it.
const IR_VERSION: i64 = 8;

/// The name of the graph's input, (tracks, features) of raw `f32`.
pub const INPUT: &str = "features";

/// The name of the graph's output, (tracks, genres).
pub const OUTPUT: &str = "probabilities";

impl Classifier<f32> {
    /// The bytes of an ONNX file, in operator set [`OPSET`]. Its metadata hold the genres and the features in order (as
    /// JSON lists), and the whole card under `tonegrad`.
    ///
    /// # Errors
    /// When a number on the card is not finite.
    pub fn to_onnx(&self) -> Result<Vec<u8>> {
        let (model, features) = (self.model(), self.card().features.len());
        let mut graph = Graph::new("genres", INPUT, features);
        self.standardize_in(&mut graph);
        let mut shape = model.input().to_vec();
        if shape.len() > 1 {
            graph.reshape(&shape);
        }
        if shape.len() == 2 {
            graph.swap_axes();
        }
        for placed in model.layers() {
            let params = &model.params()[placed.params.clone()];
            layers::append(&mut graph, &placed.layer, params, &shape, &placed.output);
            shape.clone_from(&placed.output);
        }
        graph.then("Softmax", &[], vec![int("axis", 1)]);

        let names: Vec<_> = self.card().features.iter().map(ToString::to_string).collect();
        let list = |names: &[String]| serde_json::Value::from(names).to_string();
        let props = [("genres", list(&self.card().classes)), ("features", list(&names)), ("tonegrad", self.text()?)];
        let model = ModelProto {
            ir_version: IR_VERSION,
            producer_name: env!("CARGO_PKG_NAME").into(),
            producer_version: env!("CARGO_PKG_VERSION").into(),
            doc_string: "Probabilities of musical genres from raw features; metadata: genres, features".into(),
            graph: Some(graph.finish(OUTPUT, self.card().classes.len())),
            opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPSET }],
            metadata_props: props.map(|(key, value)| StringStringEntryProto { key: key.into(), value }).into(),
        };
        Ok(model.encode_to_vec())
    }

    /// Writes [`Classifier::to_onnx`], whole or not at all.
    ///
    /// # Errors
    /// As there, and when the file cannot be written.
    pub fn save_onnx(&self, path: impl AsRef<Path>) -> Result<()> {
        write_atomically(path, &self.to_onnx()?)
    }

    /// In double precision, as here: a column far from zero would lose its last digits otherwise.
    fn standardize_in(&self, graph: &mut Graph) {
        graph.then("Cast", &[], vec![int("to", i64::from(DOUBLE))]);
        let columns = [("Sub", "mean", self.standardize().mean()), ("Div", "scale", self.standardize().scale())];
        for (operator, name, values) in columns {
            let values: Vec<f64> = values.iter().map(|&v| v.into()).collect();
            let tensor = graph.tensor(format!("{STANDARDIZE}{name}"), &Tensor::new([values.len()], values));
            graph.then(operator, &[tensor], vec![]);
        }
        graph.then("Cast", &[], vec![int("to", i64::from(FLOAT))]);
    }
}
