//! Convolutions of pictures: whole, depthwise, separable; and zeros around a picture.

use super::activation::Activation;
use super::layer::{Layer, Mode, Output, Scope, compiled_here};
use super::onnx::{Attribute, Graph, sliding};
use super::param::{Param, ParamSpec};
use super::slide::picture;
use super::weights::{Weights, weight_choices};
use crate::autograd::Var;
use crate::ops::{self, Padding, Window};
use crate::{Error, Result, Scalar, Tensor};
use ndarray::{Axis, Ix2, Ix3, Ix4};

/// Where a kernel slides, along the rows and along the columns: what the convolutions have in common.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Sliding {
    kernel_size: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
    padding: [Padding; 2],
}

impl Sliding {
    fn new(kernel_size: [usize; 2]) -> Self {
        Sliding { kernel_size, stride: [1; 2], dilation: [1; 2], padding: [Padding::Valid; 2] }
    }

    fn conv2d(&self) -> ops::Conv2d {
        ops::Conv2d { stride: self.stride, dilation: self.dilation, padding: self.padding }
    }

    fn depthwise(&self) -> ops::DepthwiseConv2d {
        ops::DepthwiseConv2d { stride: self.stride, dilation: self.dilation, padding: self.padding }
    }

    fn windows(&self) -> [Window; 2] {
        self.conv2d().windows(self.kernel_size)
    }

    /// Rows, columns and channels behind the windows.
    fn output(&self, input: &[usize]) -> Result<[usize; 3]> {
        if self.kernel_size.contains(&0) {
            return Err(Error::shape("").found("kernel size 0").wanted("at least 1"));
        }
        picture(input, self.stride, self.dilation, || self.windows())
    }

    fn onnx(&self, input: &[usize]) -> Vec<(&'static str, Attribute)> {
        let mut attributes = sliding(self.windows(), input);
        attributes.push(("dilations", Attribute::sizes(&self.dilation)));
        attributes
    }
}

/// The builder methods of a layer with a field `sliding`.
macro_rules! sliding_choices {
    ($layer:ident) => {
        impl $layer {
            /// Padding: continues the picture by zeros, along the rows and along the columns.
            pub fn padding(mut self, padding: [Padding; 2]) -> Self {
                self.sliding.padding = padding;
                self
            }

            /// `same` padding: continues the picture by zeros so that the output is as large (at stride 1).
            pub fn same(self) -> Self {
                self.padding([Padding::Same; 2])
            }

            /// Stride: the distance between patches, down and across.
            pub fn stride(mut self, stride: [usize; 2]) -> Self {
                self.sliding.stride = stride;
                self
            }

            /// Dilation: the distance between the taps of a patch, down and across.
            pub fn dilation(mut self, dilation: [usize; 2]) -> Self {
                self.sliding.dilation = dilation;
                self
            }
        }

        weight_choices!($layer);
    };
}

/// A two-dimensional convolution: every output is a weighted sum of a patch of inputs, (height, width, channels) to (rows, columns,
/// filters).
///
/// ```
/// use tonegrad::nn::Conv2d;
/// let conv = Conv2d::new(32, [3, 3]).same().relu();
/// # let _ = conv;
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Conv2d {
    filters: usize,
    #[cfg_attr(feature = "serde", serde(flatten))]
    sliding: Sliding,
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub(super) weights: Weights,
}

impl Conv2d {
    /// A convolution of so many filters with a kernel of so many rows and columns; `valid` padding, stride 1, dilation 1, linear
    /// unless chosen otherwise.
    pub fn new(filters: usize, kernel_size: [usize; 2]) -> Self {
        Conv2d { filters, sliding: Sliding::new(kernel_size), weights: Weights::default() }
    }
}

sliding_choices!(Conv2d);

impl Layer for Conv2d {
    compiled_here!();

    fn kind(&self) -> (&'static str, &'static str) {
        ("conv2d", "Conv2D")
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
        filters(self.filters)?;
        self.sliding.output(input).map(|[rows, columns, _]| vec![rows, columns, self.filters])
    }

    fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        let ([kh, kw], channels) = (self.sliding.kernel_size, input[2]);
        self.weights.specs(vec![kh, kw, channels, self.filters], (kh * kw * channels, kh * kw * self.filters))
    }

    fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, params: &[Var<'t, F>], _: Mode) -> Output<'t, F> {
        let bias = self.weights.bias_or_zeros(params);
        self.weights.activation.forward(x.conv2d(self.sliding.conv2d(), params[0].clone(), bias)).into()
    }

    fn scope(&self) -> Scope {
        Scope::Example
    }

    fn ends_in(&self) -> Option<Activation> {
        Some(self.weights.activation)
    }

    /// Kernels (rows, columns, inputs, outputs) become (outputs, inputs, rows, columns).
    fn onnx(&self, graph: &mut Graph, params: &[Param<f32>], input: &[usize]) -> Result<()> {
        let kernel = Tensor::copy_of(params[0].value.view::<Ix4>().permuted_axes([3, 2, 0, 1]));
        let mut more = vec![graph.tensor(params[0].name.as_str(), &kernel)];
        more.extend(params.get(1).map(|bias| graph.tensor(bias.name.as_str(), &bias.value)));
        graph.then("Conv", &more, self.sliding.onnx(input));
        graph.activate(self.weights.activation, 3);
        Ok(())
    }
}

/// A depthwise convolution: each channel by a kernel of its own, (height, width, channels) to (rows, columns, channels).
///
/// ```
/// use tonegrad::nn::DepthwiseConv2d;
/// let conv = DepthwiseConv2d::new([3, 3]).same().relu();
/// # let _ = conv;
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DepthwiseConv2d {
    #[cfg_attr(feature = "serde", serde(flatten))]
    sliding: Sliding,
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub(super) weights: Weights,
}

impl DepthwiseConv2d {
    /// A convolution with kernels of so many rows and columns.
    pub fn new(kernel_size: [usize; 2]) -> Self {
        DepthwiseConv2d { sliding: Sliding::new(kernel_size), weights: Weights::default() }
    }
}

sliding_choices!(DepthwiseConv2d);

impl Layer for DepthwiseConv2d {
    compiled_here!();

    fn kind(&self) -> (&'static str, &'static str) {
        ("depthwise_conv2d", "DepthwiseConv2D")
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
        self.sliding.output(input).map(Vec::from)
    }

    /// The kernel is (rows, columns, channels). Keras has one more axis, of one element, and counts its fans as of a whole
    /// convolution to one output.
    fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        let ([kh, kw], channels) = (self.sliding.kernel_size, input[2]);
        self.weights.specs(vec![kh, kw, channels], (kh * kw * channels, kh * kw))
    }

    fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, params: &[Var<'t, F>], _: Mode) -> Output<'t, F> {
        let bias = self.weights.bias_or_zeros(params);
        let y = x.depthwise_conv2d(self.sliding.depthwise(), params[0].clone(), bias);
        self.weights.activation.forward(y).into()
    }

    fn scope(&self) -> Scope {
        Scope::Example
    }

    fn ends_in(&self) -> Option<Activation> {
        Some(self.weights.activation)
    }

    fn onnx(&self, graph: &mut Graph, params: &[Param<f32>], input: &[usize]) -> Result<()> {
        let mut more = vec![depthwise_kernel(graph, &params[0])];
        more.extend(params.get(1).map(|bias| graph.tensor(bias.name.as_str(), &bias.value)));
        let mut attributes = self.sliding.onnx(input);
        attributes.push(("group", Attribute::Int(input[2] as i64)));
        graph.then("Conv", &more, attributes);
        graph.activate(self.weights.activation, 3);
        Ok(())
    }
}

/// A separable convolution: a depthwise one, whose channels a convolution of 1 x 1 then mixes, (height, width, channels) to (rows,
/// columns, filters).
///
/// ```
/// use tonegrad::nn::SeparableConv2d;
/// let conv = SeparableConv2d::new(32, [3, 3]).same().relu();
/// # let _ = conv;
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SeparableConv2d {
    filters: usize,
    #[cfg_attr(feature = "serde", serde(flatten))]
    sliding: Sliding,
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub(super) weights: Weights,
}

impl SeparableConv2d {
    /// A separable convolution of so many filters with kernels of so many rows and columns.
    pub fn new(filters: usize, kernel_size: [usize; 2]) -> Self {
        SeparableConv2d { filters, sliding: Sliding::new(kernel_size), weights: Weights::default() }
    }
}

sliding_choices!(SeparableConv2d);

impl Layer for SeparableConv2d {
    compiled_here!();

    fn kind(&self) -> (&'static str, &'static str) {
        ("separable_conv2d", "SeparableConv2D")
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
        filters(self.filters)?;
        self.sliding.output(input).map(|[rows, columns, _]| vec![rows, columns, self.filters])
    }

