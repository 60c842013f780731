//! The constant-Q transform: how much there is of each of 84 semitones, C1 to B7, as time goes by.
//!
//! A Fourier transform has the same bandwidth everywhere; music has twelve tones to each octave, so that high tones may be
//! heard in short frames and low ones need long ones (Brown 1991; by octaves: Schörkhuber and Klapuri 2010).
//!
//! ```text
//! f[k] = 440 * 2^(-45/12) * 2^(tuning/12) * 2^(k/12)                            k = 0 ... 83
//! L[k] = Q rate / f[k] samples                                                  Q is about 17
//! C[k, t] = sqrt(1 / L[k]) * | sum over i of x[512 t + i] w[i] e^(-2 pi j f[k] i / rate) |,  w a Hann window of sum L
//!
//!   B7 | ::::::::::::  12 filters on x
//!   B6 | ::::::::::::  the same 12 on x at half the rate
//!    . |      .
//!   B1 | ::::::::::::  the same 12 on x at 1/64 of the rate
//!      |_____________ t
//! ```
//!
//! One octave down is the same at half the rate: twelve filters do for all seven. They are applied in the frequency domain,
//! with those of their values that are worth it: the smallest, which together are 1 % of a filter, count as 0. Values are
//! at least 0; a full-scale tone on a filter's frequency gives about half of sqrt(L).

use super::decimate::Decimator;
use super::frames::Frames;
use super::stft::{Fft, HOP};
use super::target::Target;
use super::window::hann;
use crate::isa::vectorized;
use crate::{Error, Result};
use realfft::{RealFftPlanner, num_complex::Complex};
use std::f64::consts::TAU;

/// Tones in an octave.
pub const TONES: usize = 12;
/// Octaves, from C1 on.
pub const OCTAVES: usize = 7;

/// The lowest frequency, C1, in Hz.
fn c1() -> f64 {
    440.0 * 2f64.powf(-45.0 / 12.0)
}

/// The frequency from which on a rate has no room for the transform: where the highest filter ends.
fn cutoff(target: Target, tuning: f64) -> f64 {
    let tuning = if target == Target::Librosa { tuning } else { 0.0 };
    c1() * 2f64.powf((83.0 + tuning) / 12.0) * (1.0 + 0.75009 / target.q())
}

/// By how many octaves the signal is decimated before anything else: as far as the highest filter allows.
fn early(target: Target, tuning: f64, rate: f64) -> usize {
    let room = if target == Target::Fma { 0.85 } else { 1.0 };
    let octaves = (room * rate / 2.0 / cutoff(target, tuning)).log2().ceil() - 2.0;
    octaves.clamp(0.0, 3.0) as usize
}

/// Twelve filters for one octave, in the frequency domain.
struct Filters {
    points: usize,
    /// For each filter the first bin, and its values from there on.
    rows: Vec<(usize, Vec<Complex<f64>>)>,
}

