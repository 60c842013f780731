//! A classifier as an ONNX graph, for any program that runs those: raw features in, probabilities out.
//!
//! | file | idea |
//! |---|---|
//! | [`nn::onnx`](crate::nn::onnx) | a graph that grows node by node; each layer adds its own |
//! | `proto` | ONNX's messages |
//! | `encode` | from the one to the other |

mod encode;
mod proto;

use super::Classifier;
use super::weights::{QUANTILE, STANDARDIZE};
use crate::data::Quantile;
use crate::files::write_atomically;
use crate::nn::Loss;
use crate::nn::onnx::{Attribute, Graph};
use crate::{Result, Tensor};
use encode::{DOUBLE, FLOAT, graph_proto};
use prost::Message;
use proto::{ModelProto, OperatorSetIdProto, StringStringEntryProto};
use std::path::Path;

/// The version of ONNX's operators that the graph is written in.
pub const OPSET: i64 = 17;

/// The version of ONNX's messages that came with it.
const IR_VERSION: i64 = 8;

/// The name of the graph's input, (tracks, features) of raw `f32`.
pub const INPUT: &str = "features";

/// The name of the graph's output, (tracks, genres), where it is probabilities of classes.
pub const OUTPUT: &str = "probabilities";

/// The name of the graph's output, (tracks, numbers), where the network predicts numbers.
pub const NUMBERS: &str = "predictions";

impl Classifier<f32> {
    /// The bytes of an ONNX file, in operator set [`OPSET`]. Its metadata hold the genres and the features in order (as
    /// JSON lists), and the whole card under `tonegrad`.
    ///
    /// # Errors
    /// When a layer does not say what it is in ONNX; when a number on the card is not finite.
    pub fn to_onnx(&self) -> Result<Vec<u8>> {
        let (model, features) = (self.model(), self.card().features.len());
        let mut graph = Graph::new(INPUT);
        self.prepare_in(&mut graph);
        if model.input().len() > 1 {
            graph.reshape(model.input());
        }
        graph.channels_first(model.input().len());
        model.onnx(&mut graph).map_err(|e| e.under("ONNX"))?;
        graph.channels_last(model.output().len());
        if model.output().len() > 1 {
            graph.reshape(&[model.output().iter().product()]);
        }
        let mut output = OUTPUT;
        let mut about = "Probabilities of musical genres from raw features; metadata: genres, features";
        match model.loss() {
            Loss::CrossEntropy => graph.then("Softmax", &[], vec![("axis", Attribute::Int(1))]),
            // The logits of both classes are -x and x.
            Loss::BinaryCrossEntropy => {
                let signs = graph.tensor("signs", &Tensor::from([-1.0_f32, 1.0]));
                graph.then("Mul", &[signs], vec![]);
                graph.then("Sigmoid", &[], vec![]);
            }
            Loss::SquaredError | Loss::Huber { .. } => {
                graph.then("Identity", &[], vec![]);
                (output, about) = (NUMBERS, "Numbers from raw features; metadata: their names under genres, features");
            }
        }
        graph.call_value(output);

        let names: Vec<_> = self.card().features.iter().map(ToString::to_string).collect();
        let list = |names: &[String]| serde_json::Value::from(names).to_string();
        let props = [("genres", list(&self.card().classes)), ("features", list(&names)), ("tonegrad", self.text()?)];
        let model = ModelProto {
            ir_version: IR_VERSION,
            producer_name: env!("CARGO_PKG_NAME").into(),
            producer_version: env!("CARGO_PKG_VERSION").into(),
            doc_string: about.into(),
            graph: Some(graph_proto("genres", graph, (INPUT, features), (output, self.card().classes.len()))),
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
    fn prepare_in(&self, graph: &mut Graph) {
        graph.then("Cast", &[], vec![("to", Attribute::Int(DOUBLE.into()))]);
        if let Some(quantile) = self.quantile() {
            transform_in(quantile, graph);
        }
        let columns = [("Sub", "mean", self.standardize().mean()), ("Div", "scale", self.standardize().scale())];
        for (operator, name, values) in columns {
            let values: Vec<f64> = values.iter().map(|&v| v.into()).collect();
            let tensor = graph.tensor(format!("{STANDARDIZE}{name}"), &Tensor::new([values.len()], values));
            graph.then(operator, &[tensor], vec![]);
        }
        graph.then("Cast", &[], vec![("to", Attribute::Int(FLOAT.into()))]);
    }
}

/// `f(x) = y_0 + Σ_k h_k clip((x - q_k) / w_k, 0, 1)`, see [`Quantile`], with w_k from knot to knot. Where knots coincide, f
/// has a step, on which it is half way up: a ramp around it that ends before the next number of single precision is the same.
/// 0 x makes NaN of a feature that is not finite, which a clip might hide.
fn transform_in(quantile: &Quantile, graph: &mut Graph) {
    let (knots, levels) = (quantile.knots(), quantile.levels());
    let (columns, ramps) = (knots.nrows(), knots.ncols() - 1);
    let (mut begins, mut widths) = (Vec::new(), Vec::new());
    for (&from, &to) in knots.rows().into_iter().flat_map(|row| row.into_iter().zip(row.into_iter().skip(1))) {
        let [q, next, below, above] = [from, to, from.next_down(), from.next_up()].map(f64::from);
        let half = (q - below).min(above - q) / 2.0;
        begins.push(if from == to { q - half } else { q });
        widths.push(if from == to { 2.0 * half } else { next - q });
    }
    let heights = levels.iter().zip(&levels[1..]).map(|(a, b)| b - a).collect();
    let mut tensor = |name: &str, shape: &[usize], values: Vec<f64>| {
        graph.tensor(format!("{QUANTILE}{name}"), &Tensor::new(shape, values))
    };
    let [begins, widths] = [("begins", begins), ("widths", widths)].map(|(name, v)| tensor(name, &[columns, ramps], v));
    let heights = tensor("heights", &[ramps], heights);
    let [zero, one, first] =
        [("zero", 0.0), ("one", 1.0), ("first", levels[0])].map(|(name, value)| tensor(name, &[], vec![value]));
    let last = graph.integers("axes", &[1], &[2]);

    let x = graph.value().to_owned();
    graph.then("Mul", std::slice::from_ref(&zero), vec![]);
    let nothing = graph.value().to_owned();
    graph.go_on_from(x);
    graph.then("Unsqueeze", &[last], vec![]);
    graph.then("Sub", &[begins], vec![]);
    graph.then("Div", &[widths], vec![]);
    graph.then("Clip", &[zero, one], vec![]);
    graph.then("MatMul", &[heights], vec![]);
    graph.then("Add", &[first], vec![]);
    graph.then("Add", &[nothing], vec![]);
}
