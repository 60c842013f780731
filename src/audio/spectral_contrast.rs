//! `spectral_contrast`: how far the peaks of the spectrum stand out from its valleys, in seven bands (Jiang et al. 2002).
//!
//! ```text
//! bands    0 to 200, 200 to 400, 400 to 800, ... 6400 to 12,800 Hz, both edges included; each but the first also has the bin
//!          below its first, the last one all bins above
//! m        = max(1, 2 % of the band's bins, rounded half to even); then each band but the last loses its top bin
//! row b    = dB(mean of the m largest S) - dB(mean of the m smallest S)
//! dB       = 10 log10(max(1e-10, x)), at least (the largest of the song, of peaks or of valleys) - 80
//!
//!   S |  :     :            tones over silence: much contrast
//!     |..:.....:...         noise: little
//! ```
//!
//! The rate is the nominal one, 22,050 Hz. Values lie from -80 to 80 dB, mostly from 5 to 50. Where a file has true zeros, as
//! above the low-pass of an MP3 in floating point, the last row is many decibels higher than with 16 bits.

use super::decibels::{RANGE, decibels};
use super::rows::Rows;
use super::stft::BINS;
use crate::isa::vectorized;
use std::ops::Range;

/// Rows.
pub const BANDS: usize = 7;

/// One band: its bins, and how many of them are peaks and valleys.
struct Band {
    bins: Range<usize>,
    extremes: usize,
}

/// The family, frame by frame. The floor needs the whole song.
pub(super) struct SpectralContrast {
    bands: Vec<Band>,
    peaks: Rows,
    valleys: Rows,
    largest: [f64; 2],
    found: Extremes,
}

fn bands(rate: f64, bins: usize) -> Vec<Band> {
    let frequency = |k: usize| k as f64 * rate / (2 * (bins - 1)) as f64;
    let edge = |band: usize| if band == 0 { 0.0 } else { 100.0 * f64::from(1u32 << band) };
    let band = |band: usize| {
        let inside = |k: &usize| (edge(band)..=edge(band + 1)).contains(&frequency(*k));
        let first = (0..bins).find(inside).unwrap_or(0);
        let last = (0..bins).rfind(inside).unwrap_or(0);
        let (first, top) = (first.saturating_sub(1), if band == BANDS - 1 { bins - 1 } else { last });
        let extremes = (0.02 * (top + 1 - first) as f64).round_ties_even().max(1.0) as usize;
        let end = if band == BANDS - 1 { top + 1 } else { top };
        Band { bins: first..end, extremes }
    };
    (0..BANDS).map(band).collect()
}

/// The valley and the peak of each band in the magnitudes of a frame, not in decibels.
pub fn valleys_and_peaks(s: &[f32], rate: f64) -> [(f64, f64); BANDS] {
    let (bands, mut found) = (bands(rate, s.len()), Extremes::default());
    std::array::from_fn(|b| found.means(&s[bands[b].bins.clone()], bands[b].extremes))
}

impl SpectralContrast {
    pub fn new(rate: f64) -> SpectralContrast {
        SpectralContrast {
            bands: bands(rate, BINS),
            peaks: Rows::new(BANDS),
            valleys: Rows::new(BANDS),
            largest: [f64::NEG_INFINITY; 2],
            found: Extremes::default(),
        }
    }

    pub fn frame(&mut self, s: &[f32]) {
        let (mut peaks, mut valleys) = ([0.0; BANDS], [0.0; BANDS]);
        for (b, Band { bins, extremes }) in self.bands.iter().enumerate() {
            let (valley, peak) = self.found.means(&s[bins.clone()], *extremes);
            (peaks[b], valleys[b]) = (decibels(peak), decibels(valley));
        }
        for (largest, values) in self.largest.iter_mut().zip([&peaks, &valleys]) {
            *largest = values.iter().copied().fold(*largest, f64::max);
        }
        self.peaks.push(peaks);
        self.valleys.push(valleys);
    }

    pub fn finish(self) -> Rows {
        let [peak, valley] = self.largest.map(|largest| largest - RANGE);
        let mut rows = self.peaks;
        for t in 0..rows.frames() {
            let (peaks, valleys): ([f64; BANDS], [f64; BANDS]) = (rows.frame(t), self.valleys.frame(t));
            rows.set::<BANDS>(t, std::array::from_fn(|b| peaks[b].max(peak) - valleys[b].max(valley)));
        }
        rows
    }
}

