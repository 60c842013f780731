//! The one-dimensional convolution layer.

use super::activation::Activation;
use super::layer::{Layer, Mode, Output, Scope, compiled_here};
use super::onnx::{Attribute, Graph, sliding};
use super::param::{Param, ParamSpec};
use super::slide::signal;
use super::weights::{Weights, weight_choices};
use crate::autograd::Var;
use crate::ops::{self, Padding};
use crate::{Error, Result, Scalar, Tensor};
use ndarray::Ix3;

/// Taps of a kernel, as many as a pooling window may have values.
const MOST_TAPS: usize = 65_535;

/// A one-dimensional convolution: every output is a weighted sum of a window of inputs, (length, channels) to (outputs,
/// filters).
///
/// ```
/// use tonegrad::nn::Conv1d;
/// let conv = Conv1d::new(32, 3).same().relu();
/// # let _ = conv;
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Conv1d {
    filters: usize,
    kernel_size: usize,
    stride: usize,
    dilation: usize,
    padding: Padding,
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub(super) weights: Weights,
}

impl Conv1d {
    /// A convolution of so many filters of this kernel size; `valid` padding, stride 1, dilation 1, linear unless
    /// chosen otherwise.
    pub fn new(filters: usize, kernel_size: usize) -> Self {
        let ops::Conv1d { stride, dilation, padding } = ops::Conv1d::default();
        Conv1d { filters, kernel_size, stride, dilation, padding, weights: Weights::default() }
    }

    /// Padding: continues the signal by zeros.
    pub fn padding(self, padding: Padding) -> Self {
        Conv1d { padding, ..self }
    }

    /// `same` padding: continues the signal by zeros so that the output is as long (at stride 1).
    pub fn same(self) -> Self {
        self.padding(Padding::Same)
    }

    /// Stride: the distance between windows.
    pub fn stride(self, stride: usize) -> Self {
        Conv1d { stride, ..self }
    }

    /// Dilation: the distance between the taps of a window.
    pub fn dilation(self, dilation: usize) -> Self {
        Conv1d { dilation, ..self }
    }

    pub(crate) fn op(&self) -> ops::Conv1d {
        ops::Conv1d { stride: self.stride, dilation: self.dilation, padding: self.padding }
    }
}

weight_choices!(Conv1d);

impl Layer for Conv1d {
    compiled_here!();

    fn kind(&self) -> (&'static str, &'static str) {
        ("conv1d", "Conv1D")
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
        if let Some(what) = [("filters", self.filters), ("kernel size", self.kernel_size)].iter().find(|(_, n)| *n == 0)
        {
            return Err(Error::shape("").found(format!("{} 0", what.0)).wanted("at least 1"));
        }
        if self.kernel_size > MOST_TAPS {
            let found = format!("a kernel of {} taps", self.kernel_size);
            return Err(Error::shape("").found(found).wanted(format!("at most {MOST_TAPS}")));
        }
        let (outputs, _) = signal(input, self.stride, self.dilation, || self.op().window(self.kernel_size))?;
        Ok(vec![outputs, self.filters])
    }

    fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        let (k, channels) = (self.kernel_size, input[1]);
        self.weights.specs(vec![k, channels, self.filters], (k * channels, k * self.filters))
    }

    fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, params: &[Var<'t, F>], _: Mode) -> Output<'t, F> {
        let bias = self.weights.bias_or_zeros(params);
        self.weights.activation.forward(x.conv1d(self.op(), params[0].clone(), bias)).into()
    }

    fn scope(&self) -> Scope {
        Scope::Example
    }

    fn ends_in(&self) -> Option<Activation> {
        Some(self.weights.activation)
    }

    /// Kernels (taps, inputs, outputs) become (outputs, inputs, taps).
    fn onnx(&self, graph: &mut Graph, params: &[Param<f32>], input: &[usize]) -> Result<()> {
        let kernel = Tensor::copy_of(params[0].value.view::<Ix3>().permuted_axes([2, 1, 0]));
        let mut more = vec![graph.tensor(params[0].name.as_str(), &kernel)];
        more.extend(params.get(1).map(|bias| graph.tensor(bias.name.as_str(), &bias.value)));
        let window = self.op().window(self.kernel_size);
        let mut attributes = sliding([window], input);
        attributes.push(("dilations", Attribute::sizes(&[window.dilation])));
        graph.then("Conv", &more, attributes);
        graph.activate(self.weights.activation, 2);
        Ok(())
    }
}
