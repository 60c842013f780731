//! A small spectrogram with few rows: frequencies spaced as square roots, between the linear axis and the logarithmic one.
//!
//! ```text
//! f[i]     = (sqrt(100) + i / 99 (sqrt(10,000) - sqrt(100)))^2 Hz         i = 0 ... 99
//! P[k, t]  = |sum over j of hann[j] x[N t + j] e^(-2 pi i j k / 2N)|^2       N samples, a twentieth of a second; no overlap
//! S[i, t]  = sqrt(P at f[i]), linear between two k                         scaled to 0 ... 1 over the picture
//! ```
//!
//! Rows come from the top of a picture down: the first is the highest frequency. Five seconds give 100 x 100. This is the
//! front end of M. Witt's `music_classification`, up to its window, which is not published.

use super::resample::resampled;
use super::signal::Signal;
use super::stft::Fft;
use super::window::hann;
use crate::{Error, Result};
use ndarray::Array2;

/// Samples a second, of which a twentieth of a second is a whole number.
const RATE: u32 = 44_100;
/// Samples in a frame; the transform is of twice as many, the others being zero.
const FRAME: usize = 2_205;
/// Frequencies, and the lowest and the highest of them.
const ROWS: usize = 100;
const LOW: f64 = 100.0;
const HIGH: f64 = 10_000.0;

/// The square-root-spaced spectrogram of a signal, (100, frames), twenty frames a second, from 0 to 1; a rest of less than
/// a frame is left out.
///
/// ```
/// use tonegrad::audio::{Samples, root_spectrogram};
/// let x: Vec<f32> = (0..5 * 44_100).map(|i| (i as f32 * 0.0627).sin()).collect();
/// assert_eq!(root_spectrogram(&mut Samples { samples: &x, rate: 44_100.0 })?.dim(), (100, 100));
/// # Ok::<(), tonegrad::Error>(())
/// ```
///
/// # Errors
/// When the signal cannot be read, or is shorter than a twentieth of a second.
pub fn root_spectrogram(signal: &mut dyn Signal) -> Result<Array2<f32>> {
    let (mut fft, window) = (Fft::new(2 * FRAME), hann(FRAME));
    let (mut rest, mut levels) = (Vec::new(), Vec::new());
    resampled(signal, RATE, &mut |piece| {
        rest.extend_from_slice(piece);
        let whole = rest.len() / FRAME * FRAME;
        for frame in rest[..whole].chunks_exact(FRAME) {
            let spectrum = fft.spectrum(|input| {
                input.fill(0.0);
                input.iter_mut().zip(frame).zip(&window).for_each(|((input, x), w)| *input = x * w);
            });
            let power: Vec<f64> = spectrum.iter().map(|c| c.norm_sqr()).collect();
            levels.extend((0..ROWS).map(|row| {
                let bin = frequency(ROWS - 1 - row) * (2 * FRAME) as f64 / f64::from(RATE);
                let (k, part) = (bin as usize, bin.fract());
                (power[k] * (1.0 - part) + power[k + 1] * part).sqrt() as f32
            }));
        }
        rest.drain(..whole);
    })?;
    if levels.is_empty() {
        return Err(Error::data("audio").found("less than a twentieth of a second").wanted("at least one frame"));
    }
    let (low, high) = levels.iter().fold((f32::MAX, 0.0f32), |(low, high), &level| (low.min(level), high.max(level)));
    // Of silence nothing can be told: it is black.
    let scale = if high > low { 1.0 / (high - low) } else { 0.0 };
    levels.iter_mut().for_each(|level| *level = (*level - low) * scale);
    let picture = Array2::from_shape_vec((levels.len() / ROWS, ROWS), levels).expect("so many for each frame");
    Ok(picture.reversed_axes())
}

/// The frequency of a row, counted from the lowest.
fn frequency(i: usize) -> f64 {
    (LOW.sqrt() + i as f64 / (ROWS - 1) as f64 * (HIGH.sqrt() - LOW.sqrt())).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Samples;
    use std::f64::consts::TAU;

    #[test]
    fn a_tone_is_a_line_at_its_frequency_whatever_the_rate() {
        for rate in [44_100.0, 48_000.0, 22_050.0] {
            let tone = frequency(40);
            let x: Vec<f32> = (0..5 * rate as usize).map(|i| (TAU * tone * i as f64 / rate).sin() as f32).collect();
            let picture = root_spectrogram(&mut Samples { samples: &x, rate }).unwrap();
            assert_eq!(picture.dim(), (100, 100), "{rate}");
            let middle = picture.column(50);
            assert!((0..ROWS).all(|row| row == 59 || middle[row] < middle[59]) && middle[59] > 0.9, "{rate}: {middle}");
            assert!(middle[30] < 0.01);
        }
        let silence = root_spectrogram(&mut Samples { samples: &[0.0; 44_100], rate: 44_100.0 }).unwrap();
        assert!(silence.iter().all(|level| *level == 0.0));
        assert!(root_spectrogram(&mut Samples { samples: &[0.0; 100], rate: 44_100.0 }).is_err());
    }
}