/// The few smallest and largest of some values, sorted from the most extreme on.
#[derive(Default)]
struct Extremes {
    smallest: Vec<f32>,
    largest: Vec<f32>,
}

impl Extremes {
    /// The means of the `m` smallest and of the `m` largest.
    fn means(&mut self, values: &[f32], m: usize) -> (f64, f64) {
        let Extremes { smallest, largest } = self;
        smallest.clear();
        largest.clear();
        smallest.resize(m, f32::INFINITY);
        largest.resize(m, f32::NEG_INFINITY);
        select(values, smallest, largest);
        let mean = |values: &[f32]| values.iter().map(|v| f64::from(*v)).sum::<f64>() / m as f64;
        (mean(smallest), mean(largest))
    }
}

/// Values that are compared together.
const GROUP: usize = 16;

vectorized! {
    // Spectra fall: from the ends where the extremes are, few values are more extreme than those seen before, and most
    // groups have none.
    fn select(values: &[f32], smallest: &mut [f32], largest: &mut [f32]) {
        let m = smallest.len();
        let (groups, rest) = values.as_chunks::<GROUP>();
        for group in groups {
            let bound = largest[m - 1];
            if group.iter().fold(false, |any, &value| any | (value > bound)) {
                group.iter().for_each(|&value| keep(largest, value, |a, b| a > b));
            }
        }
        rest.iter().for_each(|&value| keep(largest, value, |a, b| a > b));
        rest.iter().for_each(|&value| keep(smallest, value, |a, b| a < b));
        for group in groups.iter().rev() {
            let bound = smallest[m - 1];
            if group.iter().fold(false, |any, &value| any | (value < bound)) {
                group.iter().for_each(|&value| keep(smallest, value, |a, b| a < b));
            }
        }
    }
}

/// Puts a value into its place, if it has one, and drops the last.
#[inline(always)]
fn keep(sorted: &mut [f32], value: f32, before: impl Fn(f32, f32) -> bool) {
    let mut at = sorted.len() - 1;
    if !before(value, sorted[at]) {
        return;
    }
    while at > 0 && before(value, sorted[at - 1]) {
        sorted[at] = sorted[at - 1];
        at -= 1;
    }
    sorted[at] = value;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bands_at_the_nominal_rate() {
        let found: Vec<_> = bands(22050.0, BINS).into_iter().map(|band| (band.bins, band.extremes)).collect();
        let wanted = [(0..18, 1), (18..37, 1), (37..74, 1), (74..148, 2), (148..297, 3), (297..594, 6), (594..1025, 9)];
        assert_eq!(found, wanted);
    }

    #[test]
    fn extremes_are_those_of_the_sorted_values() {
        let values: Vec<f32> = (0..97).map(|i| ((i * 61 + 5) % 89) as f32).collect();
        let mut sorted = values.clone();
        sorted.sort_by(f32::total_cmp);
        for m in 1..12 {
            let mean = |v: &[f32]| v.iter().map(|v| f64::from(*v)).sum::<f64>() / m as f64;
            let wanted = (mean(&sorted[..m]), mean(&sorted[97 - m..]));
            assert_eq!(Extremes::default().means(&values, m), wanted);
        }
    }

    #[test]
    fn silence_has_no_contrast_and_a_tone_has() {
        let mut tone = [1e-3; BINS];
        tone[50] = 1.0;
        let rows = |frames: &[[f32; BINS]]| {
            let mut contrast = SpectralContrast::new(22050.0);
            frames.iter().for_each(|s| contrast.frame(s));
            contrast.finish()
        };
        assert_eq!(rows(&[[0.0; BINS]]).frame::<BANDS>(0), [0.0; BANDS]);
        let both = rows(&[[0.0; BINS], tone]);
        assert!((both.frame::<BANDS>(1)[2] - 30.0).abs() < 1e-5);
        // Peaks of 0 dB lift those of silence to -80 dB; its valleys stay at -100.
        assert_eq!(both.frame::<BANDS>(0)[2], 20.0);
    }
}
