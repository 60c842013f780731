//! What a layer is: a plain description that knows its shapes and its formula, and owns no weights.

use super::activation::Activation;
use super::onnx::Graph;
use super::param::{Param, ParamSpec};
use crate::autograd::Var;
use crate::ops::Window;
use crate::random::Key;
use crate::{Error, Result, Scalar, Tensor};
use std::fmt::Debug;

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

/// A layer: what it says about itself is all that networks, training, files and summaries know of it. Shapes are those of
/// one example.
///
/// A layer of your own needs nothing else:
///
/// ```
/// use tonegrad::autograd::{Check, Var, gradcheck::normal};
/// use tonegrad::nn::{Dense, Init, Layer, Mode, Output, ParamSpec, Sequential};
/// use tonegrad::{Result, Scalar, Seed};
///
/// /// A number for each feature, which multiplies it.
/// #[derive(Clone, Debug, PartialEq)]
/// struct Scale;
///
/// impl Layer for Scale {
///     fn kind(&self) -> (&'static str, &'static str) {
///         ("scale", "Scale")
///     }
///
///     fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
///         Ok(input.to_vec())
///     }
///
///     fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
///         vec![ParamSpec::new("factor", input).init(Init::Constant(1.0))]
///     }
///
///     fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, params: &[Var<'t, F>], _: Mode) -> Output<'t, F> {
///         let factor = params[0].clone().broadcast_to(x.shape());
///         (x * factor).into()
///     }
/// }
///
/// Check::smooth().layer(Scale, normal([5, 3], 1))?;
/// let model = Sequential::new([3]).then(Scale).then(Dense::new(2)).build::<f32>(Seed(0))?;
/// assert_eq!(model.params()[0].name, "scale.factor");
/// # Ok::<(), tonegrad::Error>(())
/// ```
///
/// What else there is to say has a default that is right: a layer that sees the whole batch, ends without an
/// activation function, and refuses to be written as ONNX. For its description to be written into model files it implements
/// serde's traits, and is [registered](super::register).
pub trait Layer: Debug + PartialEq + Send + Sync + 'static {
    /// Its name in parameter names and its title in summaries: `("conv1d", "Conv1D")`.
    fn kind(&self) -> (&'static str, &'static str);

    /// The output's shape for this input.
    ///
    /// # Errors
    /// An input or a setting that does not fit, with what was found and what is wanted; the place is added by the network.
    fn output(&self, input: &[usize]) -> Result<Vec<usize>>;

    /// Its parameters for this input, which [`output`](Layer::output) accepted.
    fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        let _ = input;
        Vec::new()
    }

    /// Which examples it wants to see at once.
    fn scope(&self) -> Scope {
        Scope::Batch
    }

    /// The activation function that it ends in; `None` where it passes its input on, element by element, so that
    /// the layer before it decides what the elements are.
    fn ends_in(&self) -> Option<Activation> {
        Some(Activation::Linear)
    }

    /// The forward pass: the output for a batch. It changes nothing; new state is returned.
    fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, params: &[Var<'t, F>], mode: Mode) -> Output<'t, F>;

    /// How deep its layers are nested, for a layer that is made of layers; 0 for others.
    fn depth(&self) -> usize {
        0
    }

    /// Values that an example becomes inside of it, besides the output. A description may come from a file, so a network asks
    /// before any memory is taken.
    fn inside(&self, input: &[usize]) -> usize {
        let _ = input;
        0
    }

    /// The layer in inference as nodes of ONNX, added to the graph; `input` is the shape of an example.
    ///
    /// # Errors
    /// A layer that ONNX has no operators for, or that does not say which.
    fn onnx(&self, graph: &mut Graph, params: &[Param<f32>], input: &[usize]) -> Result<()> {
        let _ = (graph, params, input);
        Err(Error::config("")
            .found("a layer that does not say how")
            .wanted("operators of ONNX")
            .fix("implement Layer::onnx for it, or save the model as safetensors"))
    }
}

/// Zeros beyond an end of a signal. A description may come from a file, and a long stride would hide any number of them.
const MOST_ZEROS: usize = 1 << 20;

/// Outputs and channels of a window that slides along a signal of this shape, or what is wrong.
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
    Ok((slides(input, length, stride, dilation, window)?, channels))
}

/// Outputs, down and across, and channels of windows that slide over a picture of this shape, or what is wrong.
pub(super) fn picture(
    input: &[usize],
    stride: [usize; 2],
    dilation: [usize; 2],
    windows: impl Fn() -> [Window; 2],
) -> Result<[usize; 3]> {
    let &[height, width, channels] = input else {
        let found = format!("input {input:?}");
        return Err(Error::shape("")
            .found(found)
            .wanted("a picture (height, width, channels)")
            .fix("move it before Flatten and Dense"));
    };
    let rows = slides(input, height, stride[0], dilation[0], || windows()[0])?;
    Ok([rows, slides(input, width, stride[1], dilation[1], || windows()[1])?, channels])
}

/// Outputs of a window that slides along an axis of this length.
fn slides(
    input: &[usize],
    length: usize,
    stride: usize,
    dilation: usize,
    window: impl FnOnce() -> Window,
) -> Result<usize> {
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
        Some(outputs) if length > 0 => Ok(outputs),
        _ => Err(Error::shape("")
            .found(format!("input {input:?}, shorter than the window, which spans {}", window.span()))
            .wanted("at least one whole window")
            .fix("choose a smaller window, `same` padding, or fewer poolings before it")),
    }
}
