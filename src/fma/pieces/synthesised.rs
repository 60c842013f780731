//! Sounds that are made up, for machines without music: bells, drums and strings, twelve recordings of each.
//!
//! ```text
//! bells     partials of a struck plate, 1 : 2.76 : 5.40 : 8.93, each note dying away
//! drums     bursts of filtered noise on a beat
//! strings   harmonics that fall as 1/n, with a slow vibrato
//! ```
//!
//! Pitch, tempo, loudness and noise are drawn for each recording. A figure on these sounds says that the machinery works,
//! nothing about music.

use super::sounds::Recording;
use crate::Seed;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::f64::consts::TAU;

/// The classes.
pub const CLASSES: [&str; 3] = ["bells", "drums", "strings"];
/// Recordings of each class: enough that whole ones can be held out.
const RECORDINGS: usize = 12;
/// Samples a second, and seconds of a recording.
const RATE: usize = 22_050;
const SECONDS: usize = 24;

/// All recordings; the same seed gives the same samples.
pub fn recordings(seed: Seed) -> Vec<Recording> {
    (0..CLASSES.len() * RECORDINGS).into_par_iter().map(|i| recording(seed, i)).collect()
}

/// A recording has a stream of its own, so that the bits do not depend on which thread makes it.
fn recording(seed: Seed, i: usize) -> Recording {
    let (class, number) = (i / RECORDINGS, i % RECORDINGS);
    let mut rng = seed.stream(&format!("synthesised recording {i}"));
    let samples = match class {
        0 => bells(&mut rng),
        1 => drums(&mut rng),
        _ => strings(&mut rng),
    };
    Recording { class, name: format!("{}/recording {number}", CLASSES[class]), samples, rate: RATE as f64 }
}

/// Adds noise of the recording's own, and brings the loudest sample to 0.9.
fn finished(mut samples: Vec<f32>, rng: &mut ChaCha8Rng) -> Vec<f32> {
    let noise = rng.random_range(0.01..0.3f32);
    samples.iter_mut().for_each(|x| *x += noise * rng.random_range(-1.0..1.0f32));
    let peak = samples.iter().fold(1e-3f32, |peak, x| peak.max(x.abs()));
    samples.iter_mut().for_each(|x| *x *= 0.9 / peak);
    samples
}

/// Begins of notes: a beat, now and then left out.
fn beats(rng: &mut ChaCha8Rng) -> Vec<usize> {
    let step = (RATE as f64 * rng.random_range(0.25..0.6)) as usize;
    (0..SECONDS * RATE).step_by(step).filter(|_| rng.random_range(0.0..1.0) < 0.8).collect()
}

fn bells(rng: &mut ChaCha8Rng) -> Vec<f32> {
    let mut samples = vec![0.0f32; SECONDS * RATE];
    let key = rng.random_range(200.0..600.0);
    for begin in beats(rng) {
        let pitch = key * 2f64.powf(f64::from(rng.random_range(0..12)) / 12.0);
        for (partial, ratio) in [1.0, 2.76, 5.40, 8.93].into_iter().enumerate() {
            ring(&mut samples[begin..], pitch * ratio, 0.5f64.powi(partial as i32), 0.4 / (1.0 + partial as f64));
        }
    }
    finished(samples, rng)
}

/// A tone that dies away, `seconds` to a third; by the recurrence of a rotation that shrinks.
fn ring(samples: &mut [f32], frequency: f64, loudness: f64, seconds: f64) {
    let shrink = (-1.0 / (seconds * RATE as f64)).exp();
    let (sin, cos) = (TAU * frequency / RATE as f64).sin_cos();
    let (mut x, mut y) = (0.0, loudness);
    for sample in samples.iter_mut().take((6.0 * seconds * RATE as f64) as usize) {
        *sample += x as f32;
        (x, y) = (shrink * (x * cos + y * sin), shrink * (y * cos - x * sin));
    }
}

fn drums(rng: &mut ChaCha8Rng) -> Vec<f32> {
    let mut samples = vec![0.0f32; SECONDS * RATE];
    let dark = rng.random_range(0.05..0.6f32);
    for begin in beats(rng) {
        let (mut loudness, mut low) = (1.0f32, 0.0f32);
        for sample in samples[begin..].iter_mut().take(RATE / 4) {
            low += dark * (rng.random_range(-1.0..1.0f32) - low);
            *sample += loudness * low;
            loudness *= 0.9985;
        }
    }
    finished(samples, rng)
}

fn strings(rng: &mut ChaCha8Rng) -> Vec<f32> {
    let mut samples = vec![0.0f32; SECONDS * RATE];
    let key = rng.random_range(100.0..400.0);
    let (vibrato, depth) = (rng.random_range(4.0..7.0), rng.random_range(0.003..0.01));
    let (mut phase, mut pitch) = (0.0f64, key);
    for (i, sample) in samples.iter_mut().enumerate() {
        if i % RATE == 0 {
            pitch = key * 2f64.powf(f64::from(rng.random_range(0..12)) / 12.0);
        }
        let now = pitch * (1.0 + depth * (TAU * vibrato * i as f64 / RATE as f64).sin());
        phase = (phase + now / RATE as f64).fract();
        // A saw is the sum of all harmonics, each 1/n.
        *sample = (2.0 * phase - 1.0) as f32;
    }
    finished(samples, rng)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sounds_are_sound_and_the_same_for_a_seed() {
        for i in [0, RECORDINGS, 2 * RECORDINGS] {
            let (one, same) = (recording(Seed(1), i), recording(Seed(1), i));
            assert!(one.samples == same.samples && one.samples.iter().all(|x| x.abs() <= 1.0), "{}", one.name);
            assert!(one.samples.iter().any(|x| x.abs() > 0.5) && recording(Seed(2), i).samples != one.samples);
        }
    }
}
