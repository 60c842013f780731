//! `chroma_stft`: how strong each of the twelve pitch classes is, from the short-time Fourier transform.
//!
//! ```text
//! q[k]    = 12 log2(f[k] / (A / 16)),  f[k] = k rate / 2048, k = 1 ... 2047,  A = 440 * 2^(tuning/12);  q[0] = q[1] - 18
//! w[k]    = max(q[k + 1] - q[k], 1), the last one 1                a bin's width in semitones
//! D       = mod(q[k] - c + 6 + 120, 12) - 6                        how far the bin is from class c
//! W[c, k] = e^(-(2 D / w[k])^2 / 2), each column divided by its Euclidean norm,
//!           times e^(-((q[k] / 12 - 5) / 2)^2 / 2)                 the octaves around A5 count most
//! row c   = sum over k of W[c, k] S[k]^2, divided by the largest of the frame; c = 0 is C
//!
//!      B |  .    .   .  . ...
//!        | .    .   .  . ...        each class gathers its octaves
//!      C |.    .   .  . ...
//!        |____________________ k
//! ```
//!
//! The rate is the nominal one, 22,050 Hz, whatever the file's: FMA's script passes no other. Values lie from 0 to 1, and
//! the largest of a frame is 1; a silent frame is 0.

#![allow(clippy::needless_range_loop, reason = "lanes and classes are numbered")]

use super::chroma_cqt::by_largest;
use super::cqt::TONES;
use super::rows::Rows;
use super::stft::{BINS, FRAME};
use crate::isa::vectorized;

/// The filter bank at some rate and tuning, of a transform of so many points: for each of its `points / 2 + 1` bins the
/// weight in each class.
pub fn filter_bank(rate: f64, points: usize, tuning: f64, octave: f64, width: f64) -> Vec<[f64; TONES]> {
    let a = 440.0 * 2f64.powf(tuning / 12.0);
    let q = |k: usize| 12.0 * (k as f64 * rate / points as f64 / (a / 16.0)).log2();
    let bin = |k: usize| {
        let here = if k == 0 { q(1) - 18.0 } else { q(k) };
        let w = if k + 1 < points { (q(k + 1) - here).max(1.0) } else { 1.0 };
        let mut weights: [f64; TONES] = std::array::from_fn(|c| {
            // The formula counts from A; row 0 is C, three classes on.
            let class = ((c + 3) % TONES) as f64;
            let d = (here - class + 6.0 + 120.0).rem_euclid(12.0) - 6.0;
            (-0.5 * (2.0 * d / w).powi(2)).exp()
        });
        let norm = weights.iter().map(|w| w * w).sum::<f64>().sqrt();
        let bell = (-0.5 * ((here / 12.0 - octave) / width).powi(2)).exp();
        weights.iter_mut().for_each(|w| *w *= bell / norm);
        weights
    };
    (0..=points / 2).map(bin).collect()
}

/// The family, frame by frame.
pub(super) struct ChromaStft {
    bank: Vec<[f64; TONES]>,
    power: Vec<f32>,
    rows: Rows,
}

impl ChromaStft {
    pub fn new(rate: f64, tuning: f64) -> ChromaStft {
        let bank = filter_bank(rate, FRAME, tuning, 5.0, 2.0);
        ChromaStft { bank, power: vec![0.0; BINS], rows: Rows::new(TONES) }
    }

    /// Takes the magnitudes of a frame.
    pub fn frame(&mut self, s: &[f32]) {
        self.power.iter_mut().zip(s).for_each(|(power, s)| *power = s * s);
        self.rows.push(by_largest(gather(&self.bank, &self.power)));
    }

    pub fn finish(self) -> Rows {
        self.rows
    }
}

vectorized! {
    fn gather(bank: &[[f64; TONES]], power: &[f32]) -> [f64; TONES] {
        // Four sums for each class: one alone would wait for itself at every bin.
        let mut sums = [[0.0; TONES]; 4];
        let mut bins = bank.chunks_exact(4).zip(power.chunks_exact(4));
        for (weights, power) in &mut bins {
            for i in 0..4 {
                let power = f64::from(power[i]);
                for c in 0..TONES {
                    sums[i][c] = weights[i][c].mul_add(power, sums[i][c]);
                }
            }
        }
        let done = bank.len() / 4 * 4;
        for (weights, power) in bank[done..].iter().zip(&power[done..]) {
            for c in 0..TONES {
                sums[0][c] = weights[c].mul_add(f64::from(*power), sums[0][c]);
            }
        }
        let mut all = [0.0; TONES];
        for c in 0..TONES {
            all[c] = (sums[0][c] + sums[1][c]) + (sums[2][c] + sums[3][c]);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_a_belongs_to_class_nine() {
        let bank = filter_bank(22050.0, FRAME, 0.0, 5.0, 2.0);
        let at = (880.0 * 2048.0 / 22050.0f64).round() as usize;
        let best = (0..TONES).max_by(|&a, &b| bank[at][a].total_cmp(&bank[at][b])).unwrap();
        assert_eq!(best, 9);
        // Half a semitone of tuning moves the classes by as much.
        let high = filter_bank(22050.0, FRAME, 0.5, 5.0, 2.0);
        assert!(high[at][9] < bank[at][9]);
    }

    #[test]
    fn sums_are_those_of_the_plain_loop() {
        let bank = filter_bank(22050.0, FRAME, 0.1, 5.0, 2.0);
        let power: Vec<f32> = (0..BINS).map(|k| ((k * 37) % 101) as f32).collect();
        let found = gather(&bank, &power);
        for c in 0..TONES {
            let wanted: f64 = bank.iter().zip(&power).map(|(w, p)| w[c] * f64::from(*p)).sum();
            assert!((found[c] - wanted).abs() < 1e-9 * wanted);
        }
    }
}
