//! Exercise 30: count the parameters of a network (chapter 11).

/// The parameters of a dense layer with a bias: `inputs` numbers to `units` numbers.
pub fn dense(inputs: usize, units: usize) -> usize {
    todo!("each unit has a weight for each input, and a bias")
}

/// The parameters of a one-dimensional convolution with a bias. Does the signal's length matter?
pub fn conv1d(kernel: usize, channels: usize, filters: usize) -> usize {
    todo!("each filter has a weight for each tap and channel, and a bias")
}

/// The parameters of the genre CNN of chapter 11 for so many features and genres: convolutions of 32 filters and 3 taps
/// (`same`), 64 and 3, 128 and 5 (both `valid`), poolings of 2 behind the first and the last; then dense layers of 128,
/// 64, 32 and a unit for each genre.
pub fn genre_cnn(features: usize, genres: usize) -> usize {
    todo!("follow the length through the layers: Flatten decides how large the first dense layer is")
}
