//! One file per operation: the mathematics, the forward rule and its transpose, side by side.
//!
//! Arrays are (batch, length, channels) or (batch, height, width, channels): channels last, as in Keras. Operations do not broadcast, but for
//! [`BroadcastTo`]. They panic on shapes that do not fit: a model checks all shapes when it is built, where it can name the layer and the remedy.
//! [`ALL`] has a table of them.

mod elementwise;
mod exponential;
mod slide;
mod window;

pub use batch_norm::Moments;
pub use softmax_cross_entropy::Reduction;
pub use window::{Padding, Window};

#[cfg(test)]
#[macro_use]
mod law;

/// Nothing, where nothing is tested.
#[cfg(not(test))]
macro_rules! case {
    ($($case:tt)*) => {};
}

/// Makes a module, an export, a row of the table and a test of each law for every operation on the list.
macro_rules! operations {
    ($($file:ident: $($op:ident),+ => $output:literal, $derivative:literal;)+) => {
        $(
            mod $file;
            pub use $file::{$($op),+};
        )+

        /// The names of all operations. The same list makes their modules, their exports, their tests, and this table.
        ///
        /// | operation | output | its derivative is |
        /// |---|---|---|
        $(#[doc = concat!("| " $(, "[`", stringify!($op), "`] ")+, "| ", $output, " | ", $derivative, " |")])+
        pub const ALL: &[&str] = &[$($(stringify!($op)),+),+];

        #[cfg(test)]
        mod laws {
            super::law::suite!($($($op)+)+);
        }
    };
}

operations! {
    dense: Dense => "x·W + b", "multilinear";
    conv1d: Conv1d => "sliding dot products with stride, dilation and padding", "multilinear";
    conv2d: Conv2d => "the same over pictures", "multilinear";
    depthwise_conv2d: DepthwiseConv2d => "the same, each channel by a kernel of its own", "multilinear";
    max_pool1d: MaxPool1d => "the largest element of a window", "piecewise linear";
    avg_pool1d: AvgPool1d => "the mean of a window", "linear";
    max_pool2d: MaxPool2d => "the largest element of a patch", "piecewise linear";
    avg_pool2d: AvgPool2d => "the mean of a patch", "linear";
    zero_pad2d: ZeroPad2d => "zeros around a picture", "linear";
    global_pool1d: GlobalMaxPool1d, GlobalAvgPool1d => "the largest element, the mean, of a whole signal", "piecewise linear, linear";
    relu: Relu, Relu6, LeakyRelu => "max(x, 0) and its kin", "piecewise linear";
    tanh: Tanh => "tanh x", "smooth";
    sigmoid: Sigmoid => "1 / (1 + e^-x)", "smooth";
    softmax: Softmax, LogSoftmax => "probabilities of the last axis, their logarithms", "smooth";
    dropout: Dropout => "each element kept with a probability, by a key", "linear";
    gather: Gather => "elements of the last axis by their indices", "linear";
    reshape: Reshape => "the same elements under another shape", "linear";
    arithmetic: Add, Sub, Mul, Div, Neg, Affine, Sum, Mean => "+ - · / element by element; a single number", "multilinear, but for the divisor: smooth";
    powi: Powi => "x^n, n an integer", "smooth";
    powf: Powf => "x^p, p a real number", "smooth";
    exp: Exp => "e^x", "smooth";
    ln: Ln => "ln x", "smooth";
    sqrt: Sqrt => "√x", "smooth";
    abs: Abs => "the absolute value", "piecewise linear";
    maximum: Maximum, Minimum => "the larger, the smaller, of two elements", "piecewise linear";
    matmul: Matmul => "A·B, also of two stacks of matrices", "multilinear";
    permute_axes: PermuteAxes => "the axes in another order; the transpose", "linear";
    sum_axis: SumAxis => "sums along an axis", "linear";
    mean_axis: MeanAxis => "means along an axis", "linear";
    max_axis: MaxAxis => "the largest element along an axis", "piecewise linear";
    var_axis: VarAxis => "the population variance along an axis", "smooth";
    broadcast_to: BroadcastTo => "values repeated to a larger shape", "linear";
    concatenate: Concatenate => "any number of tensors, one after the other along an axis", "linear";
    slice_axis: SliceAxis => "some consecutive elements of an axis", "linear";
    take_rows: TakeRows => "rows by their indices: an embedding", "linear";
    select: Select => "one of each two elements, by a mask", "linear";
    log_sum_exp: LogSumExp => "ln Σ e^x along the last axis", "smooth";
    mse: Mse => "mean squared error", "smooth";
    binary_cross_entropy: BinaryCrossEntropy => "mean negative log-likelihood of yes or no, from logits", "smooth";
    huber: Huber => "squared error for small differences, absolute error for large ones", "smooth, joined at δ";
    softmax_cross_entropy: SoftmaxCrossEntropy => "mean negative log-likelihood of the true classes, from logits", "smooth";
    batch_norm: BatchNorm => "mean 0 and variance 1 over the batch, then a scale and a shift, for each channel", "smooth";
    layer_norm: LayerNorm => "the same over the channels of each position", "smooth";
    channel_affine: ChannelAffine => "a scale and a shift for each channel", "multilinear";
    gru: Gru => "a gated recurrent unit, all steps of it", "smooth";
    penalty: L2, L1 => "penalties on weights", "smooth, piecewise linear";
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_file_is_on_the_list() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ops");
        let list = std::fs::read_to_string(folder.join("mod.rs")).unwrap();
        for entry in std::fs::read_dir(folder).unwrap() {
            let file = entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned();
            let known = ["mod", "elementwise", "exponential", "slide", "window", "law"].contains(&file.as_str())
                || list.contains(&format!("    {file}: "));
            assert!(known, "src/ops/{file}.rs is not on the list in src/ops/mod.rs: nothing compiles it");
        }
    }
}