    /// `depthwise_kernel` (rows, columns, channels), `pointwise_kernel` (channels, filters), `bias` (filters).
    fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        let ([kh, kw], channels) = (self.sliding.kernel_size, input[2]);
        let depthwise = self.weights.specs(vec![kh, kw, channels], (kh * kw * channels, kh * kw)).swap_remove(0);
        let mut specs = self.weights.specs(vec![channels, self.filters], (channels, self.filters));
        specs[0].name = "pointwise_kernel".into();
        specs.insert(0, ParamSpec { name: "depthwise_kernel".into(), ..depthwise });
        specs
    }

    fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, params: &[Var<'t, F>], _: Mode) -> Output<'t, F> {
        let tape = x.tape();
        let none = tape.constant(Tensor::zeros([x.shape()[3]]));
        let y = x.depthwise_conv2d(self.sliding.depthwise(), params[0].clone(), none);
        let bias = self.weights.bias_or_zeros(&params[1..]);
        let [n, rows, columns, channels] = *y.shape() else { unreachable!("a picture has four axes") };
        // A convolution of 1 x 1 is a dense layer on every pixel.
        let mixed = y.reshape([n * rows * columns, channels]).dense(params[1].clone(), bias);
        self.weights.activation.forward(mixed.reshape([n, rows, columns, self.filters])).into()
    }

    fn scope(&self) -> Scope {
        Scope::Example
    }

    fn ends_in(&self) -> Option<Activation> {
        Some(self.weights.activation)
    }

    fn onnx(&self, graph: &mut Graph, params: &[Param<f32>], input: &[usize]) -> Result<()> {
        let depthwise = depthwise_kernel(graph, &params[0]);
        let mut attributes = self.sliding.onnx(input);
        attributes.push(("group", Attribute::Int(input[2] as i64)));
        graph.then("Conv", &[depthwise], attributes);
        let pointwise = params[1].value.view::<Ix2>().reversed_axes().insert_axis(Axis(2)).insert_axis(Axis(3));
        let mut more = vec![graph.tensor(params[1].name.as_str(), &Tensor::copy_of(pointwise))];
        more.extend(params.get(2).map(|bias| graph.tensor(bias.name.as_str(), &bias.value)));
        graph.then("Conv", &more, vec![]);
        graph.activate(self.weights.activation, 3);
        Ok(())
    }
}

/// The kernel (rows, columns, channels) as (channels, 1, rows, columns).
fn depthwise_kernel(graph: &mut Graph, kernel: &Param<f32>) -> String {
    let channels_first = kernel.value.view::<Ix3>().permuted_axes([2, 0, 1]).insert_axis(Axis(1));
    graph.tensor(kernel.name.as_str(), &Tensor::copy_of(channels_first))
}

fn filters(filters: usize) -> Result<()> {
    if filters == 0 {
        return Err(Error::shape("").found("filters 0").wanted("at least 1"));
    }
    Ok(())
}

/// Zero padding: rows and columns of zeros around a picture.
///
/// ```
/// use tonegrad::nn::ZeroPadding2d;
/// // One row above, none below; two columns on each side.
/// let pad = ZeroPadding2d::new((1, 0), (2, 2));
/// # let _ = pad;
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ZeroPadding2d {
    rows: (usize, usize),
    columns: (usize, usize),
}

impl ZeroPadding2d {
    /// So many rows above and below, so many columns on the left and on the right.
    pub fn new(rows: (usize, usize), columns: (usize, usize)) -> Self {
        ZeroPadding2d { rows, columns }
    }
}

impl Layer for ZeroPadding2d {
    compiled_here!();

    fn kind(&self) -> (&'static str, &'static str) {
        ("zero_padding2d", "ZeroPadding2D")
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
        let side = |(before, after)| Window { padding: Padding::Explicit(before, after), ..Window::ONE };
        picture(input, [1; 2], [1; 2], || [side(self.rows), side(self.columns)]).map(Vec::from)
    }

    fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, _: &[Var<'t, F>], _: Mode) -> Output<'t, F> {
        x.zero_pad2d(ops::ZeroPad2d { rows: self.rows, columns: self.columns }).into()
    }

    fn scope(&self) -> Scope {
        Scope::Example
    }

    fn onnx(&self, graph: &mut Graph, _: &[Param<f32>], _: &[usize]) -> Result<()> {
        let (rows, columns) = (self.rows, self.columns);
        let pads = graph.integers("pads", &[8], &[0, 0, rows.0, columns.0, 0, 0, rows.1, columns.1]);
        graph.then("Pad", &[pads], vec![]);
        Ok(())
    }
}
