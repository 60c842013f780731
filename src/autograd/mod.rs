//! Reverse-mode automatic differentiation (backpropagation): a tape of operations, walked from the end.
//!
//! | file | idea |
//! |---|---|
//! | [`op`] | an operation is a value: a forward rule, and a backward rule that applies the transposed Jacobian |
//! | [`tape`] | backpropagation: what was computed, in order, and the chain rule from the end |
//! | `learner`, [`graph`] | a tape that keeps all, and the graph of a computation, to be looked at |
//! | [`map`] | a network applied to a mini-batch example by example, on all threads |
//! | [`mod@gradcheck`] | gradients compared with finite differences, those of your own operations too |

pub mod gradcheck;
pub mod graph;
mod learner;
pub mod map;
pub mod op;
pub mod tape;

pub use gradcheck::{Check, Smoothness, gradcheck};
pub use graph::{Graph, GraphNode};
pub use map::map_examples;
pub(crate) use op::Rules;
pub use op::{Op, Slot};
pub use tape::{Gradients, Tape, Var};
