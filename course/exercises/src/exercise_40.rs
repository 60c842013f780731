//! Exercise 40: the im2col matrix without a copy (chapter 15).

use tonegrad::ndarray::{ArrayView2, ShapeBuilder};

/// The windows of a signal as rows of a matrix: row t holds the `kernel · channels` numbers of the window that begins at
/// position t. `x` is the signal (length, channels) in row-major order, stride 1, no padding.
///
/// Nothing is copied: row t begins `channels` elements after row t - 1, in the same memory.
pub fn windows(x: &[f64], channels: usize, kernel: usize) -> ArrayView2<'_, f64> {
    todo!("ArrayView2::from_shape((rows, columns).strides((between rows, between columns)), x)")
}
