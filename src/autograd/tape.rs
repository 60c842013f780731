//! Backpropagation: reverse-mode automatic differentiation on a tape, which records what was computed, in order.
//!
//! By the chain rule, the gradient of a loss with respect to an input of an operation is `Jᵀ` times its gradient with
//! respect to the output, summed over all operations that the input enters. Walking the tape backwards meets every
//! operation after all those that use its output, so its `dy` is complete when the walk comes to it.

use super::op::{Op, Slot};
use crate::{Scalar, Tensor};
use std::cell::RefCell;

/// A tape for reverse-mode automatic differentiation: a record of operations. Gradients are returned, never kept in the
/// values: there is nothing to reset between steps, and a tape dies with its step.
///
/// ```
/// use tonegrad::{Tensor, autograd::Tape};
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::new([2], vec![3.0, 5.0]));
/// let y = &(&x * &x) + &x;                             // a variable may be used any number of times
/// let gradients = tape.gradients(&y.sum());
/// assert_eq!(gradients.of(&x).as_slice(), [7.0, 11.0]); // 2x + 1
/// ```
pub struct Tape<F: Scalar> {
    nodes: RefCell<Vec<Node<F>>>,
}

/// One recorded value: its shape and how to send its gradient to the values it came from. A leaf has no rule.
struct Node<F: Scalar> {
    shape: Vec<usize>,
    rule: Option<Rule<F>>,
}

struct Rule<F: Scalar> {
    /// Nodes of the inputs; `None` for a constant.
    inputs: Vec<Option<usize>>,
    #[expect(clippy::type_complexity, reason = "a name would hide the one thing to know about it")]
    backward: Box<dyn FnOnce(Tensor<F>, &mut [Slot<F>]) + Send>,
}

/// A variable: a tensor and its node on a tape; a constant has no node.
#[derive(Clone)]
pub struct Var<'t, F: Scalar> {
    tape: &'t Tape<F>,
    node: Option<usize>,
    value: Tensor<F>,
}

/// The gradients of one backward pass, by variable.
pub struct Gradients<F: Scalar> {
    by_node: Vec<Option<Tensor<F>>>,
}

impl<F: Scalar> Default for Tape<F> {
    fn default() -> Self {
        Tape { nodes: RefCell::new(Vec::new()) }
    }
}

impl<F: Scalar> Tape<F> {
    /// An empty tape.
    pub fn new() -> Self {
        Self::default()
    }

