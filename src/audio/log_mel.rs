//! The log-mel spectrogram: what networks that look at sound as at a picture take. Every convention is a field.
//!
//! ```text
//! P[i, t]      = sum over k of W[i, k] |STFT(x)[k, t]|^2                  W: triangles in mel
//! decibels     10 log10(max(1e-10, P)) - 10 log10(max P), at least -80    0 is the loudest
//! natural      ln(P + small)
//!
//!  mel |   ..::.   ..
//!      | ..::::::.::::.         (bands, frames), as a picture: time to the right,
//!      |::##::::##::::##:       low bands first
//!      |_________________ t
//! ```
//!
//! Two libraries that say "mel spectrogram" mean different things: librosa's has Slaney's scale, triangles of area 1, silence
//! around the signal, frames of 2048; torchaudio's the HTK scale, triangles of height 1, a mirrored signal, frames of 400.

use super::frames::{Frames, Padding};
use super::mel::{MelBands, MelScale};
use super::resample::resampled;
use super::signal::Signal;
use super::stft::Fft;
use super::window::hann;
use crate::{Error, Result};
use ndarray::Array2;

/// How the power in a band becomes a level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Level {
    /// The power itself.
    Power,
    /// Decibels below the loudest value of the song, no further down than this many.
    Decibels {
        /// How far down, 80 in librosa.
        range: f64,
    },
    /// ln(power + small).
    Natural {
        /// What keeps silence finite, such as 1e-6.
        small: f64,
    },
}

/// Every convention of a log-mel spectrogram.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogMel {
    /// Samples a second to which the signal is resampled first.
    pub rate: u32,
    /// Samples in a frame, under a periodic Hann window.
    pub frame: usize,
    /// Samples from one frame to the next.
    pub hop: usize,
    /// What stands around the signal.
    pub padding: Padding,
    /// Mel bands.
    pub bands: usize,
    /// The lowest frequency, in Hz.
    pub low: f64,
    /// The highest frequency, in Hz.
    pub high: f64,
    /// How pitch is measured.
    pub scale: MelScale,
    /// Whether each triangle has the area 1 instead of the height 1.
    pub area: bool,
    /// How power becomes a level.
    pub level: Level,
}

impl LogMel {
    /// librosa's `melspectrogram` at its default rate, and `power_to_db(ref=np.max)`.
    pub fn librosa() -> LogMel {
        LogMel {
            rate: 22050,
            frame: 2048,
            hop: 512,
            padding: Padding::Zeros,
            bands: 128,
            low: 0.0,
            high: 11025.0,
            scale: MelScale::Slaney,
            area: true,
            level: Level::Decibels { range: 80.0 },
        }
    }

    /// torchaudio's `MelSpectrogram` at its default rate: powers, not decibels.
    pub fn torchaudio() -> LogMel {
        LogMel {
            rate: 16000,
            frame: 400,
            hop: 200,
            padding: Padding::Reflect,
            high: 8000.0,
            scale: MelScale::Htk,
            area: false,
            level: Level::Power,
            ..Self::librosa()
        }
    }

