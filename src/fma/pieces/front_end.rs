//! Front ends: from seconds of sound to the numbers that a network takes.

use crate::Result;
use crate::audio::{Level, LogMel, Samples, resampled, root_spectrogram};
use crate::names::named;
use ndarray::Array2;
use std::f64::consts::PI;

named! {
    "front end",
    /// What a network is shown of a piece of sound.
    pub enum FrontEnd {
        /// 100 frequencies spaced as square roots, twenty frames a second: see [`root_spectrogram`].
        Root = "root-100",
        /// 128 mel bands of librosa at 22,050 Hz, 80 decibels as 0 to 1; six seconds are 128 x 259.
        Mel = "mel-128",
        /// 13 mel-frequency cepstral coefficients of frames of 512 samples, 256 apart, at 22,050 Hz, in hundreds.
        Mfcc = "mfcc-13",
        /// Samples, 2,000 a second.
        Raw2k = "raw-2k",
        /// Samples, 16,000 a second.
        Raw16k = "raw-16k",
    }
}

/// Coefficients that are kept.
const COEFFICIENTS: usize = 13;

impl FrontEnd {
    /// Seconds of a piece where nothing else is asked for: those of the project that the front end is from. FMA's clips have
    /// 30 seconds; of 16,000 samples a second 20 are taken, more of which no model file could name.
    pub fn usual_seconds(self) -> f64 {
        match self {
            FrontEnd::Root => 5.0,
            FrontEnd::Mel => 6.0,
            FrontEnd::Mfcc | FrontEnd::Raw2k => 30.0,
            FrontEnd::Raw16k => 20.0,
        }
    }

    /// The picture of a piece, (height, width); samples are one column.
    ///
    /// ```
    /// use tonegrad::audio::Samples;
    /// use tonegrad::fma::pieces::FrontEnd;
    /// let x: Vec<f32> = (0..6 * 22_050).map(|i| (i as f32 * 0.05).sin()).collect();
    /// let picture = FrontEnd::Mel.picture(Samples { samples: &x, rate: 22_050.0 })?;
    /// assert_eq!(picture.dim(), (128, 259));
    /// # Ok::<(), tonegrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the rate is no whole number, or there are no samples.
    pub fn picture(self, mut piece: Samples) -> Result<Array2<f32>> {
        match self {
            FrontEnd::Root => root_spectrogram(&mut piece),
            FrontEnd::Mel => Ok(LogMel::librosa().spectrogram(&mut piece)? / 80.0 + 1.0),
            FrontEnd::Mfcc => {
                let mel = LogMel { frame: 512, hop: 256, level: Level::Decibels { range: 80.0 }, ..LogMel::librosa() };
                Ok(cosine_transform(&mel.spectrogram(&mut piece)?) / 100.0)
            }
            FrontEnd::Raw2k | FrontEnd::Raw16k => {
                let rate = if self == FrontEnd::Raw2k { 2_000 } else { 16_000 };
                let mut samples = Vec::new();
                resampled(&mut piece, rate, &mut |x| samples.extend(x.iter().map(|x| *x as f32)))?;
                Ok(Array2::from_shape_vec((samples.len(), 1), samples).expect("one column"))
            }
        }
    }
}

/// The first coefficients of the orthonormal cosine transform (DCT-II) of each column:
/// C\[n, t\] = sqrt(2 / N) sum over i of S\[i, t\] cos(pi n (i + 1/2) / N), and 1 / sqrt(2) of that for n = 0.
fn cosine_transform(levels: &Array2<f32>) -> Array2<f32> {
    let n = levels.nrows();
    let basis = Array2::from_shape_fn((COEFFICIENTS, n), |(k, i)| {
        let scale = if k == 0 { (1.0 / n as f64).sqrt() } else { (2.0 / n as f64).sqrt() };
        (scale * (PI * k as f64 * (i as f64 + 0.5) / n as f64).cos()) as f32
    });
    basis.dot(levels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_have_the_sizes_of_the_projects_that_they_are_from() {
        let x: Vec<f32> = (0..6 * 22_050).map(|i| (i as f32 * 0.05).sin()).collect();
        let size = |front: FrontEnd, seconds: usize| {
            front.picture(Samples { samples: &x[..seconds * 22_050], rate: 22_050.0 }).unwrap().dim()
        };
        assert_eq!((size(FrontEnd::Root, 5), size(FrontEnd::Mel, 6)), ((100, 100), (128, 259)));
        assert_eq!((size(FrontEnd::Mfcc, 6), size(FrontEnd::Raw2k, 6)), ((13, 517), (12_000, 1)));
        assert_eq!(size(FrontEnd::Raw16k, 6), (96_000, 1));
    }

    #[test]
    fn the_cosine_transform_keeps_lengths() {
        let level = Array2::from_elem((128, 1), 2.0);
        let c = cosine_transform(&level);
        assert!((c[[0, 0]] - 2.0 * 128f32.sqrt()).abs() < 1e-3 && c.iter().skip(1).all(|c| c.abs() < 1e-4), "{c}");
    }
}
