//! Decimation: a low-pass filter, then every D-th sample.
//!
//! ```text
//! y[m] = gain * sum over |i| <= W of h[|i|] x[D m + i]                     x is 0 outside of the signal
//! h[i] = c/D sinc(c i / D) I0(b sqrt(1 - (i / (D z))^2)) / I0(b)           sinc(u) = sin(pi u) / (pi u), W < D z
//!
//!   h |      .                    |X| |--------.
//!     |     . .                       |         .
//!     |..  .   .  ..                  |          .____
//!     |  ..     ..                    |_______________
//!       -W   0    W                   0   half the new rate
//! ```
//!
//! A sinc under a Kaiser window, I0 being the modified Bessel function.
//!
//! | | c | b | z |
//! |---|---|---|---|
//! | librosa 0.5.0: resampy, `kaiser_fast` | 0.85 | 8.555504641634386 | 16 |
//! | librosa 0.11: soxr, `HQ` | 0.95687182 | 13.040037 | 97.25 |
//!
//! resampy loses up to 29 taps in the last outputs: those with i > 0 are used only up to i = n - D m - 16 D + 2. The figures
//! for soxr are fitted to its answer to an impulse: for D = 2 they meet it to the last digit of single precision, in which
//! soxr computes (4e-8); for 4 and 8, where it takes more than one step, to 2e-6.

#![allow(clippy::needless_range_loop, reason = "lanes and classes are numbered")]

use super::target::Target;
use crate::isa::vectorized;
use std::f64::consts::PI;

/// Outputs that one pass over the taps computes: as many as fit into vector registers.
const TOGETHER: usize = 16;

/// c, b and z of the filter.
fn design(target: Target) -> (f64, f64, f64) {
    match target {
        Target::Fma => (0.85, 8.555504641634386, 16.0),
        Target::Librosa => (0.95687182, 13.040037, 97.25),
    }
}

/// One decimation by 2, 4 or 8, of a signal that arrives in pieces.
pub(super) struct Decimator {
    factor: usize,
    /// Taps on each side of the middle.
    side: usize,
    /// The taps in the order of i = -W ... W, by the phase (W + i) mod D, so that each phase runs over neighbours.
    phases: Vec<Vec<f64>>,
    /// The middle and one side, for the end of the signal.
    taps: Vec<f64>,
    faulty_end: bool,
    /// Samples from x[origin - W] on.
    buffer: Vec<f64>,
    origin: usize,
    received: usize,
    /// The next output.
    next: usize,
    split: Vec<f64>,
    output: Vec<f64>,
}

impl Decimator {
    pub fn new(target: Target, factor: usize, gain: f64) -> Decimator {
        let (cut, beta, crossings) = design(target);
        let width = crossings * factor as f64;
        let side = width.ceil() as usize - 1;
        let tap = |i: usize| {
            let position = i as f64 / width;
            let window = bessel_i0(beta * (1.0 - position * position).sqrt()) / bessel_i0(beta);
            gain * cut / factor as f64 * sinc(cut * i as f64 / factor as f64) * window
        };
        let taps: Vec<f64> = (0..=side).map(tap).collect();
        let both: Vec<f64> = (0..=2 * side).map(|j| taps[j.abs_diff(side)]).collect();
        let phases = (0..factor).map(|phase| both.iter().skip(phase).step_by(factor).copied().collect()).collect();
        Decimator {
            factor,
            side,
            phases,
            taps,
            faulty_end: target == Target::Fma,
            buffer: vec![0.0; side],
            origin: 0,
            received: 0,
            next: 0,
            split: Vec::new(),
            output: Vec::new(),
        }
    }

    /// Takes a piece of the signal, and returns the outputs that it completes.
    pub fn push(&mut self, samples: &[f64]) -> &[f64] {
        self.buffer.extend_from_slice(samples);
        self.received += samples.len();
        self.output.clear();
        // However soon the signal ends, these outputs have all of their taps: D m + 2 W + 2 <= received.
        let safe = (self.received + self.factor).saturating_sub(2 * self.side + 2) / self.factor;
        let outputs = safe.saturating_sub(self.next) / TOGETHER * TOGETHER;
        if outputs > 0 {
            let x = &self.buffer[self.next * self.factor - self.origin..];
            let x = &x[..x.len().min(outputs * self.factor + 2 * self.side + 1)];
            self.output.resize(outputs, 0.0);
            for (phase, taps) in self.phases.iter().enumerate() {
                let split = match self.factor {
                    2 => every::<2>(&x[phase..], &mut self.split),
                    4 => every::<4>(&x[phase..], &mut self.split),
                    _ => every::<8>(&x[phase..], &mut self.split),
                };
                filter(taps, split, &mut self.output);
            }
            self.next += outputs;
            let done = self.next * self.factor - self.origin;
            self.buffer.drain(..done);
            self.origin += done;
        }
        &self.output
    }

