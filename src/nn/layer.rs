//! What a layer is: a plain description that knows its shapes and its formula, and owns no weights; and any layer, one value for
//! all types of layers, so that a network can be a list of them.
//!
//! A trait object has no generic methods, and `forward` is generic over the scalar type. There are two of those, so each layer
//! becomes two objects, and [`Scalar::choose`] picks.

use super::activation::Activation;
pub use super::mode::{Mode, Output, Scope};
use super::onnx::Graph;
use super::param::{Param, ParamSpec};
use crate::autograd::Var;
use crate::scalar::Family;
use crate::{Error, Result, Scalar};
use std::any::Any;
use std::fmt::{self, Debug};
use std::sync::Arc;

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

    /// The layer, its type forgotten. This crate's layers do the same once more, by [`compiled_here`], where nothing is generic: they
    /// are compiled with this crate, in both scalar types, and not again in every program that names them.
    #[doc(hidden)]
    fn erased(self) -> AnyLayer
    where
        Self: Sized,
    {
        AnyLayer::new(self)
    }
}

/// Inside `impl Layer`: [`Layer::erased`] of a type that is known.
macro_rules! compiled_here {
    () => {
        fn erased(self) -> $crate::nn::AnyLayer {
            $crate::nn::AnyLayer::new(self)
        }
    };
}
pub(super) use compiled_here;

/// Any layer; cloning it counts a reference. Its methods are those of [`Layer`].
///
/// ```
/// use tonegrad::nn::{AnyLayer, Dense, Dropout};
/// let layers: Vec<AnyLayer> = vec![Dense::new(8).relu().into(), Dropout::new(0.5).into()];
/// assert!(layers[0].is::<Dense>() && !layers[1].is::<Dense>());
/// ```
#[derive(Clone)]
pub struct AnyLayer(Arc<dyn Erased>);

/// A layer whose type is forgotten.
trait Erased: fmt::Debug + Send + Sync {
    fn as_any(&self) -> &dyn Any;
    fn type_name(&self) -> &'static str;
    fn equals(&self, other: &dyn Any) -> bool;
    fn kind(&self) -> (&'static str, &'static str);
    fn output(&self, input: &[usize]) -> Result<Vec<usize>>;
    fn params(&self, input: &[usize]) -> Vec<ParamSpec>;
    fn scope(&self) -> Scope;
    fn ends_in(&self) -> Option<Activation>;
    fn depth(&self) -> usize;
    fn inside(&self, input: &[usize]) -> usize;
    fn onnx(&self, graph: &mut Graph, params: &[Param<f32>], input: &[usize]) -> Result<()>;
    fn single(&self) -> &dyn Forward<f32>;
    fn double(&self) -> &dyn Forward<f64>;
}

/// The forward pass in one scalar type.
trait Forward<F: Scalar> {
    fn forward<'t>(&self, x: Var<'t, F>, params: &[Var<'t, F>], mode: Mode) -> Output<'t, F>;
}

/// `dyn Forward`, by scalar type.
struct Forwards<'a>(std::marker::PhantomData<&'a ()>);

impl<'a> Family for Forwards<'a> {
    type Of<F: Scalar> = &'a dyn Forward<F>;
}

impl<F: Scalar, L: Layer> Forward<F> for L {
    fn forward<'t>(&self, x: Var<'t, F>, params: &[Var<'t, F>], mode: Mode) -> Output<'t, F> {
        Layer::forward(self, x, params, mode)
    }
}

impl<L: Layer> Erased for L {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn type_name(&self) -> &'static str {
        let name = std::any::type_name::<L>();
        let end = name.find('<').unwrap_or(name.len());
        name[..end].rsplit("::").next().unwrap_or(name)
    }

    fn equals(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<L>() == Some(self)
    }

    fn kind(&self) -> (&'static str, &'static str) {
        Layer::kind(self)
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
        Layer::output(self, input)
    }

    fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        Layer::params(self, input)
    }

    fn scope(&self) -> Scope {
        Layer::scope(self)
    }

    fn ends_in(&self) -> Option<Activation> {
        Layer::ends_in(self)
    }

    fn depth(&self) -> usize {
        Layer::depth(self)
    }

    fn inside(&self, input: &[usize]) -> usize {
        Layer::inside(self, input)
    }

    fn onnx(&self, graph: &mut Graph, params: &[Param<f32>], input: &[usize]) -> Result<()> {
        Layer::onnx(self, graph, params, input)
    }

    fn single(&self) -> &dyn Forward<f32> {
        self
    }

    fn double(&self) -> &dyn Forward<f64> {
        self
    }
}

/// Every layer, those of other crates too.
impl<L: Layer> From<L> for AnyLayer {
    fn from(layer: L) -> Self {
        layer.erased()
    }
}

impl AnyLayer {
    pub(super) fn new(layer: impl Layer) -> Self {
        AnyLayer(Arc::new(layer))
    }

    /// Whether it is of this type.
    pub fn is<L: Layer>(&self) -> bool {
        self.as_any().is::<L>()
    }

    /// The layer, where it is of this type.
    pub fn downcast_ref<L: Layer>(&self) -> Option<&L> {
        self.as_any().downcast_ref()
    }

    pub(super) fn as_any(&self) -> &dyn Any {
        self.0.as_any()
    }

    /// See [`Layer::kind`].
    pub fn kind(&self) -> (&'static str, &'static str) {
        self.0.kind()
    }

    /// See [`Layer::output`].
    ///
    /// # Errors
    /// As there.
    pub fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
        self.0.output(input)
    }

    /// See [`Layer::params`].
    pub fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        self.0.params(input)
    }

    /// See [`Layer::scope`].
    pub fn scope(&self) -> Scope {
        self.0.scope()
    }

    /// See [`Layer::ends_in`].
    pub fn ends_in(&self) -> Option<Activation> {
        self.0.ends_in()
    }

    /// See [`Layer::depth`].
    pub fn depth(&self) -> usize {
        self.0.depth()
    }

    /// See [`Layer::inside`].
    pub fn inside(&self, input: &[usize]) -> usize {
        self.0.inside(input)
    }

    /// See [`Layer::forward`].
    pub fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, params: &[Var<'t, F>], mode: Mode) -> Output<'t, F> {
        F::choose::<Forwards>(self.0.single(), self.0.double()).forward(x, params, mode)
    }

    /// See [`Layer::onnx`].
    ///
    /// # Errors
    /// As there.
    pub fn onnx(&self, graph: &mut Graph, params: &[Param<f32>], input: &[usize]) -> Result<()> {
        self.0.onnx(graph, params, input)
    }
}

impl PartialEq for AnyLayer {
    fn eq(&self, other: &Self) -> bool {
        self.0.equals(other.as_any())
    }
}

/// `Dense(Dense { units: 8, .. })`: checkpoints compare networks by it.
impl fmt::Debug for AnyLayer {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_tuple(self.0.type_name()).field(&self.0).finish()
    }
}
