//! A network as nodes of ONNX: plain data, to which each layer adds its own. How they become bytes is the affair of
//! [`store`](crate::store).
//!
//! ONNX keeps signals as (rows, channels, length) and pictures as (rows, channels, height, width); here channels are last. A value
//! whose examples have two or three axes is channels first in the graph: it is transposed once where it begins and once where it is
//! flattened.

use super::activation::Activation;
use crate::ops::Window;
use crate::{Scalar, Tensor};

/// A graph of ONNX operators under construction, which grows node by node along one value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    /// The nodes, in the order of their execution.
    pub nodes: Vec<Node>,
    /// The tensors that nodes take besides what other nodes return.
    pub constants: Vec<Constant>,
    /// The name of the value that the next node takes.
    value: String,
}

/// One operator of the graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its name, and that of its first output.
    pub name: String,
    /// The operator: `Gemm`.
    pub operator: String,
    /// Names of values; an empty one where an input is left out.
    pub inputs: Vec<String>,
    /// Names of values; an empty one where an output is not wanted.
    pub outputs: Vec<String>,
    /// Attributes by name.
    pub attributes: Vec<(&'static str, Attribute)>,
}

/// An attribute of an operator.
#[derive(Clone, Debug, PartialEq)]
pub enum Attribute {
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f32),
    /// A list of whole numbers.
    Ints(Vec<i64>),
}

/// A named tensor of the graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Constant {
    /// Its name.
    pub name: String,
    /// Sizes of its axes.
    pub shape: Vec<usize>,
    /// Its elements in row-major order.
    pub values: Values,
}

/// The elements of a constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Whole numbers: indices, sizes.
    Ints(Vec<i64>),
    /// Single precision.
    Single(Vec<f32>),
    /// Double precision.
    Double(Vec<f64>),
}

/// Lists of constants, by scalar type.
struct Lists;

impl crate::scalar::Family for Lists {
    type Of<F: Scalar> = fn(&[f64]) -> Values;
}

impl Graph {
    /// A graph that begins with a value of this name.
    pub fn new(input: &str) -> Self {
        Graph { value: input.into(), ..Graph::default() }
    }

    /// The name of the value that the next node takes.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Goes on from another value of the graph: a branch.
    pub fn go_on_from(&mut self, value: impl Into<String>) {
        self.value = value.into();
    }

