//! `spectral_bandwidth`: how far a frame's spectrum scatters around its centroid.
//!
//! ```text
//! row = sqrt(sum over k of S[k] / sum(S) * (f[k] - centroid)^2)         f[k] = k rate / 2048
//!     = step * sqrt(mean of k^2 - (mean of k)^2)                        so that one pass does for both
//!
//!   S |  .::.
//!     | .::::::. .   .
//!     |<-----^----->_____ f
//! ```
//!
//! The rate is the nominal one, 22,050 Hz, as for the centroid. Values lie from 0 to 5,512.5 Hz; a silent frame is 0.

use super::moments::Moments;
use super::rows::Rows;
use super::spectral_centroid::mean_bin;
use super::stft::FRAME;

/// The family, frame by frame.
pub(super) struct SpectralBandwidth {
    step: f64,
    rows: Rows,
}

impl SpectralBandwidth {
    pub fn new(rate: f64) -> SpectralBandwidth {
        SpectralBandwidth { step: rate / FRAME as f64, rows: Rows::new(1) }
    }

    pub fn frame(&mut self, moments: &Moments) {
        let (mean, all) = (mean_bin(moments), moments.s);
        let squares = if all >= f64::from(f32::MIN_POSITIVE) { moments.kks / all } else { 0.0 };
        self.rows.push([self.step * (squares - mean * mean).max(0.0).sqrt()]);
    }

    pub fn finish(self) -> Rows {
        self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::moments::moments;

    #[test]
    fn two_equal_lines_scatter_by_half_their_distance() {
        let mut s = [0.0; 1025];
        (s[100], s[200]) = (2.0, 2.0);
        let mut bandwidth = SpectralBandwidth::new(2048.0);
        bandwidth.frame(&moments(&s, &mut [0.0; 1025]));
        bandwidth.frame(&Moments::default());
        assert_eq!(bandwidth.finish().as_slice()[0], [50.0, 0.0]);
    }
}
