//! The graph of a computation, to be looked at: its nodes in the order of the tape, with values and gradients, as text here
//! and as a picture in `pictures`.

use crate::{Scalar, Tensor};
use std::fmt;

/// What a learner's tape remembers of a value: how it came to be. Unlike the rules, it outlives the walk.
#[derive(Clone)]
pub(super) struct Trace<F: Scalar> {
    pub made_by: &'static str,
    pub label: Option<String>,
    /// Where the inputs are on the tape, or their values where they are constants.
    pub inputs: Vec<Input<F>>,
    pub value: Tensor<F>,
}

#[derive(Clone)]
pub(super) enum Input<F: Scalar> {
    Node(usize),
    Constant(Tensor<F>),
}

/// The graph of a computation: see [`Tape::draw`](super::Tape::draw).
#[derive(Clone, Debug, PartialEq)]
pub struct Graph<F: Scalar> {
    nodes: Vec<GraphNode<F>>,
}

/// One value of a computation.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GraphNode<F: Scalar> {
    /// Its label, if it has one.
    pub label: Option<String>,
    /// The operation that made it, `Mul`; `leaf` or `constant` where none did.
    pub made_by: &'static str,
    /// The nodes that the operation took, in its order: indices into [`Graph::nodes`], all below this node's.
    pub inputs: Vec<usize>,
    /// The value.
    pub value: Tensor<F>,
    /// The gradient with respect to it, where it was asked for and there is one.
    pub gradient: Option<Tensor<F>>,
}

impl<F: Scalar> Graph<F> {
    /// The graph of what a tape remembers; `gradient` knows that of a node.
    pub(super) fn new(traces: &[Trace<F>], gradient: impl Fn(usize) -> Option<Tensor<F>>) -> Self {
        let (mut nodes, mut at) = (Vec::new(), Vec::new());
        for (node, trace) in traces.iter().enumerate() {
            let inputs = trace.inputs.iter().map(|input| match input {
                Input::Node(node) => at[*node],
                Input::Constant(value) => {
                    let (made_by, value) = ("constant", value.clone());
                    nodes.push(GraphNode { label: None, made_by, inputs: Vec::new(), value, gradient: None });
                    nodes.len() - 1
                }
            });
            let inputs = inputs.collect();
            at.push(nodes.len());
            let Trace { made_by, label, value, .. } = trace.clone();
            nodes.push(GraphNode { label, made_by, inputs, value, gradient: gradient(node) });
        }
        Graph { nodes }
    }

    /// The nodes, each after those that it was made of.
    pub fn nodes(&self) -> &[GraphNode<F>] {
        &self.nodes
    }

    /// What a node is called: its label, or its number.
    pub fn name(&self, node: usize) -> String {
        self.nodes[node].label.clone().unwrap_or_else(|| format!("#{node}"))
    }
}

/// A small value in full, of a larger one the shape.
pub(crate) fn brief<F: Scalar>(value: &Tensor<F>) -> String {
    let values: Vec<String> = value.as_slice().iter().take(5).map(|v| short(v.as_f64())).collect();
    match (value.shape(), value.len()) {
        (_, 1) => values[0].clone(),
        ([_], 0..=4) => format!("[{}]", values.join(", ")),
        (shape, _) => format!("{shape:?}"),
    }
}

/// Four decimals at most.
fn short(value: f64) -> String {
    if value != 0.0 && value.abs() < 1e-3 {
        return format!("{value:.1e}");
    }
    let text = format!("{value:.4}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
}

/// A line for each node: name, operation and inputs, value, gradient.
impl<F: Scalar> fmt::Display for Graph<F> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let rows: Vec<[String; 4]> = (self.nodes.iter().enumerate())
            .map(|(i, node)| {
                let inputs: Vec<String> = node.inputs.iter().map(|&input| self.name(input)).collect();
                let made = if inputs.is_empty() { String::new() } else { format!("({})", inputs.join(", ")) };
                let gradient = node.gradient.as_ref().map_or(String::new(), brief);
                [self.name(i), format!("{}{made}", node.made_by), brief(&node.value), gradient]
            })
            .collect();
        let head = ["node", "made by", "value", "gradient"].map(String::from);
        let width =
            |column: usize| rows.iter().chain([&head]).map(|row| row[column].chars().count()).max().unwrap_or_default();
        let widths = [width(0), width(1), width(2)];
        for row in [&head].into_iter().chain(&rows) {
            let [name, made, value, gradient] = row;
            let [w0, w1, w2] = widths;
            let line = format!("{name:w0$}  {made:w1$}  {value:w2$}  {gradient}");
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}
