//! Exercise 38: mel bands (chapter 14).

/// Hz to mel, as the Hidden Markov Toolkit measures: 2595 log₁₀(1 + f / 700).
pub fn mel(f: f64) -> f64 {
    2595.0 * (1.0 + f / 700.0).log10()
}

/// Mel to Hz, the inverse.
pub fn hz(mel: f64) -> f64 {
    700.0 * (10f64.powf(mel / 2595.0) - 1.0)
}

/// The weight of frequency `f` in band `i` of `bands` from `low` to `high` Hz: a triangle of height 1. The edges of all
/// bands, `bands + 2` of them from `low` to `high`, are equally spaced in mel; band i rises from edge i to edge i + 1,
/// falls to edge i + 2, and is 0 elsewhere. Between two edges it is straight in Hz, not in mel.
pub fn weight(f: f64, i: usize, bands: usize, low: f64, high: f64) -> f64 {
    let edge = |i: usize| hz(mel(low) + (mel(high) - mel(low)) * i as f64 / (bands + 1) as f64);
    let (left, middle, right) = (edge(i), edge(i + 1), edge(i + 2));
    ((f - left) / (middle - left)).min((right - f) / (right - middle)).max(0.0)
}
