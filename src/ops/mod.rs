//! One file per operation: the mathematics, the forward rule and its transpose, side by side.
//!
//! Arrays are (batch, length, channels): channels last, as in Keras. Operations do not broadcast. They panic on shapes
//! that do not fit: a model checks all shapes when it is built, where it can name the layer and the remedy.
//!
//! | operation | output | its derivative is |
//! |---|---|---|
//! | [`Dense`] | x·W + b | multilinear |
//! | [`Conv1d`] | sliding dot products with stride, dilation and padding | multilinear |
//! | [`MaxPool1d`], [`GlobalMaxPool1d`] | largest of a window, of a whole signal | piecewise linear |
//! | [`AvgPool1d`], [`GlobalAvgPool1d`] | mean of a window, of a whole signal | linear |
//! | [`Relu`], [`Relu6`], [`LeakyRelu`] | max(x, 0) and its kin | piecewise linear |
//! | [`Tanh`], [`Sigmoid`] | squashing functions | smooth |
//! | [`Softmax`], [`LogSoftmax`] | probabilities of the last axis, their logarithms | smooth |
//! | [`Dropout`] | each value kept with a probability, by a key | linear |
//! | [`Gather`] | values of the last axis by their numbers | linear |
//! | [`Reshape`] | the same values under another shape | linear |
//! | [`Add`], [`Mul`] | value by value | multilinear |
//! | [`Sum`], [`Mean`] | a single number | linear |
//! | [`SoftmaxCrossEntropy`] | mean surprise of the true classes, from logits | smooth |
//! | [`L2`], [`L1`] | penalties on weights | smooth, piecewise linear |

mod arithmetic;
mod avg_pool1d;
mod conv1d;
mod dense;
mod dropout;
mod gather;
mod global_pool1d;
mod max_pool1d;
mod penalty;
mod relu;
mod reshape;
mod sigmoid;
mod softmax;
mod softmax_cross_entropy;
mod tanh;
mod window;

pub use arithmetic::{Add, Mean, Mul, Sum};
pub use avg_pool1d::AvgPool1d;
pub use conv1d::Conv1d;
pub use dense::Dense;
pub use dropout::Dropout;
pub use gather::Gather;
pub use global_pool1d::{GlobalAvgPool1d, GlobalMaxPool1d};
pub use max_pool1d::MaxPool1d;
pub use penalty::{L1, L2};
pub use relu::{LeakyRelu, Relu, Relu6};
pub use reshape::Reshape;
pub use sigmoid::Sigmoid;
pub use softmax::{LogSoftmax, Softmax};
pub use softmax_cross_entropy::{Reduction, SoftmaxCrossEntropy};
pub use tanh::Tanh;
pub use window::{Padding, Window};

/// The one list of operations: calls a macro with the name of each.
///
/// The law suite is generated from it, so an operation without a law does not compile.
#[macro_export]
macro_rules! for_each_op {
    ($callback:ident) => {
        $callback! {
            Add, AvgPool1d, Conv1d, Dense, Dropout, Gather, GlobalAvgPool1d, GlobalMaxPool1d, L1, L2, LeakyRelu, LogSoftmax,
            MaxPool1d, Mean, Mul, Relu, Relu6, Reshape, Sigmoid, Softmax, SoftmaxCrossEntropy, Sum, Tanh
        }
    };
}