    /// The end of the signal: the outputs that are left.
    pub fn finish(mut self) -> Vec<f64> {
        let n = self.received;
        let whole = if self.faulty_end { n / self.factor } else { n.div_ceil(self.factor) };
        self.buffer.resize(self.buffer.len() + 2 * self.side + self.factor, 0.0);
        let output = |m: usize| {
            let middle = self.factor * m - self.origin + self.side;
            let last = match self.faulty_end {
                true => (n + 2).saturating_sub(self.factor * m + self.side + 1).min(self.side),
                false => self.side,
            };
            let before: f64 = (1..=self.side).map(|i| self.taps[i] * self.buffer[middle - i]).sum();
            let after: f64 = (1..=last).map(|i| self.taps[i] * self.buffer[middle + i]).sum();
            before + self.taps[0] * self.buffer[middle] + after
        };
        let mut rest: Vec<f64> = (self.next..whole).map(output).collect();
        rest.resize(n.div_ceil(self.factor) - self.next, 0.0);
        rest
    }
}

/// Every D-th value.
fn every<'s, const D: usize>(x: &[f64], split: &'s mut Vec<f64>) -> &'s [f64] {
    let (whole, rest) = x.as_chunks::<D>();
    split.clear();
    split.extend(whole.iter().map(|x| x[0]).chain(rest.first().copied()));
    split
}

vectorized! {
    /// y[m] += sum over q of taps[q] x[m + q], for a multiple of [`TOGETHER`] outputs.
    fn filter(taps: &[f64], x: &[f64], y: &mut [f64]) {
        for (block, y) in y.as_chunks_mut::<TOGETHER>().0.iter_mut().enumerate() {
            let x = &x[block * TOGETHER..];
            let mut sums = *y;
            for (q, tap) in taps.iter().enumerate() {
                let x = &x[q..q + TOGETHER];
                for i in 0..TOGETHER {
                    sums[i] = tap.mul_add(x[i], sums[i]);
                }
            }
            *y = sums;
        }
    }
}

fn sinc(z: f64) -> f64 {
    if z == 0.0 { 1.0 } else { (PI * z).sin() / (PI * z) }
}

/// The modified Bessel function I0, as the sum of ((z / 2)^k / k!)^2.
fn bessel_i0(z: f64) -> f64 {
    let (mut sum, mut term, mut k) = (1.0, 1.0, 0.0);
    while term > 1e-18 * sum {
        k += 1.0;
        term *= (z / (2.0 * k)) * (z / (2.0 * k));
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(x: &[f64], target: Target, factor: usize) -> Vec<f64> {
        let (cut, beta, crossings) = design(target);
        let (n, d) = (x.len() as isize, factor as isize);
        let side = (crossings * factor as f64).ceil() as isize - 1;
        let tap = |i: isize| {
            let part = i as f64 / (crossings * factor as f64);
            let window = bessel_i0(beta * (1.0 - part * part).sqrt()) / bessel_i0(beta);
            cut / factor as f64 * sinc(cut * i as f64 / factor as f64) * window
        };
        let used = |m: isize, i: isize| i <= 0 || target == Target::Librosa || i <= n - d * m - 16 * d + 2;
        let y = |m: isize| {
            let taps = (-side..=side).filter(|&i| used(m, i) && (0..n).contains(&(d * m + i)));
            taps.map(|i| tap(i) * x[(d * m + i) as usize]).sum()
        };
        let whole = if target == Target::Fma { n / d } else { (n + d - 1) / d };
        let mut all: Vec<f64> = (0..whole).map(y).collect();
        all.resize(x.len().div_ceil(factor), 0.0);
        all
    }

    #[test]
    fn any_pieces_give_the_formula() {
        for target in [Target::Fma, Target::Librosa] {
            for factor in [2, 4, 8] {
                for n in [1, 2, 3, 30, 61, 62, 63, 64, 301, 1500] {
                    let x: Vec<f64> = (0..n).map(|i| ((i * i * 7 + 3) % 23) as f64 - 11.0).collect();
                    for piece in [1, 50, 5000] {
                        let (mut decimator, mut y) = (Decimator::new(target, factor, 1.0), Vec::new());
                        x.chunks(piece).for_each(|x| y.extend_from_slice(decimator.push(x)));
                        y.extend(decimator.finish());
                        let wanted = plain(&x, target, factor);
                        assert_eq!(y.len(), wanted.len());
                        let off = y.iter().zip(&wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                        assert!(off < 1e-12, "{target}, by {factor}, {n} samples in pieces of {piece}: off by {off}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_constant_stays_and_a_high_tone_goes() {
        for target in [Target::Fma, Target::Librosa] {
            let middle = |x: &[f64]| {
                let mut decimator = Decimator::new(target, 2, 1.0);
                let mut y = decimator.push(x).to_vec();
                y.extend(decimator.finish());
                y[400..600].iter().map(|y| y.abs()).fold(0.0, f64::max)
            };
            assert!((middle(&[1.0; 2000]) - 1.0).abs() < 1e-3);
            let high: Vec<f64> = (0..2000).map(|i| (PI * 0.8 * i as f64).sin()).collect();
            assert!(middle(&high) < 1e-3);
        }
    }
}
