//! e^x in plain arithmetic, which the compiler can turn into vector instructions; a call into the mathematics library it
//! cannot.
//!
//! ```text
//! x = n ln 2 + r, |r| ≤ ½ ln 2        e^x = 2^n e^r        e^r = 1 + r + r²/2! + r³/3! + ...
//! ```
//!
//! Of the series, 7 terms are enough for f32 and 13 for f64. n is made from the bits of a number: n + 1023 is the exponent of 2^n.

use crate::Scalar;

/// 1/k! from k = 1.
const SERIES: [f64; 13] = [
    1.0,
    1.0 / 2.0,
    1.0 / 6.0,
    1.0 / 24.0,
    1.0 / 120.0,
    1.0 / 720.0,
    1.0 / 5_040.0,
    1.0 / 40_320.0,
    1.0 / 362_880.0,
    1.0 / 3_628_800.0,
    1.0 / 39_916_800.0,
    1.0 / 479_001_600.0,
    1.0 / 6_227_020_800.0,
];

/// ln 2 in two parts, the first of few bits, so that its product with n is exact.
const LN_2: [f64; 2] = [0.693_359_375, -2.121_944_400_546_905_8e-4];

/// 2^n and e^r - 1, for e^x = 2^n (1 + (e^r - 1)). Beyond ±`limit` x counts as that.
#[inline(always)]
fn parts<F: Scalar>(x: F) -> (F, F) {
    let single = size_of::<F>() == 4;
    let limit = F::of(if single { 87.0 } else { 708.0 });
    // NaN is neither and stays.
    let x = if x > limit { limit } else { x };
    let x = if x < -limit { -limit } else { x };
    let n = (x * F::of(std::f64::consts::LOG2_E) + F::of(0.5)).floor();
    let r = x - n * F::of(LN_2[0]) - n * F::of(LN_2[1]);
    let terms = if single { 7 } else { 13 };
    let series = SERIES[..terms].iter().rev().fold(F::zero(), |sum, &c| sum * r + F::of(c));
    // 2^52 + k, k a small whole number, has k in its last bits.
    let power = f64::from_bits((n.as_f64() + (1023.0 + 4_503_599_627_370_496.0)).to_bits() << 52);
    (F::of(power), r * series)
}

/// 1 / (1 + e^-x).
#[inline(always)]
pub(super) fn sigmoid<F: Scalar>(x: F) -> F {
    let (power, rest) = parts(-x);
    F::one() / (F::one() + power + power * rest)
}

/// tanh x = (e^2x - 1) / (e^2x + 1); near 0, e^2x - 1 keeps all of its digits.
#[inline(always)]
pub(super) fn tanh<F: Scalar>(x: F) -> F {
    let (power, rest) = parts(x + x);
    let less_one = (power - F::one()) + power * rest;
    less_one / (less_one + F::of(2.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worst error of f, in units of the last digit of 1 or of the value, whichever is less.
    fn worst<F: Scalar>(f: impl Fn(F) -> F, exact: impl Fn(f64) -> f64) -> f64 {
        let points =
            (-40_000..40_000).map(|i| F::of(f64::from(i) * 0.000_73 + 1e-6)).chain([F::of(1e-9), F::of(-3e-7)]);
        let error = |x: F| (f(x).as_f64() - exact(x.as_f64())).abs() / exact(x.as_f64()).abs();
        points.map(error).fold(0.0, f64::max) / F::epsilon().as_f64()
    }

    #[test]
    fn both_agree_with_the_mathematics_library() {
        let logistic = |x: f64| 1.0 / (1.0 + (-x).exp());
        for error in [worst::<f32>(sigmoid, logistic), worst::<f64>(sigmoid, logistic)] {
            assert!(error < 4.0, "sigmoid is {error} units off");
        }
        for error in [worst::<f32>(tanh, f64::tanh), worst::<f64>(tanh, f64::tanh)] {
            assert!(error < 4.0, "tanh is {error} units off");
        }
    }

    #[test]
    fn what_is_large_saturates_and_what_is_no_number_stays_none() {
        for x in [100.0f64, 1e6, f64::INFINITY] {
            assert_eq!((sigmoid(x), tanh(x), tanh(-x)), (1.0, 1.0, -1.0));
            assert_eq!((sigmoid(x as f32), tanh(x as f32), tanh(-x as f32)), (1.0, 1.0, -1.0));
            assert!(sigmoid(-x) < 1e-40 && sigmoid(-x as f32) < 1e-37);
        }
        assert!(sigmoid(f64::NAN).is_nan() && tanh(f64::NAN).is_nan());
        assert!(sigmoid(f32::NAN).is_nan() && tanh(f32::NAN).is_nan());
        assert_eq!((sigmoid(0.0), tanh(0.0), tanh(-0.0f64).is_sign_negative()), (0.5, 0.0, false));
    }
}
