//! Reading FMA's tables: synthetic ones of 5,000 tracks, written in FMA's layout (45 MB of features.csv).

use divan::Bencher;
use divan::counter::BytesCount;
use std::fs;
use tonegrad::Seed;
use tonegrad::fma::{FmaReader, synthetic};

const TRACKS: usize = 5_000;

fn main() {
    divan::main();
}

#[divan::bench(sample_count = 10)]
fn read_features(bencher: Bencher) {
    let folder = tempfile::tempdir().expect("a folder to write to");
    let tables = synthetic::tables(Seed(0), TRACKS);
    fs::write(folder.path().join("tracks.csv"), &tables.tracks).expect("room for the tables");
    fs::write(folder.path().join("features.csv"), &tables.features).expect("room for the tables");
    bencher
        .counter(BytesCount::new(tables.features.len()))
        .bench_local(|| FmaReader::new().read(folder.path()).expect("the tables are in order"));
}
