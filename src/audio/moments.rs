//! Sums over the bins of one frame, which several families share: one pass over the spectrum.
//!
//! ```text
//! sum of S[k], of k S[k], of k^2 S[k], of S[k]^2, and the largest S[k]
//! ```

#![allow(clippy::needless_range_loop, reason = "lanes and classes are numbered")]

use crate::isa::vectorized;

/// The sums of one frame.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moments {
    /// Sum of S.
    pub s: f64,
    /// Sum of k S.
    pub ks: f64,
    /// Sum of k^2 S.
    pub kks: f64,
    /// Sum of S^2, each square rounded to single precision.
    pub power: f64,
    /// The largest S.
    pub largest: f32,
}

const LANES: usize = 8;

vectorized! {
    /// The moments of magnitudes, whose squares are written to `power`.
    pub(super) fn moments(s: &[f32], power: &mut [f32]) -> Moments {
        let (mut sum, mut first, mut second, mut energy) = ([0.0; LANES], [0.0; LANES], [0.0; LANES], [0.0; LANES]);
        let mut largest = [0f32; LANES];
        let mut k: [f64; LANES] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
        let whole = s.len() / LANES * LANES;
        for (s, power) in s.chunks_exact(LANES).zip(power.chunks_exact_mut(LANES)) {
            for i in 0..LANES {
                let wide = f64::from(s[i]);
                power[i] = s[i] * s[i];
                largest[i] = if s[i] > largest[i] { s[i] } else { largest[i] };
                sum[i] += wide;
                first[i] = k[i].mul_add(wide, first[i]);
                second[i] = (k[i] * k[i]).mul_add(wide, second[i]);
                energy[i] += f64::from(power[i]);
                k[i] += LANES as f64;
            }
        }
        let mut all = Moments::default();
        for i in 0..LANES {
            all.s += sum[i];
            all.ks += first[i];
            all.kks += second[i];
            all.power += energy[i];
            all.largest = all.largest.max(largest[i]);
        }
        for (k, (s, power)) in s.iter().zip(power).enumerate().skip(whole) {
            let (wide, k) = (f64::from(*s), k as f64);
            *power = s * s;
            all.s += wide;
            all.ks += k * wide;
            all.kks += k * k * wide;
            all.power += f64::from(*power);
            all.largest = all.largest.max(*s);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_small_numbers_are_exact() {
        let s: Vec<f32> = (0..1025).map(|k| ((k * 31) % 17) as f32).collect();
        let mut power = vec![0.0; s.len()];
        let found = moments(&s, &mut power);
        let sum =
            |f: &dyn Fn(f64, f64) -> f64| s.iter().enumerate().map(|(k, s)| f(k as f64, f64::from(*s))).sum::<f64>();
        assert_eq!(found.s, sum(&|_, s| s));
        assert_eq!(found.ks, sum(&|k, s| k * s));
        assert_eq!(found.kks, sum(&|k, s| k * k * s));
        assert_eq!(found.power, sum(&|_, s| s * s));
        assert_eq!(found.largest, 16.0);
        assert!(s.iter().zip(&power).all(|(s, p)| s * s == *p));
    }
}
