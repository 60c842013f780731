//! Backpropagation: reverse-mode automatic differentiation on a tape, which records what was computed, in order.
//!
//! By the chain rule, the gradient of a loss with respect to an input of an operation is `Jᵀ` times its gradient with
//! respect to the output, summed over all operations that the input enters. Walking the tape backwards meets every
//! operation after all those that use its output, so its `dy` is complete when the walk comes to it.
//!
//! A tape knows itself, whether it has been walked, and which values' gradients are to be kept. What it cannot answer it
//! refuses, with the remedy; it never answers zeros for something that was used.

use super::graph::{Input, Trace};
use super::op::{Op, Rules, Slot};
use crate::{Scalar, Tensor};
use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU64, Ordering};

/// A record of operations, to be differentiated once.
///
/// Gradients are returned, never stored in the values: there is nothing to reset between steps, and a tape dies with its step.
///
/// ```
/// use tonegrad::{Tensor, autograd::Tape};
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::new([2], vec![3.0, 5.0]));
/// let y = &(&x * &x) + &x;                             // a variable may be used any number of times
/// let gradients = tape.gradients(&y.sum());
/// assert_eq!(gradients.of(&x).as_slice(), [7.0, 11.0]); // 2x + 1
/// ```
///
/// The gradients of leaves are there to be asked for. Those of values in between are used up on the way, unless they are kept:
///
/// ```
/// use tonegrad::{Tensor, autograd::Tape};
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::scalar(3.0));
/// let h = tape.keep(&x * &x);
/// let gradients = tape.gradients(&(&h * &h));
/// assert_eq!(gradients.of(&h).item(), 18.0); // 2h
/// ```
pub struct Tape<F: Scalar> {
    /// No two tapes have the same.
    pub(super) id: u64,
    nodes: RefCell<Vec<Node<F>>>,
    /// A learner's tape keeps the gradients of all values, and what it takes to draw them.
    pub(super) learner: Option<RefCell<Vec<Trace<F>>>>,
    walked: Cell<bool>,
}

/// One recorded value: its shape and how to send its gradient to the values it came from. A leaf has no rule.
struct Node<F: Scalar> {
    shape: Vec<usize>,
    /// The name of the operation that made it.
    made_by: &'static str,
    kept: bool,
    rule: Option<Rule<F>>,
}

struct Rule<F: Scalar> {
    /// Nodes of the inputs; `None` for a constant.
    inputs: Vec<Option<usize>>,
    backward: Backward<F>,
}

/// Adds the gradients of the inputs to their slots, given that of the output.
type Backward<F> = Box<dyn FnOnce(Tensor<F>, &mut [Slot<F>]) + Send>;

/// The inputs of an operation, apart: their nodes, their values, and on a learner's tape the values once more.
struct Entered<F: Scalar, const N: usize> {
    nodes: [Option<usize>; N],
    seen: Option<[Tensor<F>; N]>,
    values: [Tensor<F>; N],
}

/// A variable: a tensor and its node on a tape; a constant has no node.
#[derive(Clone)]
pub struct Var<'t, F: Scalar> {
    tape: &'t Tape<F>,
    /// Its number on the tape; a constant has none.
    node: Option<usize>,
    value: Tensor<F>,
}

/// The gradients of one backward pass, by variable.
pub struct Gradients<F: Scalar> {
    pub(super) tape: u64,
    pub(super) by_node: Vec<Option<Tensor<F>>>,
    /// The operations whose values' gradients were used up on the way, by node.
    used_up: Vec<Option<&'static str>>,
}

impl<F: Scalar> Default for Tape<F> {
    fn default() -> Self {
        static TAPES: AtomicU64 = AtomicU64::new(0);
        let id = TAPES.fetch_add(1, Ordering::Relaxed);
        Tape { id, nodes: RefCell::new(Vec::new()), learner: None, walked: Cell::new(false) }
    }
}

impl<F: Scalar> Tape<F> {
    /// An empty tape.
    pub fn new() -> Self {
        Self::default()
    }

