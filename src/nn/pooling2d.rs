//! Pooling layers for pictures: a patch, or a whole picture, becomes one value for each channel.

use super::layer::{Layer, Mode, Output, Scope, compiled_here};
use super::onnx::{Graph, sliding};
use super::param::Param;
use super::slide::picture;
use crate::autograd::Var;
use crate::ops::{self, Padding};
use crate::{Error, Result, Scalar};

macro_rules! patch_pool {
    ($layer:ident, $name:literal, $title:literal, $operator:literal, $method:ident, $doc:literal) => {
        #[doc = $doc]
        /// (height, width, channels) to (rows, columns, channels). Sizes are for rows, then for columns.
        #[derive(Clone, Copy, Debug, PartialEq)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub struct $layer {
            size: [usize; 2],
            stride: [usize; 2],
            padding: [Padding; 2],
        }

        impl $layer {
            /// Patches of this size, side by side: the stride is the size.
            pub fn new(size: [usize; 2]) -> Self {
                $layer { size, stride: size, padding: [Padding::Valid; 2] }
            }

            /// Stride: the distance between patches; below the size they overlap.
            pub fn stride(self, stride: [usize; 2]) -> Self {
                $layer { stride, ..self }
            }

            /// Padding: how far patches may hang over the edges. What lies beyond them counts for nothing.
            pub fn padding(self, padding: [Padding; 2]) -> Self {
                $layer { padding, ..self }
            }

            /// `same` padding: lets the last patches hang over the edges, so that no element is left out.
            pub fn same(self) -> Self {
                self.padding([Padding::Same; 2])
            }

            fn op(&self) -> ops::$layer {
                ops::$layer { size: self.size, stride: self.stride, padding: self.padding }
            }
        }

        impl Layer for $layer {
            compiled_here!();

            fn kind(&self) -> (&'static str, &'static str) {
                ($name, $title)
            }

            fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
                let most = usize::from(u16::MAX);
                if !(1..=most).contains(&self.size[0].saturating_mul(self.size[1])) {
                    return Err(Error::shape("")
                        .found(format!("a patch of {} x {}", self.size[0], self.size[1]))
                        .wanted("1 to 65535 elements"));
                }
                let overhangs = |(size, padding): (usize, Padding)| {
                    matches!(padding, Padding::Explicit(before, after) if before.max(after) >= size)
                };
                if std::iter::zip(self.size, self.padding).any(overhangs) {
                    return Err(Error::shape("")
                        .found(format!("padding {:?} of patches of {:?}", self.padding, self.size))
                        .wanted("padding below the size")
                        .fix("a patch wholly in the padding has no elements"));
                }
                picture(input, self.stride, [1; 2], || self.op().windows()).map(Vec::from)
            }

            fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, _: &[Var<'t, F>], _: Mode) -> Output<'t, F> {
                x.$method(self.op()).into()
            }

            fn scope(&self) -> Scope {
                Scope::Example
            }

            fn onnx(&self, graph: &mut Graph, _: &[Param<f32>], input: &[usize]) -> Result<()> {
                graph.then($operator, &[], sliding(self.op().windows(), input));
                Ok(())
            }
        }
    };
}

patch_pool!(
    MaxPool2d,
    "max_pooling2d",
    "MaxPooling2D",
    "MaxPool",
    max_pool2d,
    "Max-pooling of pictures, the largest element of each patch:"
);
patch_pool!(
    AvgPool2d,
    "average_pooling2d",
    "AveragePooling2D",
    "AveragePool",
    avg_pool2d,
    "Average pooling of pictures, the mean of each patch:"
);

macro_rules! global_pool {
    ($layer:ident, $name:literal, $title:literal, $operator:literal, $method:ident, $doc:literal) => {
        #[doc = $doc]
        /// (height, width, channels) to (channels).
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub struct $layer {}

        impl Layer for $layer {
            compiled_here!();

            fn kind(&self) -> (&'static str, &'static str) {
                ($name, $title)
            }

            fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
                let whole = || [0, 1].map(|axis| ops::Window { size: input[axis].max(1), ..ops::Window::ONE });
                picture(input, [1; 2], [1; 2], whole).map(|[_, _, channels]| vec![channels])
            }

            /// A picture's pixels in a row are a signal, and the order does not matter.
            fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, _: &[Var<'t, F>], _: Mode) -> Output<'t, F> {
                let [n, height, width, channels] = *x.shape() else { unreachable!("a picture has four axes") };
                x.reshape([n, height * width, channels]).$method().into()
            }

            fn scope(&self) -> Scope {
                Scope::Example
            }

            fn onnx(&self, graph: &mut Graph, _: &[Param<f32>], input: &[usize]) -> Result<()> {
                graph.then($operator, &[], vec![]);
                graph.reshape(&[input[2]]);
                Ok(())
            }
        }
    };
}

global_pool!(
    GlobalMaxPool2d,
    "global_max_pooling2d",
    "GlobalMaxPooling2D",
    "GlobalMaxPool",
    global_max_pool1d,
    "Global max-pooling of pictures, the largest value of each channel:"
);
global_pool!(
    GlobalAvgPool2d,
    "global_average_pooling2d",
    "GlobalAveragePooling2D",
    "GlobalAveragePool",
    global_avg_pool1d,
    "Global average pooling of pictures, the mean of each channel:"
);
