//! Exercise 37: the output's size of a two-dimensional convolution, and its padding (chapter 14).

/// Zeros before and after an axis of this length, so that windows of `kernel` taps, `stride` apart, give ⌈length / stride⌉
/// outputs. Where their number is odd, the end gets one more. Never negative: a stride may pass over the last values.
pub fn same_padding(length: usize, kernel: usize, stride: usize) -> (usize, usize) {
    let last = (length.div_ceil(stride) - 1) * stride;
    let total = (last + kernel).saturating_sub(length);
    (total / 2, total - total / 2)
}

/// Rows and columns of a convolution over a picture with so many zeros before and after each axis.
pub fn output(picture: [usize; 2], kernel: [usize; 2], stride: [usize; 2], zeros: [(usize, usize); 2]) -> [usize; 2] {
    [0, 1].map(|axis| (picture[axis] + zeros[axis].0 + zeros[axis].1 - kernel[axis]) / stride[axis] + 1)
}
