//! Tuning: by which part of a semitone the instruments are off the concert pitch, from the peaks of the spectra.
//!
//! ```text
//! peak       M[k] over a tenth of its frame's largest, higher than M[k - 1], at least as high as M[k + 1];
//!            between 150 and 4000 Hz
//!            a = (M[k + 1] - M[k - 1]) / 2,  s = a / (2 M[k] - M[k + 1] - M[k - 1])     the vertex of a parabola
//!            frequency (k + s) rate / 2048, strength M[k] + a s / 2
//! kept       peaks at least as strong as the median of all
//! residual   12 log2(f / 27.5) modulo 1, from -1/2 to 1/2 semitones
//! tuning     the left edge of the fullest of the bins of 0.01, the first of equal ones
//!
//!     peaks |      #
//!           |    . # .                 0.05: all instruments
//!           |..::: # ::....            are tuned a little high
//!           |_________________
//!         -0.5     0.05   0.5
//! ```
//!
//! A whole song has one tuning, so that its peaks have to be kept: eight bytes each.

/// The peaks of a song's spectra.
pub(super) struct Peaks {
    rate: f64,
    /// Frequency in Hz and strength.
    peaks: Vec<(f32, f32)>,
}

impl Peaks {
    /// `rate` is that of the formulas, which need not be that of the file.
    pub fn new(rate: f64) -> Peaks {
        Peaks { rate, peaks: Vec::new() }
    }

    /// Takes the peaks of one frame, magnitudes or powers.
    pub fn frame(&mut self, m: &[f32], largest: f32) {
        let step = self.rate / (2 * (m.len() - 1)) as f64;
        let threshold = 0.1 * largest;
        let first = (150.0 / step).ceil().max(1.0) as usize;
        let end = (4000.0f64.min(self.rate / 2.0) / step).ceil() as usize;
        let over = |m: f32| if m > threshold { m } else { 0.0 };
        for k in first..end.min(m.len() - 1) {
            let (before, here, after) = (m[k - 1], m[k], m[k + 1]);
            if here > threshold && here > over(before) && here >= over(after) {
                let (before, here, after) = (f64::from(before), f64::from(here), f64::from(after));
                let a = 0.5 * (after - before);
                let s = a / (2.0 * here - after - before);
                self.peaks.push((((k as f64 + s) * step) as f32, (here + 0.5 * a * s) as f32));
            }
        }
    }

    /// The tuning in semitones, by a histogram of so many bins from -0.5 on; `None` where there is no peak at all.
    pub fn tuning(self, bins: usize) -> Option<f64> {
        let median = median(self.peaks.iter().map(|&(_, strength)| strength).collect())?;
        let mut histogram = vec![0u32; bins];
        for &(frequency, _) in self.peaks.iter().filter(|(_, strength)| f64::from(*strength) >= median) {
            let part = (12.0 * (f64::from(frequency) / 27.5).log2()).rem_euclid(1.0);
            let residual = if part >= 0.5 { part - 1.0 } else { part };
            // With 99 bins, the last hundredth belongs to none.
            if let Some(count) = histogram.get_mut(((residual + 0.5) * 100.0) as usize) {
                *count += 1;
            }
        }
        let fullest = histogram.iter().copied().max()?;
        histogram.iter().position(|&count| count == fullest).map(edge)
    }
}

fn edge(bin: usize) -> f64 {
    bin as f64 / 100.0 - 0.5
}

fn median(mut values: Vec<f32>) -> Option<f64> {
    let half = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    let even = values.len().is_multiple_of(2);
    let (below, &mut upper, _) = values.select_nth_unstable_by(half, f32::total_cmp);
    let lower = if even { below.iter().copied().fold(f32::NEG_INFINITY, f32::max) } else { upper };
    Some(f64::from((lower + upper) / 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame with one peak at a frequency between two bins.
    fn frame(frequency: f64, step: f64) -> Vec<f32> {
        (0..1025).map(|k| (-(k as f64 - frequency / step).powi(2) / 2.0).exp() as f32).collect()
    }

    #[test]
    fn a_tone_a_tenth_of_a_semitone_high() {
        let mut peaks = Peaks::new(22050.0);
        let step = 22050.0 / 2048.0;
        for octave in 2..5 {
            let frequency = 27.5 * 2f64.powf(f64::from(octave) + (5.0 + 0.105) / 12.0);
            peaks.frame(&frame(frequency, step), 1.0);
        }
        let tuning = peaks.tuning(100).unwrap();
        assert!((tuning - 0.1).abs() < 0.045, "{tuning}");
    }

    #[test]
    fn silence_has_no_tuning() {
        let mut peaks = Peaks::new(44100.0);
        peaks.frame(&[0.0; 1025], 0.0);
        assert_eq!(peaks.tuning(100), None);
    }
}
