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

/// The share of the spectrum.
const SHARE: f32 = 0.85;

/// Frames that are summed side by side: each sum waits for itself at every bin, but not for the others.
const TOGETHER: usize = 4;

/// For each of some frames of equal length, the first bin at which the sum reaches a share of the whole.
pub fn rolloff_bins<const N: usize>(frames: [&[f32]; N], share: f32, sums: &mut Vec<[f32; N]>) -> [usize; N] {
    let bins = frames.iter().map(|s| s.len()).min().unwrap_or(0);
    let frames = frames.map(|s| &s[..bins]);
    let mut sum = [0.0; N];
    sums.clear();
    sums.extend((0..bins).map(|k| {
        sum.iter_mut().zip(frames).for_each(|(sum, s)| *sum += s[k]);
        sum
    }));
    // Sums do not fall, so that the first is found by halving.
    std::array::from_fn(|n| sums.partition_point(|sums| sums[n] < share * sum[n]))
}

/// The family, frame by frame.
pub(super) struct SpectralRolloff {
    step: f64,
    /// The magnitudes of frames that wait for others.
    waiting: Vec<f32>,
    bins: usize,
    sums: Vec<[f32; TOGETHER]>,
    rows: Rows,
}

impl SpectralRolloff {
    pub fn new(rate: f64) -> SpectralRolloff {
        SpectralRolloff {
            step: rate / FRAME as f64,
            waiting: Vec::new(),
            bins: 1,
            sums: Vec::new(),
            rows: Rows::new(1),
        }
    }

    pub fn frame(&mut self, s: &[f32]) {
        self.bins = s.len();
        self.waiting.extend_from_slice(s);
        if self.waiting.len() == TOGETHER * s.len() {
            let frames = std::array::from_fn(|n| &self.waiting[n * s.len()..(n + 1) * s.len()]);
            let bins: [usize; TOGETHER] = rolloff_bins(frames, SHARE, &mut self.sums);
            bins.into_iter().for_each(|bin| self.rows.push([self.step * bin as f64]));
            self.waiting.clear();
        }
    }

    pub fn finish(mut self) -> Rows {
        for s in self.waiting.chunks_exact(self.bins) {
            let [bin] = rolloff_bins([s], SHARE, &mut Vec::new());
            self.rows.push([self.step * bin as f64]);
        }
        self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_flat_spectrum_and_of_silence() {
        let mut rolloff = SpectralRolloff::new(2048.0);
        // Six frames: four together, two alone.
        [1.0, 0.0, 1.0, 0.0, 1.0, 0.0].into_iter().for_each(|s| rolloff.frame(&[s; 100]));
        assert_eq!(rolloff.finish().as_slice()[0], [84.0, 0.0, 84.0, 0.0, 84.0, 0.0]);
    }
}
