//! The short-time Fourier transform: how much of each frequency there is, as time goes by.
//!
//! ```text
//! S[k, t] = | sum over j of hann[j] x[512 t + j - 1024] e^(-2 pi i j k / 2048) |      k = 0 ... 1024
//!
//!  x   ~~~~^v^v^v~~~~/\/\/\~~~~           S     k |        ::::
//!      [ hann ]                    ->             | ::::        ....
//!         [ hann ]                                |_________________ t
//! ```
//!
//! Magnitudes are at least 0, and at most 1024 for a signal within -1 and 1. Window and transform are computed in double
//! precision, the spectrum is rounded to single precision, and so is its magnitude: that is what librosa does, and what is
//! computed from it agrees to many more digits than it has.

use super::window::hann;
use crate::isa::vectorized;
use realfft::{RealFftPlanner, RealToComplex, num_complex::Complex};
use std::sync::Arc;

/// Samples in a frame.
pub const FRAME: usize = 2048;
/// Samples from one frame to the next.
pub const HOP: usize = 512;
/// Frequencies, from 0 to half the rate.
pub const BINS: usize = FRAME / 2 + 1;

/// A real Fourier transform of one length, with its storage.
pub(super) struct Fft {
    plan: Arc<dyn RealToComplex<f64>>,
    input: Vec<f64>,
    output: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
}

impl Fft {
    pub fn new(points: usize) -> Fft {
        let plan = RealFftPlanner::new().plan_fft_forward(points);
        let (input, output, scratch) = (plan.make_input_vec(), plan.make_output_vec(), plan.make_scratch_vec());
        Fft { plan, input, output, scratch }
    }

    /// The spectrum of what `fill` writes.
    pub fn spectrum(&mut self, fill: impl FnOnce(&mut [f64])) -> &[Complex<f64>] {
        fill(&mut self.input);
        let done = self.plan.process_with_scratch(&mut self.input, &mut self.output, &mut self.scratch);
        debug_assert!(done.is_ok(), "the plan made these buffers");
        &self.output
    }
}

/// The transform of one frame after the other.
pub(super) struct Stft {
    fft: Fft,
    window: Vec<f64>,
    magnitudes: Vec<f32>,
}

impl Stft {
    pub fn new() -> Stft {
        Stft { fft: Fft::new(FRAME), window: hann(FRAME), magnitudes: vec![0.0; BINS] }
    }

    /// S of one frame of [`FRAME`] samples.
    pub fn magnitudes(&mut self, frame: &[f64]) -> &[f32] {
        let window = &self.window;
        let spectrum = self.fft.spectrum(|input| weight(frame, window, input));
        absolute(spectrum, &mut self.magnitudes);
        &self.magnitudes
    }
}

vectorized! {
    fn weight(frame: &[f64], window: &[f64], input: &mut [f64]) {
        for ((input, x), w) in input.iter_mut().zip(frame).zip(window) {
            *input = x * w;
        }
    }
}

vectorized! {
    /// The magnitudes of a spectrum that is rounded to single precision first.
    fn absolute(spectrum: &[Complex<f64>], magnitudes: &mut [f32]) {
        for (magnitude, c) in magnitudes.iter_mut().zip(spectrum) {
            let (re, im) = (f64::from(c.re as f32), f64::from(c.im as f32));
            *magnitude = (re * re + im * im).sqrt() as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cosine_of_a_whole_number_of_periods_is_in_three_bins() {
        // A Hann window spreads one frequency over three: a half of the samples in the middle, a quarter beside.
        let frame: Vec<f64> =
            (0..FRAME).map(|j| (std::f64::consts::TAU * 100.0 * j as f64 / FRAME as f64).cos()).collect();
        let s = Stft::new().magnitudes(&frame).to_vec();
        let wanted = |k: usize| match k {
            100 => 512.0,
            99 | 101 => 256.0,
            _ => 0.0,
        };
        assert!((0..BINS).all(|k| (s[k] - wanted(k)).abs() < 1e-4));
    }
}
