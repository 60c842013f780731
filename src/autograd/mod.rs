//! Reverse-mode differentiation: a tape of operations, read backwards.
//!
//! | file | idea |
//! |---|---|
//! | [`op`] | an operation is a value: a forward rule, and the transpose of its derivative |
//! | [`tape`] | what was computed, in order; backward is the same walk from the end |
//! | [`map`] | a whole network applied example by example, on all threads |
//! | [`mod@gradcheck`] | is a gradient right? Asked of finite differences, for anyone's operation |

pub mod gradcheck;
pub mod map;
pub mod op;
pub mod tape;

pub use gradcheck::{Check, Smoothness, gradcheck};
pub use map::map_examples;
pub use op::{Op, Slot};
pub use tape::{Gradients, Tape, Var};
