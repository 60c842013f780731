//! A graph in ONNX's messages.

use super::proto::{
    AttributeProto, DimensionProto, GraphProto, NodeProto, TensorProto, TensorShapeProto, TensorTypeProto, TypeProto,
    ValueInfoProto,
};
use crate::Scalar;
use crate::nn::onnx::{Attribute, Constant, Graph, Node, Values};

/// ONNX's numbers for the types of values.
pub(super) const FLOAT: i32 = 1;
pub(super) const INT64: i32 = 7;
pub(super) const DOUBLE: i32 = 11;

/// The message of a graph with one input and one output, each a name and a width: (rows, width) of `f32`, the number of rows
/// left open.
pub(super) fn graph_proto(name: &str, graph: Graph, input: (&str, usize), output: (&str, usize)) -> GraphProto {
    GraphProto {
        name: name.into(),
        node: graph.nodes.into_iter().map(node).collect(),
        initializer: graph.constants.into_iter().map(constant).collect(),
        input: vec![rows_of(input)],
        output: vec![rows_of(output)],
    }
}

fn node(Node { name, operator, inputs, outputs, attributes }: Node) -> NodeProto {
    let attribute = attributes.into_iter().map(attribute).collect();
    NodeProto { input: inputs, output: outputs, name, op_type: operator, attribute }
}

/// An attribute; its kind is 1 for a number, 2 for a whole one, 7 for a list.
fn attribute((name, value): (&str, Attribute)) -> AttributeProto {
    let named = AttributeProto { name: name.into(), ..AttributeProto::default() };
    match value {
        Attribute::Float(f) => AttributeProto { f: Some(f), kind: 1, ..named },
        Attribute::Int(i) => AttributeProto { i: Some(i), kind: 2, ..named },
        Attribute::Ints(ints) => AttributeProto { ints, kind: 7, ..named },
    }
}

fn constant(Constant { name, shape, values }: Constant) -> TensorProto {
    let mut raw_data = Vec::new();
    let data_type = match values {
        Values::Ints(values) => {
            raw_data.extend(values.iter().flat_map(|value| value.to_le_bytes()));
            INT64
        }
        Values::Single(values) => {
            f32::write_le(&values, &mut raw_data);
            FLOAT
        }
        Values::Double(values) => {
            f64::write_le(&values, &mut raw_data);
            DOUBLE
        }
    };
    TensorProto { dims: shape.iter().map(|&size| size as i64).collect(), data_type, name, raw_data }
}

fn rows_of((name, width): (&str, usize)) -> ValueInfoProto {
    let rows = DimensionProto { dim_param: Some("tracks".into()), ..DimensionProto::default() };
    let width = DimensionProto { dim_value: Some(width as i64), ..DimensionProto::default() };
    let shape = Some(TensorShapeProto { dim: vec![rows, width] });
    let kind = Some(TypeProto { tensor_type: Some(TensorTypeProto { elem_type: FLOAT, shape }) });
    ValueInfoProto { name: name.into(), kind, doc_string: String::new() }
}
