//! `mfcc`: mel-frequency cepstral coefficients, the shape of the spectrum as the ear hears it (Davis and Mermelstein 1980).
//!
//! ```text
//! P[i]    = power in mel band i of 128, from 0 Hz to half of the file's rate
//! dB[i]   = 10 log10(max(1e-10, P[i])), at least (the largest of the song) - 80
//! row m   = a[m] sum over i of dB[i] cos(pi m (i + 1/2) / 128)           m = 0 ... 19
//! a[m]    = sqrt(2 / 128), a[0] = sqrt(1 / 128)                          the orthonormal DCT-II
//!
//!   dB |'-.                       how much there is of a constant, of half a wave,
//!      |   '-._.-.      =         of a whole wave, ... along the bands
//!      |          '._
//! ```
//!
//! The first row is the loudness: sqrt(128) times the mean of the decibels, from -1131 on, and negative for most music. The
//! others lie between -500 and 500, most of them between -100 and 200.

#![allow(clippy::needless_range_loop, reason = "lanes and classes are numbered")]

use super::decibels::{RANGE, all_decibels};
use super::mel::{MelBands, MelScale};
use super::rows::Rows;
use super::stft::FRAME;
use crate::isa::vectorized;
use std::f64::consts::PI;

/// Mel bands.
const BANDS: usize = 128;
/// Coefficients.
pub const COEFFICIENTS: usize = 20;

/// The family, frame by frame. The floor needs the whole song, so that its decibels are kept: half a kilobyte a frame.
pub(super) struct Mfcc {
    bands: MelBands,
    power: Vec<f64>,
    decibels: Vec<f32>,
    largest: f32,
}

impl Mfcc {
    pub fn new(rate: f64) -> Mfcc {
        let bands = MelBands::new(MelScale::Slaney, true, rate, FRAME, BANDS, 0.0, rate / 2.0);
        Mfcc { bands, power: vec![0.0; BANDS], decibels: Vec::new(), largest: f32::NEG_INFINITY }
    }

    pub fn frame(&mut self, power: &[f32]) {
        self.bands.apply(power, &mut self.power);
        let begin = self.decibels.len();
        self.decibels.resize(begin + BANDS, 0.0);
        let frame = &mut self.decibels[begin..];
        all_decibels(&self.power, frame);
        self.largest = frame.iter().fold(self.largest, |a, &b| if b > a { b } else { a });
    }

    pub fn finish(self) -> Rows {
        // Transposed: for each band its part in every coefficient.
        let dct: Vec<[f64; COEFFICIENTS]> = (0..BANDS)
            .map(|i| {
                std::array::from_fn(|m| {
                    let scale = if m == 0 { 1.0 } else { 2.0 } / BANDS as f64;
                    scale.sqrt() * (PI * m as f64 * (i as f64 + 0.5) / BANDS as f64).cos()
                })
            })
            .collect();
        let floor = self.largest - RANGE as f32;
        let mut rows = Rows::new(COEFFICIENTS);
        self.decibels.chunks_exact(BANDS).for_each(|frame| rows.push(transform(&dct, frame, floor)));
        rows
    }
}

vectorized! {
    fn transform(dct: &[[f64; COEFFICIENTS]], decibels: &[f32], floor: f32) -> [f64; COEFFICIENTS] {
        let mut sums = [0.0; COEFFICIENTS];
        for (dct, decibels) in dct.iter().zip(decibels) {
            let decibels = f64::from(decibels.max(floor));
            for m in 0..COEFFICIENTS {
                sums[m] = dct[m].mul_add(decibels, sums[m]);
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::stft::BINS;

    #[test]
    fn a_flat_spectrum_in_decibels_has_only_loudness() {
        // Below every floor, all bands have -100 dB: sqrt(128) times that.
        let mut mfcc = Mfcc::new(44100.0);
        mfcc.frame(&[0.0; BINS]);
        let rows = mfcc.finish();
        assert!((rows.as_slice()[0][0] + 100.0 * 128f64.sqrt()).abs() < 1e-9);
        assert!(rows.as_slice()[1..].iter().all(|row| row[0].abs() < 1e-9));
    }

    #[test]
    fn the_floor_is_that_of_the_whole_song() {
        let mut mfcc = Mfcc::new(22050.0);
        mfcc.frame(&[0.0; BINS]);
        mfcc.frame(&[1e6; BINS]);
        let quiet = mfcc.finish().as_slice()[0][0];
        assert!(quiet > -100.0 * 128f64.sqrt() + 1.0, "{quiet}: a later frame lifts the floor of an earlier one");
    }
}
