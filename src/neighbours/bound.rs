//! A bound on the rounding error of a distance, where rows are rounded to integers, and its proof.
//!
//! For a query a and a row b, both in their [`Frame`](super::block::Frame), |a - b|²/2 = |a|²/2 + |b|²/2 - a·b. The first
//! term is the same for every b, so rows rank by the other two. For the product, each row is rounded to integers in
//! a unit of its own, a = w(a)(A + α), chosen so that A is nearly as long as products can bear; no element of α exceeds
//! ½. The product P = A·B is exact, w(a) w(b) P is not quite a·b. So rows rank by a *lower bound*, the score
//!
//! ```text
//! s = h(b) - w(a) w(b) (P + c),   h(b) = (1 - 8u)|b|²/2,   w(a) = |a| / (N - √n/2),   c = N√n + n/4,   u = 2⁻²⁴
//! ```
//!
//! for n features and N = 32,767, and what is claimed, for the distance D between the rows in units of the frame, is
//!
//! ```text
//! D² ≥ (1 - 8u)|a|² + 2s - 10⁻³⁰                                                                                    (1)
//! ```
//!
//! *Argument*, in halves as the score is. (i) |α| ≤ √n/2, so |A| ≤ |a|/w(a) + √n/2 ≤ N: products are exact. (ii) a·b is
//! w(a) w(b) (P + A·β + α·B + α·β), and by Cauchy-Schwarz the last three are at most N√n/2 + N√n/2 + n/4 = c. (iii) The
//! score is computed in `f32`: h and the three steps of w(a) w(b) (P + c) round by u of themselves each, the difference
//! by u of both. As N w(a) < 1.01|a| while √n < N/100, this is at most 1.1u|b|² + 4.2u|a||b|, so at most 2.1u|a|² +
//! 3.2u|b|², and 4u|a|² and 4u|b|² are set aside for it: enough also for norms, centring and rounding, which round in
//! `f64`. Where values underflow, and where w(a) would, the error is absolute, and below 10⁻³⁰ by far. ∎

use crate::linalg::integer;

/// Half the distance between 1 and the next `f32`.
pub(super) const U: f64 = 1.0 / (1u32 << 24) as f64;
/// N: the length of the longest rows whose products are exact.
const LONGEST: f64 = integer::LONGEST as f64;
/// What underflow can cost.
pub(super) const UNDERFLOW: f64 = 1e-30;

/// c for rows of `features`, not rounded below it; `None` where so many features leave no bound.
pub(super) fn slack(features: usize) -> Option<i32> {
    let (n, root) = (features as f64, (features as f64).sqrt());
    (root < LONGEST / 100.0).then(|| ((LONGEST * root + n / 4.0) * (1.0 + 1e-6)).ceil() as i32)
}

/// w of a row with so many features, not rounded below it. Rows too short for `f32` get the smallest unit that is not.
pub(super) fn unit(square: f64, features: usize) -> f32 {
    let longest = (LONGEST - (features as f64).sqrt() / 2.0).max(1.0);
    ((square.sqrt() / longest * (1.0 + 4.0 * U)) as f32).max(f32::MIN_POSITIVE)
}

/// h of a row of the table.
pub(super) fn half(square: f64) -> f32 {
    (square / 2.0 * (1.0 - 8.0 * U)) as f32
}

/// The bound (1).
pub(super) fn nearest_possible(square: f64, score: f32) -> f64 {
    square * (1.0 - 8.0 * U) + 2.0 * f64::from(score) - UNDERFLOW
}
