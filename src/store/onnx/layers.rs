//! Each layer as nodes of ONNX.
//!
//! ONNX keeps signals as (rows, channels, length), this crate as (rows, length, channels): a signal is transposed once
//! where it begins and once where it is flattened, and kernels (taps, inputs, outputs) become (outputs, inputs, taps).

use super::graph::{Graph, float, int, ints};
use crate::Tensor;
use crate::nn::{Activation, Layer, Param};
use crate::ops::Window;
use ndarray::Ix3;

/// Appends a layer that maps an example of shape `input` into one of shape `output`.
pub(super) fn append(graph: &mut Graph, layer: &Layer, params: &[Param<f32>], input: &[usize], output: &[usize]) {
    match layer {
        // It lets everything pass when a network is asked.
        Layer::Dropout(_) => {}
        Layer::Gather(gather) => {
            // Transposed at once: the indices lie as the signal shall.
            let index = graph.integers("index", &[output[1], output[0]], &gather.by_channel());
            graph.then("Gather", &[index], vec![int("axis", 1)]);
        }
        Layer::Flatten(_) => {
            if input.len() == 2 {
                graph.swap_axes();
            }
            graph.reshape(output);
        }
        Layer::Dense(_) => {
            let more: Vec<_> = params.iter().map(|p| graph.tensor(p.name.as_str(), &p.value)).collect();
            graph.then("Gemm", &more, vec![]);
        }
        Layer::Conv1d(conv) => {
            let taps = params[0].value.shape()[0];
            let kernel = Tensor::copy_of(params[0].value.view::<Ix3>().permuted_axes([2, 1, 0]));
            let mut more = vec![graph.tensor(params[0].name.as_str(), &kernel)];
            more.extend(params.get(1).map(|bias| graph.tensor(bias.name.as_str(), &bias.value)));
            let window = conv.op().window(taps);
            let mut attributes = sliding(window, input[0]);
            attributes.push(ints("dilations", &[window.dilation]));
            graph.then("Conv", &more, attributes);
        }
        Layer::MaxPool1d(pool) => graph.then("MaxPool", &[], sliding(pool.op().window(), input[0])),
        Layer::AvgPool1d(pool) => graph.then("AveragePool", &[], sliding(pool.op().window(), input[0])),
        Layer::GlobalMaxPool1d(_) => {
            graph.then("GlobalMaxPool", &[], vec![]);
            graph.reshape(output);
        }
        Layer::GlobalAvgPool1d(_) => {
            graph.then("GlobalAveragePool", &[], vec![]);
            graph.reshape(output);
        }
        Layer::Activation(_) => {}
    }
    activate(graph, layer.activation(), output.len());
}

/// The attributes of a window that slides along a signal of this length. Padding is written out in numbers: both sides
/// agree on those, whatever they call them.
fn sliding(window: Window, length: usize) -> Vec<super::proto::AttributeProto> {
    let (left, right) = window.pads(length);
    vec![ints("kernel_shape", &[window.size]), ints("strides", &[window.stride]), ints("pads", &[left, right])]
}

/// Appends a non-linearity on examples of so many axes.
fn activate(graph: &mut Graph, activation: Activation, axes: usize) {
    // The channels, which are the last axis here, are the first of a signal there.
    let axis = || vec![int("axis", if axes == 2 { 1 } else { axes as i64 })];
    match activation {
        Activation::Linear => {}
        Activation::Relu => graph.then("Relu", &[], vec![]),
        Activation::Relu6 => {
            let bounds = [("zero", 0.0), ("six", 6.0)];
            let bounds = bounds.map(|(name, bound)| graph.bound(name, bound));
            graph.then("Clip", &bounds, vec![]);
        }
        Activation::LeakyRelu(slope) => graph.then("LeakyRelu", &[], vec![float("alpha", slope)]),
        Activation::Tanh => graph.then("Tanh", &[], vec![]),
        Activation::Sigmoid => graph.then("Sigmoid", &[], vec![]),
        Activation::Softmax => graph.then("Softmax", &[], axis()),
        Activation::LogSoftmax => graph.then("LogSoftmax", &[], axis()),
    }
}
