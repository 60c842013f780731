//! Exercise 30: count the parameters of a network (chapter 11).

/// The parameters of a dense layer with a bias: `inputs` numbers to `units` numbers.
pub fn dense(inputs: usize, units: usize) -> usize {
    (inputs + 1) * units
}

/// The parameters of a one-dimensional convolution with a bias. Does the signal's length matter?
pub fn conv1d(kernel: usize, channels: usize, filters: usize) -> usize {
    (kernel * channels + 1) * filters
}

/// The parameters of the genre CNN of chapter 11 for so many features and genres: convolutions of 32 filters and 3 taps
/// (`same`), 64 and 3, 128 and 5 (both `valid`), poolings of 2 behind the first and the last; then dense layers of 128,
/// 64, 32 and a unit for each genre.
pub fn genre_cnn(features: usize, genres: usize) -> usize {
    let length = (features / 2 - 2 - 4) / 2;
    let widths = [length * 128, 128, 64, 32, genres];
    let convolutions = conv1d(3, 1, 32) + conv1d(3, 32, 64) + conv1d(5, 64, 128);
    convolutions + widths.windows(2).map(|w| dense(w[0], w[1])).sum::<usize>()
}
