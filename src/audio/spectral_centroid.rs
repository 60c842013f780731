//! `spectral_centroid`: the mean frequency of a frame's spectrum, a measure of brightness.
//!
//! ```text
//! row = sum over k of f[k] S[k] / sum over k of S[k]         f[k] = k rate / 2048
//!
//!   S |  .::.
//!     | .::::::. .   .
//!     |______^___________ f
//! ```
//!
//! The rate is the nominal one, 22,050 Hz, whatever the file's: FMA's script passes no other, so that a file of 44.1 kHz gets
//! half of its true centroid. Values lie from 0 to 11,025 Hz; a silent frame is 0.

use super::moments::{Moments, moments};
use super::rows::Rows;
use super::stft::FRAME;

/// The mean of the bins' numbers, 0 where there is nothing.
pub(super) fn mean_bin(moments: &Moments) -> f64 {
    if moments.s >= f64::from(f32::MIN_POSITIVE) { moments.ks / moments.s } else { moments.ks }
}

/// The centroid of the magnitudes of one frame, whose bins are `step` Hz apart.
pub fn centroid(s: &[f32], step: f64) -> f64 {
    step * mean_bin(&moments(s, &mut vec![0.0; s.len()]))
}

/// The family, frame by frame.
pub(super) struct SpectralCentroid {
    step: f64,
    rows: Rows,
}

impl SpectralCentroid {
    pub fn new(rate: f64) -> SpectralCentroid {
        SpectralCentroid { step: rate / FRAME as f64, rows: Rows::new(1) }
    }

    pub fn frame(&mut self, moments: &Moments) {
        self.rows.push([self.step * mean_bin(moments)]);
    }

    pub fn finish(self) -> Rows {
        self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_lines_of_weight_three_and_one() {
        let mut s = [0.0; 1025];
        (s[100], s[200]) = (3.0, 1.0);
        let mut centroid = SpectralCentroid::new(2048.0);
        centroid.frame(&moments(&s, &mut [0.0; 1025]));
        centroid.frame(&Moments::default());
        assert_eq!(centroid.finish().as_slice()[0], [125.0, 0.0]);
    }
}
