//! What a layer is told, and what it gives back: whether it is trained, how many examples it wants to see at once, its output.

use crate::autograd::Var;
use crate::random::Key;
use crate::{Scalar, Tensor};

/// Training or inference. Inference carries no key, so nothing random can happen in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Inference: dropout lets everything pass, normalisation goes by its moving statistics.
    Eval,
    /// Training, with the key of this step's dropout.
    Train(Key),
}

impl Mode {
    /// The mode of one layer, or of whatever else is counted inside of this one.
    pub fn child(self, layer: usize) -> Mode {
        match self {
            Mode::Eval => Mode::Eval,
            Mode::Train(key) => Mode::Train(key.child(layer)),
        }
    }

    /// The mode from this row of the batch on.
    pub(super) fn below(self, rows: usize) -> Mode {
        match self {
            Mode::Eval => Mode::Eval,
            Mode::Train(key) => Mode::Train(key.below(rows)),
        }
    }
}

/// Which examples a layer wants to see at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// The whole batch: an example's output depends on the others, as batch statistics do; or the layer is fastest so,
    /// its weights being larger than an example's activations. Always right.
    #[default]
    Batch,
    /// Each example alone, and worth running from the first such layer to the last while the example is in the cache, as
    /// [`map_examples`](crate::autograd::map_examples) does: what slides along a signal.
    Example,
    /// Each example alone, and as fast in either way: it runs as its neighbours do.
    Either,
}

/// What a layer returns: the output for the batch and, in training, what its state becomes.
#[derive(Clone, Debug)]
pub struct Output<'t, F: Scalar> {
    /// The output.
    pub value: Var<'t, F>,
    /// New values for the parameters that are state, in their order; none where they stay.
    pub state: Vec<Tensor<F>>,
}

impl<'t, F: Scalar> From<Var<'t, F>> for Output<'t, F> {
    fn from(value: Var<'t, F>) -> Self {
        Output { value, state: Vec::new() }
    }
}