    /// A variable to differentiate with respect to.
    ///
    /// # Panics
    /// When the tape was walked already: its record is gone.
    pub fn leaf(&self, value: Tensor<F>) -> Var<'_, F> {
        let node = self.push(Node { shape: value.shape().to_vec(), made_by: LEAF, kept: true, rule: None });
        self.remember("leaf", &value, Vec::new);
        Var { tape: self, node: Some(node), value }
    }

    /// A constant, which has no gradient: data. Operations on constants alone are not recorded.
    pub fn constant(&self, value: Tensor<F>) -> Var<'_, F> {
        Var { tape: self, node: None, value }
    }

    /// Keeps the gradient of this value, so that [`Gradients::of`] can answer for it; returns the value.
    ///
    /// # Panics
    /// When the value is a constant, or of another tape; when the tape was walked already.
    pub fn keep<'t>(&'t self, x: Var<'t, F>) -> Var<'t, F> {
        self.own("keep", &[&x]);
        let node = x.node.unwrap_or_else(|| panic!("keep: a constant has no gradient; enter it with Tape::leaf"));
        self.still_recording();
        self.nodes.borrow_mut()[node].kept = true;
        x
    }

    fn push(&self, node: Node<F>) -> usize {
        self.still_recording();
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(node);
        nodes.len() - 1
    }

    fn still_recording(&self) {
        assert!(
            !self.walked.get(),
            "this tape was walked already, and its record is gone: begin a new Tape, and enter the values there"
        );
    }

    /// Refuses variables of another tape: node 3 there is another value than node 3 here.
    pub(crate) fn own(&self, operation: &str, inputs: &[&Var<F>]) {
        if let Some((i, x)) = inputs.iter().enumerate().find(|(_, x)| !std::ptr::eq(x.tape, self)) {
            let made_by = x.node.map_or("a constant", |node| x.tape.made_by(node));
            panic!(
                "{operation}: input {i}, made by {made_by}, is on another tape; \
                 enter its value on this one with Tape::leaf or Tape::constant"
            );
        }
    }

    /// The name of the operation that made a node's value.
    fn made_by(&self, node: usize) -> &'static str {
        self.nodes.borrow().get(node).map_or("an operation", |node| node.made_by)
    }

    /// Applies an operation and records it, unless all of its inputs are constants.
    ///
    /// # Panics
    /// When an input is on another tape; when the tape was walked already; when the operation refuses the shapes.
    pub fn apply<O: Op<F, N>, const N: usize>(&self, op: O, inputs: [Var<'_, F>; N]) -> Var<'_, F> {
        self.apply_and_look(op, inputs, |_| ()).0
    }

    /// As [`Tape::apply`], with a look at what the forward rule saved.
    pub(crate) fn apply_and_look<O: Op<F, N>, R, const N: usize>(
        &self,
        op: O,
        inputs: [Var<'_, F>; N],
        look: impl FnOnce(&O::Saved) -> R,
    ) -> (Var<'_, F>, R) {
        let name = short_name(std::any::type_name::<O>());
        let Entered { nodes, seen, values } = self.enter(name, inputs);
        let rules = Rules::<O, F, N>::found().map_or_else(Rules::here, |rules| Rules { ..*rules });
        let (y, saved) = (rules.forward)(&op, values);
        let looked = look(&saved);
        let constant = |i: usize| seen.as_ref().expect("values of a learner's tape")[i].clone();
        let backward = move |dy, dx: &mut [Slot<F>]| {
            (rules.backward)(&op, &saved, dy, dx.try_into().expect("one slot for each input"));
        };
        (self.record(name, y, &nodes, &constant, backward), looked)
    }

    /// What `apply` does for all operations alike: apart from it, so that it is compiled once and not for each of them.
    fn enter<const N: usize>(&self, name: &str, inputs: [Var<'_, F>; N]) -> Entered<F, N> {
        self.own(name, &inputs.each_ref());
        let nodes = inputs.each_ref().map(|x| x.node);
        let seen = self.learner.as_ref().map(|_| inputs.each_ref().map(|x| x.value.clone()));
        Entered { nodes, seen, values: inputs.map(|x| x.value) }
    }

    /// Records a value with the rule that sends its gradient back: [`Tape::apply`] for any number of inputs, of this tape.
    /// `constant` is asked for the value of an input that has no node, on a learner's tape.
    pub(crate) fn record(
        &self,
        made_by: &'static str,
        y: Tensor<F>,
        inputs: &[Option<usize>],
        constant: &dyn Fn(usize) -> Tensor<F>,
        backward: impl FnOnce(Tensor<F>, &mut [Slot<F>]) + Send + 'static,
    ) -> Var<'_, F> {
        match inputs.iter().any(Option::is_some) {
            true => self.record_rule(made_by, y, inputs, constant, Box::new(backward)),
            false => self.constant(y),
        }
    }

    fn record_rule(
        &self,
        made_by: &'static str,
        y: Tensor<F>,
        inputs: &[Option<usize>],
        constant: &dyn Fn(usize) -> Tensor<F>,
        backward: Backward<F>,
    ) -> Var<'_, F> {
        let (shape, kept) = (y.shape().to_vec(), self.learner.is_some());
        let node = self.push(Node { shape, made_by, kept, rule: Some(Rule { inputs: inputs.to_vec(), backward }) });
        self.remember(made_by, &y, || {
            let input = |(i, node): (usize, &Option<usize>)| match *node {
                Some(node) => Input::Node(node),
                None => Input::Constant(constant(i)),
            };
            inputs.iter().enumerate().map(input).collect()
        });
        Var { tape: self, node: Some(node), value: y }
    }

    /// Backpropagation: the gradients of a scalar loss with respect to every leaf. The walk consumes the record: each
    /// operation's saved values are freed as soon as its rule has run.
    ///
    /// # Panics
    /// When `loss` is not a scalar, a tensor of one element, or on another tape; when the tape was walked already.
    pub fn gradients(&self, loss: &Var<F>) -> Gradients<F> {
        assert_eq!(
            loss.value.len(),
            1,
            "gradients: the loss has shape {:?}, wanted a scalar; reduce it with sum() or mean() first",
            loss.shape()
        );
        self.backward(loss, Tensor::full(loss.shape(), F::one()))
    }

    /// Gradients of `<dy, y>` with respect to every leaf: a vector-Jacobian product.
    ///
    /// # Panics
    /// When `dy` does not have the shape of `y`, or `y` is on another tape; when the tape was walked already.
    pub fn backward(&self, y: &Var<F>, dy: Tensor<F>) -> Gradients<F> {
        self.own("backward", &[y]);
        assert_eq!(dy.shape(), y.shape(), "backward: dy has shape {:?}, wanted that of y, {:?}", dy.shape(), y.shape());
        let nodes = self.nodes.borrow().len();
        let mut gradients =
            Gradients { tape: self.id, by_node: Vec::with_capacity(nodes), used_up: Vec::with_capacity(nodes) };
        self.backward_into(y.node, dy, &mut gradients);
        gradients
    }

    /// As [`Tape::backward`], adding to gradients of leaves that are there already.
    pub(crate) fn backward_into(&self, y: Option<usize>, dy: Tensor<F>, gradients: &mut Gradients<F>) {
        self.still_recording();
        self.walked.set(true);
        let mut nodes = self.nodes.take();
        gradients.by_node.resize_with(nodes.len(), || None);
        gradients.used_up.extend(nodes.iter().map(|node| (!node.kept).then_some(node.made_by)));
        let Some(y) = y else { return };
        gradients.by_node[y] = Some(dy);
        for node in (0..=y).rev() {
            let Some(Rule { inputs, backward }) = nodes[node].rule.take() else { continue };
            let dy = match nodes[node].kept {
                true => gradients.by_node[node].clone(),
                false => gradients.by_node[node].take(),
            };
            let Some(dy) = dy else { continue };
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

/// What a leaf is made by.
const LEAF: &str = "Tape::leaf";

/// `Dense` of `tonegrad::ops::dense::Dense`.
fn short_name(name: &'static str) -> &'static str {
    let end = name.find('<').unwrap_or(name.len());
    name[..end].rsplit("::").next().unwrap_or(name)
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
        Gradients { tape: u64::MAX, by_node: sums, used_up: Vec::new() }
    }

    /// The sums of the first `n` leaves.
    pub(crate) fn into_first(mut self, n: usize) -> Vec<Option<Tensor<F>>> {
        self.by_node.truncate(n);
        self.by_node
    }

    /// The gradient with respect to `x`, a leaf or a value that was [kept](Tape::keep); zeros where the result does not depend
    /// on it.
    ///
    /// # Panics
    /// When `x` is a constant, on another tape, or a value in between whose gradient was not kept.
    pub fn of(&self, x: &Var<F>) -> Tensor<F> {
        let node = x.node.expect("gradients: a constant has no gradient; enter it with Tape::leaf");
        assert_eq!(x.tape.id, self.tape, "gradients: this variable is on another tape than that which was walked");
        if let Some(made_by) = self.used_up.get(node).copied().flatten() {
            panic!(
                "gradients: that of a value in between, made by {made_by}, was used up on the way; \
                 keep it with Tape::keep before the walk, or begin with Tape::keeping_all"
            );
        }
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