impl Filters {
    /// Those of the highest octave at a rate.
    fn new(target: Target, tuning: f64, rate: f64) -> Filters {
        let frequency = |k: usize| c1() * 2f64.powf((tuning + k as f64) / 12.0);
        let length = |k: usize| target.q() * rate / frequency(k);
        let top = TONES * (OCTAVES - 1)..TONES * OCTAVES;
        let points = (length(top.start).log2().ceil().exp2() as usize).max(2);
        let plan = RealFftPlanner::<f64>::new().plan_fft_forward(points);
        let row = |k: usize| {
            let length = length(k);
            let (window, first) = match target {
                Target::Fma => {
                    let mut window = hann(length.floor() as usize);
                    window.resize(length.ceil() as usize, 0.0);
                    (window, 0.0)
                }
                Target::Librosa => {
                    let (first, end) = ((-length / 2.0).floor(), (length / 2.0).floor());
                    (hann((end - first) as usize), first)
                }
            };
            let scale = length / points as f64 / window.iter().sum::<f64>();
            let offset = (points - window.len()) / 2;
            let wave = |i: usize| TAU * frequency(k) * (first + i as f64) / rate;
            // The transform of a complex signal, as those of its two parts.
            let part = |turn: fn(f64) -> f64| {
                let mut input = plan.make_input_vec();
                window.iter().enumerate().for_each(|(i, w)| input[offset + i] = scale * w * turn(wave(i)));
                let mut output = plan.make_output_vec();
                let done = plan.process(&mut input, &mut output);
                debug_assert!(done.is_ok(), "the plan made these buffers");
                output
            };
            let (re, im) = (part(f64::cos), part(f64::sin));
            let (first, mut filter) =
                sparse(re.iter().zip(im).map(|(re, im)| Complex::new(re.re - im.im, re.im + im.re)).collect());
            // librosa 0.5.0 multiplies by the conjugate of the spectrum, which has the same magnitude as this; later
            // versions do not, which turns the filter round.
            if target == Target::Fma {
                filter.iter_mut().for_each(|c| *c = c.conj());
            }
            (first, filter)
        };
        Filters { points, rows: top.map(row).collect() }
    }
}

/// A filter without its smallest values, those below the first whose cumulated share of all reaches 1 %.
fn sparse(mut filter: Vec<Complex<f64>>) -> (usize, Vec<Complex<f64>>) {
    let mut sizes: Vec<f64> = filter.iter().map(|c| c.norm()).collect();
    sizes.sort_by(f64::total_cmp);
    let (all, mut sum) = (sizes.iter().sum::<f64>(), 0.0);
    let reached = sizes.iter().position(|size| {
        sum += size / all;
        sum >= 0.01
    });
    let threshold = sizes[reached.unwrap_or(0)];
    filter.iter_mut().filter(|c| c.norm() < threshold).for_each(|c| *c = Complex::default());
    let kept = |c: &Complex<f64>| *c != Complex::default();
    let (first, last) = (filter.iter().position(kept).unwrap_or(0), filter.iter().rposition(kept).unwrap_or(0));
    (first, filter[first..=last].to_vec())
}

/// One octave: its signal cut into frames, and the number of the next.
struct Octave {
    frames: Frames,
    frame: usize,
    /// 1 / sqrt(L) of each tone.
    scale: [f64; TONES],
}

/// The transform of a signal that arrives in pieces.
pub(super) struct Cqt {
    filters: Filters,
    fft: Fft,
    /// Before the first octave, where the rate is high enough.
    early: Option<Decimator>,
    /// From the highest octave down.
    octaves: Vec<Octave>,
    /// From one octave to the next.
    halvings: Vec<Decimator>,
    shortest: usize,
    received: usize,
}

impl Cqt {
    /// For a signal of some rate in Hz; `tuning` is in semitones.
    ///
    /// # Errors
    /// When the rate is too low for the highest tones.
    pub fn new(target: Target, tuning: f64, rate: f64) -> Result<Cqt> {
        if cutoff(target, tuning) > rate / 2.0 {
            return Err(Error::data("constant-Q transform")
                .found(format!("a rate of {rate} Hz"))
                .wanted(format!("at least {:.0} Hz, for the tones up to B7", 2.0 * cutoff(target, tuning))));
        }
        let factor = 1 << early(target, tuning, rate);
        let (rate, hop) = (rate / factor as f64, HOP / factor);
        let filters = Filters::new(target, tuning, rate);
        let octave = |octave: usize| {
            let length = |tone: usize| {
                let k = TONES * (OCTAVES - 1 - octave) + tone;
                target.q() * rate / (c1() * 2f64.powf((tuning + k as f64) / 12.0))
            };
            let frames = Frames::new(filters.points, hop >> octave, target.padding());
            Octave { frames, frame: 0, scale: std::array::from_fn(|tone| length(tone).sqrt().recip()) }
        };
        Ok(Cqt {
            fft: Fft::new(filters.points),
            octaves: (0..OCTAVES).map(octave).collect(),
            // Half of the samples carry half of the energy, and the filters stand for longer ones: sqrt(2) each.
            halvings: (1..OCTAVES).map(|_| Decimator::new(target, 2, 2.0)).collect(),
            early: (factor > 1).then(|| Decimator::new(target, factor, (factor as f64).sqrt())),
            // What librosa 0.5.0 refuses to halve six times, and what can be decimated at all.
            shortest: if target == Target::Fma { factor * 32 + 1 } else { factor },
            filters,
            received: 0,
        })
    }

