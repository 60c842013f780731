//! A graph that grows node by node along one value.

use super::proto::{
    AttributeProto, DimensionProto, GraphProto, NodeProto, TensorProto, TensorShapeProto, TensorTypeProto, TypeProto,
    ValueInfoProto,
};
use crate::{Scalar, Tensor};

/// ONNX's numbers for the types of values.
pub(super) const FLOAT: i32 = 1;
pub(super) const INT64: i32 = 7;
pub(super) const DOUBLE: i32 = 11;

/// A graph under construction.
pub(super) struct Graph {
    proto: GraphProto,
    /// The name of the value that the next node takes.
    value: String,
}

impl Graph {
    /// A graph of one input, (rows, `width`) of `f32`, the number of rows left open.
    pub fn new(name: &str, input: &str, width: usize) -> Self {
        let proto = GraphProto { name: name.into(), input: vec![rows_of(input, width)], ..GraphProto::default() };
        Graph { proto, value: input.into() }
    }

    /// Applies an operator to the value, with more inputs after it.
    pub fn then(&mut self, operator: &str, more: &[String], attribute: Vec<AttributeProto>) {
        let name = format!("{}_{}", operator.to_lowercase(), self.proto.node.len());
        let value = std::mem::replace(&mut self.value, name.clone());
        let input = [&[value], more].concat();
        let output = vec![name.clone()];
        self.proto.node.push(NodeProto { input, output, name, op_type: operator.into(), attribute });
    }

    /// Gives the value, (rows, sizes...), other sizes.
    pub fn reshape(&mut self, sizes: &[usize]) {
        // 0 keeps the number of rows, even where there is none.
        let shape = self.integers("shape", &[sizes.len() + 1], &[&[0], sizes].concat());
        self.then("Reshape", &[shape], vec![]);
    }

    /// Swaps the last two axes of a value of three.
    pub fn swap_axes(&mut self) {
        self.then("Transpose", &[], vec![ints("perm", &[0, 2, 1])]);
    }

    /// Adds integers that nodes can take, an array of these sizes; its name begins with `kind`.
    pub fn integers(&mut self, kind: &str, sizes: &[usize], values: &[usize]) -> String {
        let bytes = values.iter().flat_map(|&value| (value as i64).to_le_bytes()).collect();
        let name = format!("{kind}_{}", self.proto.initializer.len());
        self.constant(name.clone(), INT64, sizes.iter().map(|&size| size as i64).collect(), bytes);
        name
    }

    /// Adds a tensor that nodes can take.
    pub fn tensor<F: Scalar>(&mut self, name: impl Into<String>, tensor: &Tensor<F>) -> String {
        let name = name.into();
        let mut bytes = Vec::new();
        F::write_le(tensor.as_slice(), &mut bytes);
        let dims = tensor.shape().iter().map(|&size| size as i64).collect();
        self.constant(name.clone(), if size_of::<F>() == 4 { FLOAT } else { DOUBLE }, dims, bytes);
        name
    }

    /// A single number that nodes can take; the same name is the same number.
    pub fn bound(&mut self, name: &str, value: f32) -> String {
        match self.proto.initializer.iter().any(|tensor| tensor.name == name) {
            true => name.into(),
            false => self.tensor(name, &Tensor::scalar(value)),
        }
    }

    fn constant(&mut self, name: String, data_type: i32, dims: Vec<i64>, raw_data: Vec<u8>) {
        self.proto.initializer.push(TensorProto { dims, data_type, name, raw_data });
    }

    /// The graph, whose output is the value under this name, (rows, `width`).
    pub fn finish(mut self, output: &str, width: usize) -> GraphProto {
        if let Some(last) = self.proto.node.last_mut() {
            last.output = vec![output.into()];
        }
        self.proto.output = vec![rows_of(output, width)];
        self.proto
    }
}

fn rows_of(name: &str, width: usize) -> ValueInfoProto {
    let rows = DimensionProto { dim_param: Some("tracks".into()), ..DimensionProto::default() };
    let width = DimensionProto { dim_value: Some(width as i64), ..DimensionProto::default() };
    let shape = Some(TensorShapeProto { dim: vec![rows, width] });
    let kind = Some(TypeProto { tensor_type: Some(TensorTypeProto { elem_type: FLOAT, shape }) });
    ValueInfoProto { name: name.into(), kind, doc_string: String::new() }
}

/// An attribute that is a whole number.
pub(super) fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto { name: name.into(), i: Some(value), kind: 2, ..AttributeProto::default() }
}

/// An attribute that is a number.
pub(super) fn float(name: &str, value: f64) -> AttributeProto {
    AttributeProto { name: name.into(), f: Some(value as f32), kind: 1, ..AttributeProto::default() }
}

/// An attribute that is a list of integers.
pub(super) fn ints(name: &str, values: &[usize]) -> AttributeProto {
    let ints = values.iter().map(|&value| value as i64).collect();
    AttributeProto { name: name.into(), ints, kind: 7, ..AttributeProto::default() }
}
