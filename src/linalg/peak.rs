//! Peak floating-point throughput of the machine: multiply-adds that never leave the registers.
//!
//! A core begins one or two vector multiply-adds in each cycle, and each takes about four cycles. So it is busy only with
//! eight independent sums or more at a time, each in a register of its own: too few leave it waiting, more than there are
//! registers go through memory. So six and ten rows of 16 sums are tried.

use crate::Scalar;
use crate::clock::Instant;
use crate::isa::vectorized;
use std::hint::black_box;
use std::time::Duration;

/// Steps between two looks at the clock.
const STEPS: usize = 100_000;

macro_rules! sums {
    ($name:ident, $rows:literal) => {
        vectorized! {
            /// Multiplies and adds to this many rows of 16 sums, so many times.
            fn $name<F: Scalar>(steps: usize, x: F, out: &mut [[F; 16]; $rows]) {
                // Loops over indices: with iterators the compiler keeps the sums in memory.
                let mut sums = *out;
                for _ in 0..steps {
                    for i in 0..$rows {
                        for j in 0..16 {
                            sums[i][j] = sums[i][j].mul_add(x, x);
                        }
                    }
                }
                *out = sums;
            }
        }
    };
}
sums!(six_rows, 6);
sums!(ten_rows, 10);

/// No two sums are alike, or the compiler would compute one of them for all.
fn different<F: Scalar, const R: usize>() -> [[F; 16]; R] {
    std::array::from_fn(|i| std::array::from_fn(|j| F::of((16 * i + j) as f64)))
}

/// Floating-point operations in the sums of so many rows: a multiply-add counts as two.
fn operations(rows: usize) -> usize {
    2 * 16 * rows * STEPS
}

/// The peak in floating-point operations a second (a multiply-add counts as two) of this thread, the best within about
/// `time`. Without vector units that multiply and add, the figure is that of the system's `fma` function.
pub fn peak<F: Scalar>(time: Duration) -> f64 {
    let (mut six, mut ten) = (different::<F, 6>(), different::<F, 10>());
    let x = black_box(F::of(0.5));
    let began = Instant::now();
    let mut best = 0f64;
    while best == 0.0 || began.elapsed() < time {
        let speed = |rows: usize, run: &mut dyn FnMut()| {
            let start = Instant::now();
            run();
            operations(rows) as f64 / start.elapsed().as_secs_f64()
        };
        best = best.max(speed(6, &mut || six_rows(STEPS, x, black_box(&mut six))));
        best = best.max(speed(10, &mut || ten_rows(STEPS, x, black_box(&mut ten))));
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_are_sums() {
        // s ← s/2 + 1/2 comes half way to 1 at each step.
        let exact = |s: f64, steps: i32| 1.0 + (s - 1.0) * 0.5f64.powi(steps);
        let (mut six, mut ten) = (different::<f64, 6>(), different::<f64, 10>());
        six_rows(3, 0.5, &mut six);
        ten_rows(5, 0.5, &mut ten);
        assert_eq!(six, different::<f64, 6>().map(|row| row.map(|s| exact(s, 3))));
        assert_eq!(ten, different::<f64, 10>().map(|row| row.map(|s| exact(s, 5))));
        assert_eq!((different::<f64, 2>()[1][3], operations(6)), (19.0, 192 * STEPS));
        assert!(peak::<f32>(Duration::ZERO) > 1e6, "no machine is as slow as that");
    }
}
