//! Mel bands: triangles that are equally spaced as the ear hears pitch.
//!
//! ```text
//! Slaney   mel = 3 f / 200 below 1000 Hz,  15 + 27 ln(f / 1000) / ln 6.4 above
//! HTK      mel = 2595 log10(1 + f / 700)
//! edges    e[0] ... e[bands + 1], equally spaced in mel
//! W[i, k]  = max(0, min((f[k] - e[i]) / (e[i+1] - e[i]), (e[i+2] - f[k]) / (e[i+2] - e[i+1]))) * norm
//! norm     = 2 / (e[i+2] - e[i])         so that each triangle has the area 1; or 1: the height 1
//!
//!   |/\ /\  /\    /\
//!   /  X  \/  \  /  \
//!   |_/_\_/\___\/____\__ f
//! ```

#![allow(clippy::needless_range_loop, reason = "lanes and classes are numbered")]

use crate::isa::vectorized;
use crate::names::named;

named! {
    "mel scale",
    /// How pitch is measured.
    pub enum MelScale {
        /// Slaney's Auditory Toolbox: linear below 1000 Hz. librosa's.
        Slaney = "slaney",
        /// The Hidden Markov Toolkit's. torchaudio's.
        Htk = "htk",
    }
}

impl MelScale {
    /// Hz to mel.
    pub fn mel(self, f: f64) -> f64 {
        match self {
            MelScale::Slaney if f < 1000.0 => 3.0 * f / 200.0,
            MelScale::Slaney => 15.0 + 27.0 * (f / 1000.0).ln() / 6.4f64.ln(),
            MelScale::Htk => 2595.0 * (1.0 + f / 700.0).log10(),
        }
    }

    /// Mel to Hz.
    pub fn hz(self, mel: f64) -> f64 {
        match self {
            MelScale::Slaney if mel < 15.0 => 200.0 * mel / 3.0,
            MelScale::Slaney => 1000.0 * ((mel - 15.0) * 6.4f64.ln() / 27.0).exp(),
            MelScale::Htk => 700.0 * (10f64.powf(mel / 2595.0) - 1.0),
        }
    }
}

/// Triangles over the bins of a transform.
#[derive(Clone, Debug, PartialEq)]
pub struct MelBands {
    /// For each band the first bin, and the weights from there on.
    bands: Vec<(usize, Vec<f64>)>,
}

impl MelBands {
    /// So many bands from `low` to `high` Hz over the bins of a transform of `points` samples; `area` gives each triangle
    /// the area 1 instead of the height 1.
    pub fn new(scale: MelScale, area: bool, rate: f64, points: usize, bands: usize, low: f64, high: f64) -> MelBands {
        let (first, last) = (scale.mel(low), scale.mel(high));
        let edge = |i: usize| scale.hz(first + (last - first) * i as f64 / (bands + 1) as f64);
        let band = |i: usize| {
            let (left, middle, right) = (edge(i), edge(i + 1), edge(i + 2));
            let norm = if area { 2.0 / (right - left) } else { 1.0 };
            let weight = |k: usize| {
                let f = k as f64 * rate / points as f64;
                ((f - left) / (middle - left)).min((right - f) / (right - middle)).max(0.0) * norm
            };
            let bin = |f: f64| ((f * points as f64 / rate) as usize).min(points / 2);
            let inside: Vec<usize> = (bin(left)..=bin(right)).filter(|&k| weight(k) > 0.0).collect();
            // A band may be so narrow that it lies between two bins.
            (inside.first().copied().unwrap_or(0), inside.into_iter().map(weight).collect())
        };
        MelBands { bands: (0..bands).map(band).collect() }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.bands.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.bands.is_empty()
    }

    /// For each band the first bin, and the weights from there on.
    pub fn bands(&self) -> &[(usize, Vec<f64>)] {
        &self.bands
    }

    /// The power in each band, of the powers of the bins.
    pub fn apply(&self, power: &[f32], bands: &mut [f64]) {
        apply(&self.bands, power, bands);
    }
}

vectorized! {
    fn apply(all: &[(usize, Vec<f64>)], power: &[f32], bands: &mut [f64]) {
        for ((first, weights), band) in all.iter().zip(bands) {
            let mut sums = [0.0; 4];
            let (w, p) = (weights.chunks_exact(4), power[*first..*first + weights.len()].chunks_exact(4));
            let rest: f64 = w.remainder().iter().zip(p.remainder()).map(|(w, p)| w * f64::from(*p)).sum();
            for (w, p) in w.zip(p) {
                for i in 0..4 {
                    sums[i] = w[i].mul_add(f64::from(p[i]), sums[i]);
                }
            }
            *band = (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_and_their_inverses() {
        assert_eq!(MelScale::Slaney.mel(400.0), 6.0);
        assert!((MelScale::Slaney.mel(6400.0) - 42.0).abs() < 1e-12);
        assert!((MelScale::Htk.mel(700.0) - 2595.0 * 2f64.log10()).abs() < 1e-12);
        for scale in MelScale::ALL {
            for f in [0.0, 63.0, 999.0, 1000.0, 11025.0] {
                assert!((scale.hz(scale.mel(f)) - f).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn bands_have_the_area_or_the_height_one() {
        let step = 22050.0 / 2048.0;
        let area = MelBands::new(MelScale::Slaney, true, 22050.0, 2048, 128, 0.0, 11025.0);
        let wide = area.bands().iter().filter(|(_, weights)| weights.len() > 12);
        assert!(wide.clone().count() > 20);
        assert!(wide.map(|(_, w)| w.iter().sum::<f64>() * step).all(|area| (area - 1.0).abs() < 0.01));
        let height = MelBands::new(MelScale::Htk, false, 22050.0, 2048, 40, 0.0, 11025.0);
        assert!(height.bands().iter().all(|(_, w)| w.iter().all(|w| *w <= 1.0)));
    }
}
