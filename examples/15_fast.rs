//! Chapter 15: the matrix product, made fast step by step, in GF/s on this machine.

use ndarray::Array2;
use std::time::{Duration, Instant};
use tonegrad::linalg::peak;
use tonegrad::product::{Write, gemm, par_gemm};

const N: usize = 480;
const BLOCK: usize = 96;

/// C = A·B by the definition: each element is a sum along a row of A and a column of B.
fn naive(a: &[f32], b: &[f32], c: &mut [f32]) {
    for i in 0..N {
        for j in 0..N {
            c[i * N + j] = (0..N).map(|p| a[i * N + p] * b[p * N + j]).sum();
        }
    }
}

/// The same sums in another order: rows of B are read along, block by block, while they are in the cache.
fn blocked(a: &[f32], b: &[f32], c: &mut [f32]) {
    c.fill(0.0);
    for (j0, p0) in (0..N).step_by(BLOCK).flat_map(|j0| (0..N).step_by(BLOCK).map(move |p0| (j0, p0))) {
        for i in 0..N {
            let row = &mut c[i * N + j0..][..BLOCK];
            for p in p0..p0 + BLOCK {
                let a = a[i * N + p];
                row.iter_mut().zip(&b[p * N + j0..][..BLOCK]).for_each(|(c, b)| *c += a * b);
            }
        }
    }
}

/// The fastest of a few runs, in GF/s: 2 N³ operations, zeros counted as if they were multiplied.
fn speed(name: &str, mut run: impl FnMut()) {
    let (began, mut best) = (Instant::now(), f64::INFINITY);
    while best.is_infinite() || began.elapsed() < Duration::from_millis(300) {
        let start = Instant::now();
        run();
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!("{name:<28}{:>8.1} GF/s", 2.0 * (N * N * N) as f64 / best / 1e9);
}

fn main() {
    let fill = |k: usize| Array2::from_shape_fn((N, N), |(i, j)| ((i * 31 + j * k) % 17) as f32 - 8.0);
    let (a, b, mut c, mut plain) = (fill(7), fill(5), Array2::zeros((N, N)), vec![0.0; N * N]);
    let few = Array2::from_shape_fn((N, N), |(i, j)| if (i * 7 + j * 3) % 10 == 0 { a[[i, j]] } else { 0.0 });
    let (x, y) = (a.as_slice().expect("row-major"), b.as_slice().expect("row-major"));
    speed("naive", || naive(x, y, &mut plain));
    let wanted = plain.clone();
    speed("blocked", || blocked(x, y, &mut plain));
    assert_eq!(plain, wanted, "sums of small whole numbers are exact");
    speed("register tiles", || gemm(Write::Set, a.view(), b.view(), c.view_mut()));
    assert!(c.iter().zip(&wanted).all(|(a, b)| a == b));
    speed("all threads", || par_gemm(Write::Set, a.view(), b.view(), c.view_mut()));
    speed("one in ten is not zero", || gemm(Write::Set, few.view(), b.view(), c.view_mut()));
    println!("peak of one thread          {:>8.1} GF/s", peak::<f32>(Duration::from_millis(300)) / 1e9);
}
