//! Sequential minimal optimisation: the dual of a support-vector machine, two variables at a time (Platt 1998; Fan,
//! Chen and Lin 2005).
//!
//! For rows with signs y = ±1 and a kernel matrix K, the machine that parts them is f(x) = Σ β_t k(x_t, x) - ρ, where β
//! solves
//!
//! ```text
//! minimise ½ βᵀ K β - yᵀ β     under   Σ β = 0   and   0 ≤ y_t β_t ≤ C       (β_t = y_t α_t)
//! ```
//!
//! The sum stays zero if one β rises by what another falls. With the gradient g = K β - y, raising β_i and lowering
//! β_j by δ changes the objective by
//!
//! ```text
//! δ (g_i - g_j) + ½ δ² (K_ii + K_jj - 2 K_ij)       least at δ = (g_j - g_i) / (K_ii + K_jj - 2 K_ij)
//! ```
//!
//! or where one of them meets its bound; afterwards g += δ (K_i - K_j), two rows of the kernel. Nothing can be gained
//! any more, and ρ lies in between, when
//!
//! ```text
//! g_i ≥ g_j   for every i that may rise and every j that may fall                                 (the KKT conditions)
//! ```
//!
//! within a tolerance. Until then i is the one that may rise with the least g, and j, of those that may fall, the one
//! with which the step gains most, (g_j - g_i)² / (K_ii + K_jj - 2 K_ij): the second-order choice of libsvm.

use crate::isa::vectorized;
use crate::{Error, Result, Scalar};
use std::ops::Deref;

/// Elements that are compared together.
const LANES: usize = 8;
/// Stands for a curvature that is not positive: copies of a row.
const TAU: f64 = 1e-12;

/// A solution of the dual.
#[derive(Clone, Debug, PartialEq)]
pub struct Dual {
    /// β, 0 for rows that do not matter.
    pub beta: Vec<f64>,
    /// ρ.
    pub rho: f64,
    /// Steps that it took.
    pub steps: usize,
}

/// Solves the dual of the machine that separates the first `positives` of `n` rows from the others. `row` gives rows of
/// the kernel matrix, whose diagonal is 1.
///
/// ```
/// use tonegrad::classical::smo::solve;
/// // Two rows with a kernel of 1/2 between them: K β = y + ρ has the solution β = ±2, cut off at C = 1.
/// let kernel = [[1.0f32, 0.5], [0.5, 1.0]];
/// let dual = solve((1, 2), 10.0, 1e-3, |i| &kernel[i][..])?;
/// assert_eq!((dual.beta, dual.rho), (vec![2.0, -2.0], 0.0));
/// assert_eq!(solve((1, 2), 1.0, 1e-3, |i| &kernel[i][..])?.beta, [1.0, -1.0]);
/// # Ok::<(), tonegrad::Error>(())
/// ```
/// # Errors
/// When the tolerance is not reached: a kernel that is not positive semi-definite, or a tolerance that rounding drowns.
pub fn solve<R: Deref<Target = [f32]>>(
    (positives, n): (usize, usize),
    c: f64,
    tolerance: f64,
    mut row: impl FnMut(usize) -> R,
) -> Result<Dual> {
    let sign = |t: usize| if t < positives { 1.0 } else { -1.0 };
    let (lower, upper) =
        (|t: usize| if t < positives { 0.0 } else { -c }, |t: usize| if t < positives { c } else { 0.0 });
    let mut beta = vec![0.0; n];
    let mut gradient: Vec<f64> = (0..n).map(|t| -sign(t)).collect();
    // 0 where a β may rise (fall), infinity where not: added to the gradient, it takes part in no minimum (maximum).
    let mut rise: Vec<f64> = (0..n).map(|t| if t < positives { 0.0 } else { f64::INFINITY }).collect();
    let mut fall: Vec<f64> = rise.iter().map(|&r| if r == 0.0 { f64::NEG_INFINITY } else { 0.0 }).collect();
    let most = (100 * n).max(10_000_000);
    for steps in 0..=most {
        let (i, least, greatest) = extremes(&gradient, &rise, &fall);
        if !(greatest - least >= tolerance) {
            let free = (0..n).filter(|&t| lower(t) < beta[t] && beta[t] < upper(t));
            let (sum, count) = free.fold((0.0, 0), |(sum, count), t| (sum + gradient[t], count + 1));
            let rho = if count > 0 { sum / f64::from(count) } else { (least + greatest) / 2.0 };
            return Ok(Dual { beta, rho, steps });
        }
        let row_i = row(i);
        let j = partner::<f32>(&gradient, &fall, &row_i, least);
        let row_j = row(j);
        let curvature = (2.0 - 2.0 * f64::from(row_i[j])).max(TAU);
        let (room_i, room_j) = (upper(i) - beta[i], beta[j] - lower(j));
        let delta = ((gradient[j] - least) / curvature).min(room_i).min(room_j);
        // A bound that is met is met exactly, lest rounding leave a row free that is not.
        beta[i] = if delta == room_i { upper(i) } else { beta[i] + delta };
        beta[j] = if delta == room_j { lower(j) } else { beta[j] - delta };
        for t in [i, j] {
            rise[t] = if beta[t] < upper(t) { 0.0 } else { f64::INFINITY };
            fall[t] = if beta[t] > lower(t) { 0.0 } else { f64::NEG_INFINITY };
        }
        update::<f32>(&mut gradient, &row_i, &row_j, delta);
    }
    Err(Error::config("SVC, tolerance")
        .found(format!("{tolerance:e}, not reached in {most} steps"))
        .wanted("a tolerance that rounding in f32 allows")
        .fix("allow more, such as 1e-3; lower C; standardise the features"))
}