    /// A variable to differentiate with respect to.
    pub fn leaf(&self, value: Tensor<F>) -> Var<'_, F> {
        let node = self.push(value.shape(), None);
        Var { tape: self, node: Some(node), value }
    }

    /// A constant, which has no gradient: data. Operations on constants alone are not recorded.
    pub fn constant(&self, value: Tensor<F>) -> Var<'_, F> {
        Var { tape: self, node: None, value }
    }

    fn push(&self, shape: &[usize], rule: Option<Rule<F>>) -> usize {
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(Node { shape: shape.to_vec(), rule });
        nodes.len() - 1
    }

    /// Applies an operation and records it, unless all of its inputs are constants.
    pub fn apply<O: Op<F, N>, const N: usize>(&self, op: O, inputs: [Var<'_, F>; N]) -> Var<'_, F> {
        let nodes = inputs.each_ref().map(|x| x.node);
        let (y, saved) = op.forward(inputs.map(|x| x.value));
        self.record(y, &nodes, move |dy, dx| {
            op.backward(&saved, dy, dx.try_into().expect("one slot for each input"));
        })
    }

    /// Records a value with the rule that sends its gradient back: [`Tape::apply`] for any number of inputs.
    pub(crate) fn record(
        &self,
        y: Tensor<F>,
        inputs: &[Option<usize>],
        backward: impl FnOnce(Tensor<F>, &mut [Slot<F>]) + Send + 'static,
    ) -> Var<'_, F> {
        let rule = || Rule { inputs: inputs.to_vec(), backward: Box::new(backward) };
        let node = inputs.iter().any(Option::is_some).then(|| self.push(y.shape(), Some(rule())));
        Var { tape: self, node, value: y }
    }

    /// Backpropagation: the gradients of a scalar loss with respect to every leaf. The walk consumes the record: each
    /// operation's saved values are freed as soon as its rule has run.
    ///
    /// # Panics
    /// When `loss` is not a scalar, a tensor of one element.
    pub fn gradients(&self, loss: &Var<F>) -> Gradients<F> {
        assert_eq!(loss.value.len(), 1, "only a scalar has a gradient; sum a tensor of {:?} first", loss.shape());
        self.backward(loss, Tensor::full(loss.shape(), F::one()))
    }

    /// Vector-Jacobian products: the gradients of `<dy, y>` with respect to every leaf.
    pub fn backward(&self, y: &Var<F>, dy: Tensor<F>) -> Gradients<F> {
        let mut gradients = Gradients { by_node: Vec::new() };
        self.backward_into(y.node, dy, &mut gradients);
        gradients
    }

    /// As [`Tape::backward`], adding to gradients of leaves that are there already.
    pub(crate) fn backward_into(&self, y: Option<usize>, dy: Tensor<F>, gradients: &mut Gradients<F>) {
        let mut nodes = self.nodes.take();
        gradients.by_node.resize_with(nodes.len(), || None);
        let Some(y) = y else { return };
        gradients.by_node[y] = Some(dy);
        for node in (0..=y).rev() {
            let Some(Rule { inputs, backward }) = nodes[node].rule.take() else { continue };
            let Some(dy) = gradients.by_node[node].take() else { continue };
            // Gradients are taken out while the rule works on them: a variable that is used twice finds nothing there
            // the second time, gathers a second sum, and the two are added below. No aliasing, no `unsafe`.
            let mut slots: Vec<Slot<F>> = inputs
                .iter()
                .map(|input| match *input {
                    Some(x) => Slot::wanted(&nodes[x].shape, gradients.by_node[x].take()),
                    None => Slot::unwanted(),
                })
                .collect();
            backward(dy, &mut slots);
            for (input, mut slot) in inputs.into_iter().zip(slots) {
                if let (Some(x), Some(grad)) = (input, slot.take()) {
                    gradients.add(x, grad);
                }
            }
        }
    }
}

impl<F: Scalar> Gradients<F> {
    fn add(&mut self, node: usize, grad: Tensor<F>) {
        match &mut self.by_node[node] {
            Some(sum) => sum.add(&grad),
            empty => *empty = Some(grad),
        }
    }

    /// Starts with sums for the first leaves of a tape, in their order.
    pub(crate) fn starting_with(sums: Vec<Option<Tensor<F>>>) -> Self {
        Gradients { by_node: sums }
    }

    /// The sums of the first `n` leaves.
    pub(crate) fn into_first(mut self, n: usize) -> Vec<Option<Tensor<F>>> {
        self.by_node.truncate(n);
        self.by_node
    }

    /// The gradient with respect to `x`; zeros where the result does not depend on it.
    ///
    /// # Panics
    /// When `x` is a constant.
    pub fn of(&self, x: &Var<F>) -> Tensor<F> {
        let node = x.node.expect("a constant has no gradient; enter it with Tape::leaf");
        self.by_node.get(node).cloned().flatten().unwrap_or_else(|| Tensor::zeros(x.shape()))
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// The value, a tensor.
    pub fn value(&self) -> &Tensor<F> {
        &self.value
    }

    /// The value, without its node on the tape.
    pub fn into_value(self) -> Tensor<F> {
        self.value
    }

    /// The shape: sizes of the axes.
    pub fn shape(&self) -> &[usize] {
        self.value.shape()
    }

    /// The tape that the variable belongs to.
    pub fn tape(&self) -> &'t Tape<F> {
        self.tape
    }

    pub(crate) fn node(&self) -> Option<usize> {
        self.node
    }
}

impl<F: Scalar> std::fmt::Debug for Var<'_, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "Var({:?}, {:?})", self.node, self.value)
    }
}
