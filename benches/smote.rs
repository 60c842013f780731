//! Neighbours and SMOTE at the size of FMA: 518 features, 16 genres, the three largest capped at 6,000 rows.

use divan::{Bencher, black_box};
use ndarray::{Array2, s};
use rand::RngExt;
use rand_distr::StandardNormal;
use tonegrad::Seed;
use tonegrad::balance::Smote;
use tonegrad::data::{Dataset, Train};
use tonegrad::neighbours::nearest_others;

/// Tracks of each genre in FMA, none above 6,000.
const COUNTS: [usize; 16] = [6000, 6000, 6000, 3552, 2803, 2332, 2079, 1389, 1230, 571, 554, 423, 194, 175, 110, 24];
const FEATURES: usize = 518;

fn main() {
    divan::main();
}

fn genres() -> Train {
    let mut rng = Seed(1).stream("bench");
    let y: Vec<_> = COUNTS.iter().enumerate().flat_map(|(class, &n)| vec![class; n]).collect();
    let x = Array2::from_shape_simple_fn((y.len(), FEATURES), || rng.sample(StandardNormal));
    Train::new(
        Dataset::new(x, y, (0..COUNTS.len()).map(|class| format!("genre {class}"))).expect("as many classes as rows"),
    )
}

#[divan::bench(sample_count = 10)]
fn neighbours(bencher: Bencher) {
    let train = genres();
    let hip_hop = train.x().slice_move(s![18_000..18_000 + COUNTS[3], ..]);
    bencher.bench_local(|| nearest_others(black_box(hip_hop), 5));
}

#[divan::bench(sample_count = 10)]
fn balance(bencher: Bencher) {
    let train = genres();
    bencher.bench_local(|| Smote::default().balance(black_box(&train), Seed(1)).expect("every genre has neighbours"));
}
