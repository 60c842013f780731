//! Features of sound: 30 seconds of 44.1 kHz, made here; and of a file, if `AUDIO_BENCH` names one.

use divan::Bencher;
use divan::counter::ItemsCount;
use tonegrad::audio::{Families, Family, LogMel, Samples, Song, Target, features};

const RATE: f64 = 44_100.0;

fn main() {
    divan::main();
}

/// Chords, noise and drums of no beauty.
fn music(seconds: usize) -> Vec<f32> {
    let mut noise = 1u32;
    let sample = |i: usize| {
        let t = i as f64 / RATE;
        let chord = [0.0, 4.0, 7.0, 12.0, 19.0];
        let root = 110.0 * 2f64.powf((t as usize % 5) as f64 / 12.0);
        let tones: f64 = chord.iter().map(|n| (t * root * 2f64.powf(n / 12.0) * std::f64::consts::TAU).sin()).sum();
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let hiss = f64::from(noise >> 8) / f64::from(1 << 24) - 0.5;
        (0.1 * tones + 0.1 * hiss * (-8.0 * (t * 2.0).fract()).exp()) as f32
    };
    (0..seconds * RATE as usize).map(sample).collect()
}

/// The features of some families.
fn of(bencher: Bencher, target: Target, families: Families) {
    let x = music(30);
    bencher
        .counter(ItemsCount::new(x.len()))
        .bench_local(|| features(&mut Samples { samples: &x, rate: RATE }, target, families));
}

#[divan::bench(sample_count = 10, args = [Target::Fma, Target::Librosa])]
fn all(bencher: Bencher, target: Target) {
    of(bencher, target, Families::all());
}

#[divan::bench(sample_count = 10, args = Family::ALL)]
fn family(bencher: Bencher, family: &Family) {
    of(bencher, Target::Fma, Families::of([*family]));
}

#[divan::bench(sample_count = 10)]
fn cqt(bencher: Bencher) {
    of(bencher, Target::Fma, Families::of([Family::ChromaCqt, Family::ChromaCens, Family::Tonnetz]));
}

#[divan::bench(sample_count = 10)]
fn log_mel(bencher: Bencher) {
    let x = music(30);
    let samples = || Samples { samples: &x, rate: RATE };
    bencher.counter(ItemsCount::new(x.len())).bench_local(|| LogMel::librosa().spectrogram(&mut samples()));
}

/// The song that `AUDIO_BENCH` names.
fn song() -> Option<impl Fn() -> Song> {
    let path = std::env::var("AUDIO_BENCH").ok()?;
    Some(move || Song::open(&path, Target::Fma).expect("AUDIO_BENCH names a song"))
}

#[divan::bench(sample_count = 10)]
fn decode(bencher: Bencher) {
    if let Some(open) = song() {
        bencher.bench_local(|| open().samples());
    }
}

#[divan::bench(sample_count = 10)]
fn decode_and_features(bencher: Bencher) {
    if let Some(open) = song() {
        bencher.bench_local(|| features(&mut open(), Target::Fma, Families::all()));
    }
}
