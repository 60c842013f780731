//! Reading FMA's tables: synthetic ones of 5,000 tracks, written in FMA's layout (45 MB of features.csv).

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::fs;
use tonegrad::Seed;
use tonegrad::fma::{FmaReader, synthetic};

const TRACKS: usize = 5_000;

fn read(c: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder to write to");
    let tables = synthetic::tables(Seed(0), TRACKS);
    fs::write(folder.path().join("tracks.csv"), &tables.tracks).expect("room for the tables");
    fs::write(folder.path().join("features.csv"), &tables.features).expect("room for the tables");
    let mut group = c.benchmark_group("fma");
    group.sample_size(10).throughput(Throughput::Bytes(tables.features.len() as u64));
    group.bench_function("read_features", |b| b.iter(|| FmaReader::new().read(folder.path())));
    group.finish();
}

criterion_group!(benches, read);
criterion_main!(benches);
