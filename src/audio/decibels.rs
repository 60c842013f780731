//! Decibels: the logarithm of a power, with a floor.
//!
//! ```text
//! dB = 10 log10(max(1e-10, power)),  then at least (the largest of the whole song) - 80
//! ```
//!
//! The floor keeps silence from being minus infinity; the second one is known only at the end of the song. A clip has 330,000
//! of them, so that several are computed at once:
//!
//! ```text
//! power = m 2^e, sqrt(1/2) <= m < sqrt(2);  ln m = 2 (s + s^3/3 + s^5/5 + ...), s = (m - 1) / (m + 1), |s| < 0.172
//! ```

use crate::isa::vectorized;
use std::f64::consts::{LN_10, LOG10_2, SQRT_2};

/// How far below the largest value nothing more is heard, in dB.
pub const RANGE: f64 = 80.0;

/// The decibels of a power, from -100 on.
#[inline(always)]
pub fn decibels(power: f64) -> f64 {
    let bits = (if power > 1e-10 { power } else { 1e-10 }).to_bits();
    // Subtracting the bits of sqrt(1/2) makes the exponent that of the interval from there on.
    let above = bits.wrapping_sub((SQRT_2 / 2.0).to_bits());
    let exponent = (above as i64) >> 52;
    let m = f64::from_bits(bits.wrapping_sub((exponent as u64) << 52));
    let s = (m - 1.0) / (m + 1.0);
    let t = s * s;
    let mut sum = 1.0 / 23.0;
    let mut k = 21.0;
    while k > 0.0 {
        sum = sum * t + 1.0 / k;
        k -= 2.0;
    }
    10.0 * (exponent as f64 * LOG10_2 + 2.0 / LN_10 * s * sum)
}

vectorized! {
    /// The decibels of several powers, in single precision.
    pub(super) fn all_decibels(powers: &[f64], all: &mut [f32]) {
        for (decibel, power) in all.iter_mut().zip(powers) {
            *decibel = decibels(*power) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_those_of_the_logarithm() {
        let powers: Vec<f64> = (0..5000).map(|i| 1e-10 * 1.01f64.powi(i) * (1.0 + 1e-3 * f64::from(i % 7))).collect();
        for power in powers.into_iter().chain([0.5, 1.0, 2.0, 1e-10, 0.0, SQRT_2, SQRT_2 / 2.0]) {
            let wanted = 10.0 * power.max(1e-10).log10();
            assert!((decibels(power) - wanted).abs() <= 4e-14 * wanted.abs().max(1.0), "{power}: {}", decibels(power));
        }
    }
}