/// Which is least of those that may rise, how much that is, and how much the greatest is of those that may fall.
fn extremes(gradient: &[f64], rise: &[f64], fall: &[f64]) -> (usize, f64, f64) {
    let (at, least, greatest) = scan::<f64>(gradient, rise, fall);
    let best = (0..LANES).min_by(|&a, &b| least[a].total_cmp(&least[b]).then(at[a].cmp(&at[b]))).unwrap_or(0);
    (at[best] as usize, least[best], greatest.into_iter().fold(f64::NEG_INFINITY, f64::max))
}

/// The variable with which a step of `i`, whose gradient is `least`, gains most.
fn partner<F: crate::Scalar>(gradient: &[f64], fall: &[f64], row_i: &[F], least: f64) -> usize {
    let (at, gain) = gains(gradient, fall, row_i, least);
    let best = (0..LANES).min_by(|&a, &b| gain[b].total_cmp(&gain[a]).then(at[a].cmp(&at[b]))).unwrap_or(0);
    at[best] as usize
}

vectorized! {
    /// The extremes of every lane.
    fn scan<F: Scalar>(gradient: &[F], rise: &[F], fall: &[F]) -> ([u64; LANES], [F; LANES], [F; LANES]) {
        let (mut at, mut least, mut greatest) = ([0; LANES], [F::infinity(); LANES], [F::neg_infinity(); LANES]);
        let (g, r, f) = (gradient.chunks(LANES), rise.chunks(LANES), fall.chunks(LANES));
        for (chunk, ((g, r), f)) in g.zip(r).zip(f).enumerate() {
            let mut meet = |lane: usize| {
                let (low, high) = (g[lane] + r[lane], g[lane] + f[lane]);
                let lower = low < least[lane];
                least[lane] = if lower { low } else { least[lane] };
                at[lane] = if lower { (chunk * LANES + lane) as u64 } else { at[lane] };
                greatest[lane] = if high > greatest[lane] { high } else { greatest[lane] };
            };
            if g.len() == LANES && r.len() == LANES && f.len() == LANES {
                (0..LANES).for_each(&mut meet);
            } else {
                (0..g.len()).for_each(&mut meet);
            }
        }
        (at, least, greatest)
    }
}

vectorized! {
    /// The best gain of every lane, and which variable gives it.
    fn gains<F: Scalar>(gradient: &[f64], fall: &[f64], row: &[F], least: f64) -> ([u64; LANES], [f64; LANES]) {
        let (mut at, mut best) = ([0; LANES], [0.0; LANES]);
        let chunks = gradient.chunks(LANES).zip(fall.chunks(LANES)).zip(row.chunks(LANES));
        for (chunk, ((g, f), k)) in chunks.enumerate() {
            let mut meet = |lane: usize| {
                let slope = (g[lane] + f[lane] - least).max(0.0);
                let gain = slope * slope / (2.0 - 2.0 * k[lane].as_f64()).max(TAU);
                let better = gain > best[lane];
                best[lane] = if better { gain } else { best[lane] };
                at[lane] = if better { (chunk * LANES + lane) as u64 } else { at[lane] };
            };
            if g.len() == LANES && f.len() == LANES && k.len() == LANES {
                (0..LANES).for_each(&mut meet);
            } else {
                (0..g.len()).for_each(&mut meet);
            }
        }
        (at, best)
    }
}

vectorized! {
    /// g += δ (K_i - K_j).
    fn update<F: Scalar>(gradient: &mut [f64], row_i: &[F], row_j: &[F], delta: f64) {
        for ((g, i), j) in gradient.iter_mut().zip(row_i).zip(row_j) {
            *g += delta * (i.as_f64() - j.as_f64());
        }
    }
}
