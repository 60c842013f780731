//! Features of sound: 30 seconds of 44.1 kHz, made here; and of a file, if `AUDIO_BENCH` names one.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::time::Duration;
use tonegrad::audio::{Families, Family, LogMel, Samples, Song, Target, features};

const RATE: f64 = 44_100.0;

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

fn audio(c: &mut Criterion) {
    let x = music(30);
    let mut group = c.benchmark_group("audio");
    group.sample_size(10).measurement_time(Duration::from_secs(3)).throughput(Throughput::Elements(x.len() as u64));
    let mut of = |name: &str, target: Target, families: Families| {
        group.bench_function(name, |b| b.iter(|| features(&mut Samples { samples: &x, rate: RATE }, target, families)));
    };
    of("features", Target::Fma, Families::all());
    of("features_librosa", Target::Librosa, Families::all());
    for &family in Family::ALL {
        of(family.name(), Target::Fma, Families::of([family]));
    }
    of("cqt", Target::Fma, Families::of([Family::ChromaCqt, Family::ChromaCens, Family::Tonnetz]));
    group.bench_function("log_mel", |b| {
        b.iter(|| LogMel::librosa().spectrogram(&mut Samples { samples: &x, rate: RATE }))
    });
    if let Ok(path) = std::env::var("AUDIO_BENCH") {
        let open = || Song::open(&path, Target::Fma).expect("AUDIO_BENCH names a song");
        group.bench_function("decode", |b| b.iter(|| open().samples()));
        group.bench_function("decode_and_features", |b| {
            b.iter(|| features(&mut open(), Target::Fma, Families::all()));
        });
    }
    group.finish();
}

criterion_group!(benches, audio);
criterion_main!(benches);
