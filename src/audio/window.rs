//! The Hann window, periodic and symmetric.
//!
//! ```text
//! periodic     w[j] = 1/2 - 1/2 cos(2 pi j / M)            what a Fourier transform of M points wants
//! symmetric    w[j] = 1/2 - 1/2 cos(2 pi j / (M - 1))      the same from both ends
//!
//!  1 |      .-'-.
//!    |    .'     '.
//!  0 |_.-'         '-._
//!      0     M/2     M
//! ```

use std::f64::consts::TAU;

fn raised_cosine(points: usize, period: usize) -> Vec<f64> {
    (0..points).map(|j| 0.5 - 0.5 * (TAU * j as f64 / period as f64).cos()).collect()
}

/// The periodic Hann window.
pub fn hann(points: usize) -> Vec<f64> {
    raised_cosine(points, points)
}

/// The symmetric Hann window, of at least two points.
pub fn symmetric_hann(points: usize) -> Vec<f64> {
    raised_cosine(points, points.saturating_sub(1).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_of_four_and_five_points() {
        let close = |w: &[f64], wanted: &[f64]| w.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-15);
        assert!(close(&hann(4), &[0.0, 0.5, 1.0, 0.5]));
        assert!(close(&symmetric_hann(5), &[0.0, 0.5, 1.0, 0.5, 0.0]));
    }
}
