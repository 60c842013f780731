//! A tape to learn from: it keeps every value and its gradient, and draws what was computed.

use super::graph::{Graph, Input, Trace};
use super::tape::{Gradients, Tape, Var};
use crate::{Scalar, Tensor};
use std::cell::RefCell;

impl<F: Scalar> Tape<F> {
    /// An empty tape that keeps every value and its gradient: to learn from, or to [draw](Tape::draw).
    pub fn keeping_all() -> Self {
        let mut tape = Tape::new();
        tape.learner = Some(RefCell::default());
        tape
    }

    /// Labels a value for a [drawing](Tape::draw); returns the value. A constant has no node of its own, and no label.
    ///
    /// # Panics
    /// When the value is of another tape.
    pub fn label<'t>(&'t self, label: impl Into<String>, x: Var<'t, F>) -> Var<'t, F> {
        self.own("label", &[&x]);
        if let (Some(traces), Some(node)) = (&self.learner, x.node()) {
            traces.borrow_mut()[node].label = Some(label.into());
        }
        x
    }

    /// The graph of all that was computed on this tape, with the gradients where they are given: as text when printed, as a
    /// picture by `pictures::graph` (feature `pictures`).
    ///
    /// ```
    /// use tonegrad::{Tensor, autograd::Tape};
    /// let tape = Tape::keeping_all();
    /// let a = tape.label("a", tape.leaf(Tensor::scalar(2.0)));
    /// let b = tape.label("b", tape.leaf(Tensor::scalar(-3.0)));
    /// let y = (&a * &b).tanh();
    /// let drawing = tape.draw(Some(&tape.gradients(&y)));
    /// # let printed = r"
    /// node  made by    value  gradient
    /// a     leaf       2      -7.4e-5
    /// b     leaf       -3     4.9e-5
    /// #2    Mul(a, b)  -6     2.5e-5
    /// #3    Tanh(#2)   -1     1
    /// # ";
    /// # assert_eq!(drawing.to_string(), printed[1..]);
    /// ```
    ///
    /// # Panics
    /// When the tape was not made by [`Tape::keeping_all`], or the gradients are of another one.
    pub fn draw(&self, gradients: Option<&Gradients<F>>) -> Graph<F> {
        let traces = self.learner.as_ref();
        let traces = traces.expect("draw: this tape keeps no values; begin with Tape::keeping_all").borrow();
        if let Some(gradients) = gradients {
            assert_eq!(gradients.tape, self.id, "draw: the gradients are of another tape");
        }
        Graph::new(&traces, |node| gradients.and_then(|gradients| gradients.by_node.get(node).cloned().flatten()))
    }

    /// Notes, on a learner's tape, how the value of the last node came to be.
    pub(super) fn remember(&self, made_by: &'static str, value: &Tensor<F>, inputs: impl FnOnce() -> Vec<Input<F>>) {
        if let Some(traces) = &self.learner {
            traces.borrow_mut().push(Trace { made_by, label: None, inputs: inputs(), value: value.clone() });
        }
    }
}
