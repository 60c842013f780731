//! The one-dimensional convolution layer.

use super::layer::{Describe, Mode, signal};
use super::weights::{ParamSpec, Weights, weight_choices};
use crate::autograd::Var;
use crate::ops::{self, Padding};
use crate::{Error, Result, Scalar};

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

impl Describe for Conv1d {
    fn kind(&self) -> (&'static str, &'static str) {
        ("conv1d", "Conv1D")
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
        if let Some(what) = [("filters", self.filters), ("kernel size", self.kernel_size)].iter().find(|(_, n)| *n == 0)
        {
            return Err(Error::shape("").found(format!("{} 0", what.0)).wanted("at least 1"));
        }
        let (outputs, _) = signal(input, self.stride, self.dilation, || self.op().window(self.kernel_size))?;
        Ok(vec![outputs, self.filters])
    }

    fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        let (k, channels) = (self.kernel_size, input[1]);
        self.weights.specs(vec![k, channels, self.filters], (k * channels, k * self.filters))
    }

    fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, params: &[Var<'t, F>], _: Mode) -> Var<'t, F> {
        let bias = self.weights.bias_or_zeros(params);
        self.weights.activation.forward(x.conv1d(self.op(), params[0].clone(), bias))
    }

    fn is_spatial(&self) -> bool {
        true
    }
}
