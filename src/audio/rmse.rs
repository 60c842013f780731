//! `rmse`: the root mean square of a frame's spectrum, a measure of loudness.
//!
//! ```text
//! fma       row = sqrt(mean over the 1025 bins of S^2)
//! librosa   row = sqrt(2 (S[0]^2 / 2 + S[1]^2 + ... + S[1023]^2 + S[1024]^2 / 2)) / 2048       (`rms`, since 0.7.2)
//!
//!   row |      .--.  .-
//!       | .---'    ''          loud and soft passages
//!       |_________________ t
//! ```
//!
//! Values are at least 0: up to about 20 for `fma`, and 45.2 times less for `librosa`, where they are those of the samples
//! under the window.

use super::rows::Rows;
use super::stft::FRAME;
use super::target::Target;

/// The family, frame by frame.
pub(super) struct Rmse {
    target: Target,
    rows: Rows,
}

impl Rmse {
    pub fn new(target: Target) -> Rmse {
        Rmse { target, rows: Rows::new(1) }
    }

    /// `sum` is that of the powers of all bins.
    pub fn frame(&mut self, power: &[f32], sum: f64) {
        self.rows.push([match self.target {
            Target::Fma => (sum / power.len() as f64).sqrt(),
            Target::Librosa => {
                let ends = f64::from(power[0]) + f64::from(power[power.len() - 1]);
                (2.0 * (sum - 0.5 * ends)).max(0.0).sqrt() / FRAME as f64
            }
        }]);
    }

    pub fn finish(self) -> Rows {
        self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bin_of_power_four() {
        let mut power = [0.0; 1025];
        power[100] = 4.0;
        for (target, wanted) in [(Target::Fma, (4.0f64 / 1025.0).sqrt()), (Target::Librosa, 8f64.sqrt() / 2048.0)] {
            let mut rmse = Rmse::new(target);
            rmse.frame(&power, 4.0);
            assert!((rmse.finish().as_slice()[0][0] - wanted).abs() < 1e-15);
        }
    }
}
