//! Any layer: one value for all types of layers, so that a network can be a list of them.
//!
//! A trait object has no generic methods, and `forward` is generic over the scalar type. There are two of those, so each layer
//! becomes two objects, and [`Scalar::choose`] picks.

use super::activation::Activation;
use super::layer::{Layer, Mode, Output, Scope};
use super::onnx::Graph;
use super::param::{Param, ParamSpec};
use crate::autograd::Var;
use crate::scalar::Family;
use crate::{Result, Scalar};
use std::any::Any;
use std::fmt;
use std::sync::Arc;

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
        AnyLayer(Arc::new(layer))
    }
}

impl AnyLayer {
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
