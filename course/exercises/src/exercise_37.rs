//! Exercise 37: the output's size of a two-dimensional convolution, and its padding (chapter 14).

/// Zeros before and after an axis of this length, so that windows of `kernel` taps, `stride` apart, give ⌈length / stride⌉
/// outputs. Where their number is odd, the end gets one more. Never negative: a stride may pass over the last values.
pub fn same_padding(length: usize, kernel: usize, stride: usize) -> (usize, usize) {
    todo!("where does the last window begin, and where does it end?")
}

/// Rows and columns of a convolution over a picture with so many zeros before and after each axis.
pub fn output(picture: [usize; 2], kernel: [usize; 2], stride: [usize; 2], zeros: [(usize, usize); 2]) -> [usize; 2] {
    todo!("windows that lie wholly inside the padded axis")
}