    /// Applies an operator to the value, with more inputs after it.
    pub fn then(&mut self, operator: &str, more: &[String], attributes: Vec<(&'static str, Attribute)>) {
        let name = format!("{}_{}", operator.to_lowercase(), self.nodes.len());
        let inputs = [&[std::mem::replace(&mut self.value, name.clone())], more].concat();
        let (operator, outputs) = (operator.into(), vec![name.clone()]);
        self.nodes.push(Node { name, operator, inputs, outputs, attributes });
    }

    /// Gives the value, (rows, sizes...), other sizes.
    pub fn reshape(&mut self, sizes: &[usize]) {
        // 0 keeps the number of rows, even where there is none.
        let shape = self.integers("shape", &[sizes.len() + 1], &[&[0], sizes].concat());
        self.then("Reshape", &[shape], vec![]);
    }

    /// Moves the channels of a value, whose examples have so many axes, from the last axis to the first; where there are no others it
    /// does nothing.
    pub fn channels_first(&mut self, axes: usize) {
        self.move_channels(axes, |axes| [vec![0, axes], (1..axes).collect()].concat());
    }

    /// Moves the channels from the first axis to the last.
    pub fn channels_last(&mut self, axes: usize) {
        self.move_channels(axes, |axes| [vec![0], (2..=axes).collect(), vec![1]].concat());
    }

    fn move_channels(&mut self, axes: usize, order: impl Fn(i64) -> Vec<i64>) {
        if is_channels_first(axes) {
            self.then("Transpose", &[], vec![("perm", Attribute::Ints(order(axes as i64)))]);
        }
    }

    /// Applies an activation function to a value whose examples have so many axes.
    pub fn activate(&mut self, activation: Activation, axes: usize) {
        // The channels, which are the last axis here, are the first of a signal there.
        let axis = || vec![("axis", Attribute::Int(if is_channels_first(axes) { 1 } else { axes as i64 }))];
        match activation {
            Activation::Linear => {}
            Activation::Relu => self.then("Relu", &[], vec![]),
            Activation::Relu6 => {
                let bounds = [("zero", 0.0), ("six", 6.0)].map(|(name, bound)| self.number(name, bound));
                self.then("Clip", &bounds, vec![]);
            }
            Activation::LeakyRelu(slope) => {
                self.then("LeakyRelu", &[], vec![("alpha", Attribute::Float(slope as f32))]);
            }
            Activation::Tanh => self.then("Tanh", &[], vec![]),
            Activation::Sigmoid => self.then("Sigmoid", &[], vec![]),
            Activation::Softmax => self.then("Softmax", &[], axis()),
            Activation::LogSoftmax => self.then("LogSoftmax", &[], axis()),
        }
    }

    /// Adds integers that nodes can take, an array of these sizes; its name begins with `kind`.
    pub fn integers(&mut self, kind: &str, sizes: &[usize], values: &[usize]) -> String {
        let name = format!("{kind}_{}", self.constants.len());
        let values = Values::Ints(values.iter().map(|&value| value as i64).collect());
        self.constants.push(Constant { name: name.clone(), shape: sizes.to_vec(), values });
        name
    }

    /// Adds a tensor that nodes can take.
    pub fn tensor<F: Scalar>(&mut self, name: impl Into<String>, tensor: &Tensor<F>) -> String {
        let name = name.into();
        let list = F::choose::<Lists>(
            |values| Values::Single(values.iter().map(|&v| v as f32).collect()),
            |values| Values::Double(values.to_vec()),
        );
        let values: Vec<f64> = tensor.as_slice().iter().map(|v| v.as_f64()).collect();
        self.constants.push(Constant { name: name.clone(), shape: tensor.shape().to_vec(), values: list(&values) });
        name
    }

    /// A single number that nodes can take; the same name is the same number.
    pub fn number(&mut self, name: &str, value: f32) -> String {
        match self.constants.iter().any(|constant| constant.name == name) {
            true => name.into(),
            false => self.tensor(name, &Tensor::scalar(value)),
        }
    }

    /// Calls the value by this name, from which it is the graph's output.
    pub fn call_value(&mut self, name: &str) {
        if let Some(last) = self.nodes.last_mut() {
            last.outputs[0] = name.into();
            self.value = name.into();
        }
    }
}

impl Attribute {
    /// A list of sizes.
    pub fn sizes(sizes: &[usize]) -> Self {
        Attribute::Ints(sizes.iter().map(|&size| size as i64).collect())
    }
}

/// Whether a value whose examples have so many axes is channels first in the graph.
pub(super) fn is_channels_first(axes: usize) -> bool {
    matches!(axes, 2 | 3)
}

/// The attributes of windows that slide along the axes of an input, (lengths..., channels). Padding is written out in numbers: both
/// sides agree on those, whatever they call them.
pub(super) fn sliding<const N: usize>(windows: [Window; N], input: &[usize]) -> Vec<(&'static str, Attribute)> {
    let pads: Vec<_> = windows.iter().zip(input).map(|(window, &length)| window.pads(length)).collect();
    let pads: Vec<_> = pads.iter().map(|pads| pads.0).chain(pads.iter().map(|pads| pads.1)).collect();
    let (sizes, strides) = (windows.map(|window| window.size), windows.map(|window| window.stride));
    let all = [("kernel_shape", &sizes[..]), ("strides", &strides), ("pads", &pads)];
    all.map(|(name, sizes)| (name, Attribute::sizes(sizes))).into()
}