    /// Takes a piece of the signal. `each` gets the tones of an octave (0 is the highest) in a frame.
    pub fn push(&mut self, samples: &[f64], mut each: impl FnMut(usize, usize, &[f64; TONES])) {
        self.received += samples.len();
        let Cqt { filters, fft, early, octaves, halvings, .. } = self;
        let mut signal = match early {
            Some(early) => early.push(samples),
            None => samples,
        };
        let mut halvings = halvings.iter_mut();
        for (number, Octave { frames, frame, scale }) in octaves.iter_mut().enumerate() {
            frames.push(signal, |samples| {
                let spectrum = fft.spectrum(|input| input.copy_from_slice(samples));
                each(number, *frame, &respond(&filters.rows, spectrum, scale));
                *frame += 1;
            });
            if let Some(halving) = halvings.next() {
                signal = halving.push(signal);
            }
        }
    }

    /// The end of the signal. Returns the number of frames that every octave has.
    ///
    /// # Errors
    /// When the signal is too short for seven octaves.
    pub fn finish(self, mut each: impl FnMut(usize, usize, &[f64; TONES])) -> Result<usize> {
        let Cqt { filters, mut fft, early, octaves, halvings, shortest, received } = self;
        if received < shortest {
            return Err(Error::data("constant-Q transform")
                .found(format!("{received} samples"))
                .wanted(format!("at least {shortest}, for seven octaves")));
        }
        let mut tail = early.map(Decimator::finish).unwrap_or_default();
        let (mut halvings, mut all) = (halvings.into_iter(), usize::MAX);
        for (number, Octave { mut frames, mut frame, scale }) in octaves.into_iter().enumerate() {
            let mut emit = |samples: &[f64]| {
                let spectrum = fft.spectrum(|input| input.copy_from_slice(samples));
                each(number, frame, &respond(&filters.rows, spectrum, &scale));
                frame += 1;
            };
            frames.push(&tail, &mut emit);
            frames.finish(&mut emit);
            all = all.min(frame);
            if let Some(mut halving) = halvings.next() {
                let mut rest = halving.push(&tail).to_vec();
                rest.extend(halving.finish());
                tail = rest;
            }
        }
        Ok(all)
    }
}

vectorized! {
    /// The twelve tones of one frame of an octave: | sum over k of filter[k] spectrum[k] |, times the tone's scale.
    fn respond(filters: &[(usize, Vec<Complex<f64>>)], spectrum: &[Complex<f64>], scale: &[f64; TONES]) -> [f64; TONES] {
        let mut squares = [0.0; TONES];
        for ((first, filter), square) in filters.iter().zip(&mut squares) {
            // The spectrum times the real parts of the filter, and times its imaginary ones.
            let (mut by_re, mut by_im) = ([0.0; 2], [0.0; 2]);
            for (f, x) in filter.iter().zip(&spectrum[*first..]) {
                by_re = [f.re.mul_add(x.re, by_re[0]), f.re.mul_add(x.im, by_re[1])];
                by_im = [f.im.mul_add(x.re, by_im[0]), f.im.mul_add(x.im, by_im[1])];
            }
            let (re, im) = (by_re[0] - by_im[1], by_re[1] + by_im[0]);
            *square = re * re + im * im;
        }
        std::array::from_fn(|tone| squares[tone].sqrt() * scale[tone])
    }
}
