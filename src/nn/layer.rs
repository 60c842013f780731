//! What a layer is: a plain description that knows its shapes and its formula, and owns no weights.

use super::weights::ParamSpec;
use crate::autograd::Var;
use crate::ops::Window;
use crate::random::Key;
use crate::{Error, Result, Scalar};

/// Training or inference. Inference carries no key, so nothing random can happen in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Inference: dropout lets everything pass.
    Eval,
    /// Training, with the key of this step's dropout.
    Train(Key),
}

impl Mode {
    /// The mode of one layer.
    pub(super) fn child(self, layer: usize) -> Mode {
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

/// What a layer must know about itself: shapes, parameters and the forward pass. Shapes are those of one example.
pub trait Describe {
    /// Its name in parameter names and its title in summaries: `("conv1d", "Conv1D")`.
    fn kind(&self) -> (&'static str, &'static str);

    /// The output's shape for this input, or what is wrong with it.
    fn output(&self, input: &[usize]) -> Result<Vec<usize>>;

    /// Its parameters for this input.
    fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        let _ = input;
        Vec::new()
    }

    /// The forward pass: the output for a batch.
    fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, params: &[Var<'t, F>], mode: Mode) -> Var<'t, F>;

    /// Whether it works best on the whole batch at once: its weights are larger than an example's activations.
    fn wants_whole_batch(&self) -> bool {
        false
    }

    /// Whether it slides along a signal: worth running example by example, see [`map_examples`](crate::autograd::map_examples).
    fn is_spatial(&self) -> bool {
        false
    }
}

/// Zeros beyond an end of a signal. A description may come from a file, and a long stride would hide any number of them.
const MOST_ZEROS: usize = 1 << 20;

/// Outputs and channels of a window that slides along an input of this shape, or what is wrong.
pub(super) fn signal(
    input: &[usize],
    stride: usize,
    dilation: usize,
    window: impl FnOnce() -> Window,
) -> Result<(usize, usize)> {
    let &[length, channels] = input else {
        let found = format!("input {input:?}");
        return Err(Error::shape("")
            .found(found)
            .wanted("a signal (length, channels)")
            .fix("move it before Flatten and Dense"));
    };
    if stride == 0 || dilation == 0 {
        return Err(Error::shape("").found(format!("stride {stride}, dilation {dilation}")).wanted("both at least 1"));
    }
    let window = window();
    let (left, right) = window.pads(length);
    if left.max(right) > MOST_ZEROS {
        return Err(Error::shape("")
            .found(format!("{left} and {right} zeros around input {input:?}"))
            .wanted(format!("at most {MOST_ZEROS}")));
    }
    match window.outputs(length) {
        Some(outputs) if length > 0 => Ok((outputs, channels)),
        _ => Err(Error::shape("")
            .found(format!("input {input:?}, shorter than the window, which spans {}", window.span()))
            .wanted("at least one whole window")
            .fix("choose a smaller window, `same` padding, or fewer poolings before it")),
    }
}
