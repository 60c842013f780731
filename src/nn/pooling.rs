//! Pooling layers: a window, or a whole signal, becomes one value for each channel.

use super::layer::{Layer, Mode, Output, Scope, compiled_here};
use super::onnx::{Graph, sliding};
use super::param::Param;
use super::slide::signal;
use crate::autograd::Var;
use crate::ops::{self, Padding};
use crate::{Error, Result, Scalar};

macro_rules! window_pool {
    ($layer:ident, $name:literal, $title:literal, $operator:literal, $method:ident, $doc:literal) => {
        #[doc = $doc]
        /// (length, channels) to (outputs, channels).
        #[derive(Clone, Copy, Debug, PartialEq)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub struct $layer {
            size: usize,
            stride: usize,
            padding: Padding,
        }

        impl $layer {
            /// Pooling windows of this size, side by side: the stride is the size.
            pub fn new(size: usize) -> Self {
                $layer { size, stride: size, padding: Padding::Valid }
            }

            /// Stride: the distance between windows; below the size they overlap.
            pub fn stride(self, stride: usize) -> Self {
                $layer { stride, ..self }
            }

            /// `same` padding: lets the last window hang over the end, so that no value is left out.
            pub fn same(self) -> Self {
                $layer { padding: Padding::Same, ..self }
            }

            pub(crate) fn op(&self) -> ops::$layer {
                ops::$layer { size: self.size, stride: self.stride, padding: self.padding }
            }
        }

        impl Layer for $layer {
            compiled_here!();

            fn kind(&self) -> (&'static str, &'static str) {
                ($name, $title)
            }

            fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
                if !(1..=usize::from(u16::MAX)).contains(&self.size) {
                    return Err(Error::shape("")
                        .found(format!("a window of {}", self.size))
                        .wanted("1 to 65535 values"));
                }
                let (outputs, channels) = signal(input, self.stride, 1, || self.op().window())?;
                Ok(vec![outputs, channels])
            }

            fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, _: &[Var<'t, F>], _: Mode) -> Output<'t, F> {
                x.$method(self.op()).into()
            }

            fn scope(&self) -> Scope {
                Scope::Example
            }

            fn onnx(&self, graph: &mut Graph, _: &[Param<f32>], input: &[usize]) -> Result<()> {
                graph.then($operator, &[], sliding([self.op().window()], input));
                Ok(())
            }
        }
    };
}

window_pool!(
    MaxPool1d,
    "max_pooling1d",
    "MaxPooling1D",
    "MaxPool",
    max_pool1d,
    "Max-pooling, the largest value of each window:"
);
window_pool!(
    AvgPool1d,
    "average_pooling1d",
    "AveragePooling1D",
    "AveragePool",
    avg_pool1d,
    "Average pooling, the mean of each window:"
);

macro_rules! global_pool {
    ($layer:ident, $name:literal, $title:literal, $operator:literal, $method:ident, $doc:literal) => {
        #[doc = $doc]
        /// (length, channels) to (channels).
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub struct $layer {}

        impl Layer for $layer {
            compiled_here!();

            fn kind(&self) -> (&'static str, &'static str) {
                ($name, $title)
            }

            fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
                let whole = || ops::Window { size: input[0].max(1), stride: 1, dilation: 1, padding: Padding::Valid };
                signal(input, 1, 1, whole).map(|(_, channels)| vec![channels])
            }

            fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, _: &[Var<'t, F>], _: Mode) -> Output<'t, F> {
                x.$method().into()
            }

            fn scope(&self) -> Scope {
                Scope::Example
            }

            fn onnx(&self, graph: &mut Graph, _: &[Param<f32>], input: &[usize]) -> Result<()> {
                graph.then($operator, &[], vec![]);
                graph.reshape(&[input[1]]);
                Ok(())
            }
        }
    };
}

global_pool!(
    GlobalMaxPool1d,
    "global_max_pooling1d",
    "GlobalMaxPooling1D",
    "GlobalMaxPool",
    global_max_pool1d,
    "Global max-pooling, the largest value of each channel:"
);
global_pool!(
    GlobalAvgPool1d,
    "global_average_pooling1d",
    "GlobalAveragePooling1D",
    "GlobalAveragePool",
    global_avg_pool1d,
    "Global average pooling, the mean of each channel:"
);