    /// The spectrogram of a signal, (bands, frames).
    ///
    /// ```
    /// use tonegrad::audio::{LogMel, Samples};
    /// let x: Vec<f32> = (0..44100).map(|i| (i as f32 * 0.0627).sin()).collect();
    /// let picture = LogMel::librosa().spectrogram(&mut Samples { samples: &x, rate: 44100.0 })?;
    /// assert_eq!(picture.dim(), (128, 44));
    /// assert!(picture.iter().all(|level| (-80.0..=0.0).contains(level)));
    /// # Ok::<(), tonegrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// When a convention makes no sense, or the signal cannot be read.
    pub fn spectrogram(&self, signal: &mut dyn Signal) -> Result<Array2<f32>> {
        self.check()?;
        let rate = f64::from(self.rate);
        let bands = MelBands::new(self.scale, self.area, rate, self.frame, self.bands, self.low, self.high);
        let mut frames = Frames::new(self.frame, self.hop, self.padding);
        let (mut fft, window) = (Fft::new(self.frame), hann(self.frame));
        let (mut power, mut mel) = (vec![0.0; self.frame / 2 + 1], vec![0.0; self.bands]);
        let mut levels: Vec<f32> = Vec::new();
        let mut frame = |x: &[f64]| {
            let spectrum = fft.spectrum(|input| {
                input.iter_mut().zip(x).zip(&window).for_each(|((input, x), w)| *input = x * w);
            });
            power.iter_mut().zip(spectrum).for_each(|(power, c)| *power = c.norm_sqr() as f32);
            bands.apply(&power, &mut mel);
            levels.extend(mel.iter().map(|power| match self.level {
                Level::Power => *power,
                Level::Decibels { .. } => 10.0 * power.max(1e-10).log10(),
                Level::Natural { small } => (power + small).ln(),
            } as f32));
        };
        resampled(signal, self.rate, &mut |piece| frames.push(piece, &mut frame))?;
        frames.finish(&mut frame);
        if levels.is_empty() {
            return Err(Error::data("audio").found("no samples").wanted("at least one"));
        }
        if let Level::Decibels { range } = self.level {
            let largest = levels.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            levels.iter_mut().for_each(|level| *level = (*level - largest).max(-range as f32));
        }
        let shape = (levels.len() / self.bands, self.bands);
        let picture = Array2::from_shape_vec(shape, levels).map_err(|e| Error::shape(e.to_string()))?;
        Ok(picture.reversed_axes())
    }

    fn check(&self) -> Result<()> {
        let &LogMel { rate, frame, hop, bands, low, high, .. } = self;
        let wrong = |what: &str, found: String, wanted: &str| {
            Err(Error::config(format!("log-mel spectrogram, {what}")).found(found).wanted(wanted))
        };
        match () {
            _ if rate == 0 => wrong("rate", "0".into(), "samples a second"),
            _ if frame < 2 || frame % 2 == 1 => wrong("frame", frame.to_string(), "an even number of samples"),
            _ if hop == 0 => wrong("hop", "0".into(), "at least one sample"),
            _ if bands == 0 => wrong("bands", "0".into(), "at least one band"),
            _ if !(low >= 0.0 && low < high && high <= f64::from(rate) / 2.0) => {
                wrong("low and high", format!("{low} to {high} Hz"), "an interval below half the rate")
            }
            () => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Samples;
    use std::f64::consts::TAU;

    #[test]
    fn a_tone_is_loudest_in_its_band_at_any_rate_of_the_file() {
        for rate in [8000.0, 22050.0, 44100.0, 48000.0] {
            let x: Vec<f32> = (0..rate as usize).map(|i| (TAU * 1000.0 * i as f64 / rate).sin() as f32).collect();
            let mel = LogMel::librosa();
            let picture = mel.spectrogram(&mut Samples { samples: &x, rate }).unwrap();
            assert_eq!(picture.ncols(), 1 + 22050 / 512, "{rate} Hz");
            let middle = picture.column(picture.ncols() / 2);
            let loudest = (0..128).max_by(|&a, &b| middle[a].total_cmp(&middle[b])).unwrap();
            let bands = MelBands::new(mel.scale, true, 22050.0, 2048, 128, 0.0, 11025.0);
            let (first, weights) = &bands.bands()[loudest];
            let bin = 1000.0 * 2048.0 / 22050.0;
            assert!(
                (*first as f64 - 1.0..(first + weights.len()) as f64 + 1.0).contains(&bin),
                "{rate} Hz: band {loudest}"
            );
            assert!(middle[loudest] > -1.0, "{rate} Hz: {}", middle[loudest]);
        }
    }

    #[test]
    fn conventions_without_sense_are_refused() {
        let x = Samples { samples: &[0.0; 100], rate: 22050.0 };
        for wrong in [
            LogMel { high: 20000.0, ..LogMel::librosa() },
            LogMel { hop: 0, ..LogMel::librosa() },
            LogMel { frame: 3, ..LogMel::librosa() },
        ] {
            assert!(wrong.spectrogram(&mut x.clone()).unwrap_err().to_string().starts_with("log-mel spectrogram"));
        }
    }
}
