//! Exercise 13: ln Σ e^z without an overflow (chapter 5).

/// ln Σ e^z. It must be right for numbers of any size; e^1000 is not a number that an f64 holds.
pub fn log_sum_exp(z: &[f64]) -> f64 {
    let largest = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest.is_infinite() {
        return largest;
    }
    largest + z.iter().map(|z| (z - largest).exp()).sum::<f64>().ln()
}
