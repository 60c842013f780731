//! How near the machine's limit is a training step? `cargo bench --bench peak` prints the multiply-adds that this
//! machine can do at most, and what share of them each network's step does. Multiply-adds with
//! a zero count as if they were done, though many are skipped. Before that, what a matrix product makes of each instruction
//! set that this machine has; after it, how much memory the steps took at most, and what a row costs in small batches and in
//! large ones.

mod common;

use common::{named, networks, rows, step};
use ndarray::{Array2, Array3, Axis};
use rayon::prelude::*;
use std::time::{Duration, Instant};
use tonegrad::Seed;
use tonegrad::isa::Isa;
use tonegrad::linalg::{gemm_on, peak};
use tonegrad::nn::Model;
use tonegrad::optim::{Adam, State};
use tonegrad::product::Write;

/// How often the network applies each of its kernels to an example.
fn uses(name: &str, kernel: usize) -> usize {
    match (name, kernel) {
        ("genre_cnn", convolution @ 0..3) => [518, 257, 253][convolution],
        ("spectrogram_a", convolution @ 0..3) => [98 * 98, 47 * 47, 21 * 21][convolution],
        ("spectrogram_b", convolution @ 0..3) => [128 * 259, 64 * 130, 33 * 66][convolution],
        _ => 1,
    }
}

/// Floating-point operations of a step's matrix products: two for each weight, use and example, once forward, once for the
/// weights' gradient, and once for the input's, except in the first layer.
fn operations(name: &str, model: &Model<f32>, batch: usize) -> usize {
    let kernels = model.params().iter().filter(|p| p.name.ends_with("kernel"));
    let products = kernels.enumerate().map(|(i, kernel)| {
        let passes = if i == 0 { 2 } else { 3 };
        2 * passes * batch * kernel.value.len() * uses(name, i)
    });
    products.sum()
}

/// The fastest of the steps that fit into two seconds, and of five at least: the first ones ask for memory. In seconds.
fn fastest_step(model: &mut Model<f32>, batch: usize) -> f64 {
    let x = model.batch(rows(model.network(), batch).view());
    let labels: Vec<usize> = (0..batch).map(|i| i % model.output()[0]).collect();
    let adam = Adam::new(1e-3);
    let mut state = State::new(&adam, model.params());
    let began = Instant::now();
    let (mut fastest, mut steps) = (f64::INFINITY, 0);
    while steps < 5 || began.elapsed() < Duration::from_secs(2) {
        steps += 1;
        let start = Instant::now();
        step(model, &x, &labels, &adam, &mut state);
        fastest = fastest.min(start.elapsed().as_secs_f64());
    }
    fastest
}

/// Floating-point operations a second in a matrix product by this instruction set, on one thread: the best within a second.
fn product(isa: Isa) -> f64 {
    let (m, k, n) = (240, 512, 256);
    let [a, b] = [[m, k], [k, n]].map(|shape| Array2::<f32>::from_elem(shape, 0.5));
    let (a, mut c) = (a.view().insert_axis(Axis(0)), Array3::zeros((1, m, n)));
    let began = Instant::now();
    let mut best = 0f64;
    while began.elapsed() < Duration::from_secs(1) {
        let start = Instant::now();
        gemm_on(isa, Write::Set, a, b.view(), c.view_mut());
        best = best.max((2 * m * k * n) as f64 / start.elapsed().as_secs_f64());
    }
    best
}

/// The most memory that this process ever had, where the system says (Linux): "188 MB".
fn most_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes: usize =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()?;
    Some(format!("{} MB", kilobytes / 1000))
}

fn main() {
    let second = Duration::from_secs(1);
    let all = rayon::current_num_threads();
    let one_thread = peak::<f32>(second);
    let all_threads: f64 = (0..all).into_par_iter().with_max_len(1).map(|_| peak::<f32>(second)).sum();
    println!("f32 multiply-adds: {:.0} GF/s on one thread, {:.0} on {all}", one_thread / 1e9, all_threads / 1e9);
    let products = Isa::available().into_iter().map(|isa| format!("{:.0} ({isa:?})", product(isa) / 1e9));
    println!("in a matrix product on one thread: {} GF/s", products.collect::<Vec<_>>().join(", "));
    println!("{:<14}{:>8}{:>12}{:>10}{:>16}", "network", "threads", "step", "GF/s", "of the peak");
    for (threads, peak) in [(1, one_thread), (all, all_threads)] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
        for (name, network, batch) in networks() {
            let mut model = network.build::<f32>(Seed(0)).expect("the networks fit");
            let seconds = pool.install(|| fastest_step(&mut model, batch));
            let speed = operations(name, &model, batch) as f64 / seconds;
            let share = 100.0 * speed / peak;
            println!("{name:<14}{threads:>8}{:>9.2} ms{:>10.0}{share:>14.0} %", seconds * 1e3, speed / 1e9);
        }
    }
    if let Some(memory) = most_memory() {
        println!("memory, at most: {memory}");
    }
    print!("genre_cnn, ms a row in batches of");
    let mut model = named("genre_cnn").0.build::<f32>(Seed(0)).expect("the paper's network fits");
    for batch in [50, 100, 200, 400, 800, 1600, 3200] {
        print!(" {batch}: {:.2}", fastest_step(&mut model, batch) * 1e3 / batch as f64);
    }
    println!();
}
