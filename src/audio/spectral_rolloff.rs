//! `spectral_rolloff`: the frequency below which 85 % of a frame's spectrum lies.
//!
//! ```text
//! row = the least f[k] with S[0] + ... + S[k] >= 0.85 (S[0] + ... + S[1024])         f[k] = k rate / 2048
//!
//!   S |  .::.
//!     | .::::::. | .
//!     |__________v_______ f
//! ```
//!
//! The sums are in single precision and in this order, as librosa's: in double precision, one frame in a thousand would lie
//! one bin off. The rate is the nominal one, 22,050 Hz. Values are multiples of 10.77 Hz from 0 to 11,025; a silent frame is 0.

use super::rows::Rows;
use super::stft::FRAME;

/// The family, frame by frame.
pub(super) struct SpectralRolloff {
    step: f64,
    sums: Vec<f32>,
    rows: Rows,
}

/// The first bin at which the sum reaches a share of the whole.
pub fn rolloff_bin(s: &[f32], share: f32, sums: &mut Vec<f32>) -> usize {
    let mut sum = 0.0;
    sums.clear();
    sums.extend(s.iter().map(|s| {
        sum += s;
        sum
    }));
    let threshold = share * sum;
    // Sums do not fall, so that the first is found by halving.
    sums.partition_point(|sum| *sum < threshold)
}

impl SpectralRolloff {
    pub fn new(rate: f64) -> SpectralRolloff {
        SpectralRolloff { step: rate / FRAME as f64, sums: Vec::new(), rows: Rows::new(1) }
    }

    pub fn frame(&mut self, s: &[f32]) {
        let bin = rolloff_bin(s, 0.85, &mut self.sums);
        self.rows.push([self.step * bin as f64]);
    }

    pub fn finish(self) -> Rows {
        self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_flat_spectrum_and_of_silence() {
        let mut rolloff = SpectralRolloff::new(2048.0);
        rolloff.frame(&[1.0; 100]);
        rolloff.frame(&[0.0; 100]);
        assert_eq!(rolloff.finish().as_slice()[0], [84.0, 0.0]);
    }
}
