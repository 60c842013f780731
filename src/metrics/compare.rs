//! Is one model better than another? Tests of differences, for repeated splits and for one test part.

use super::Interval;
use crate::{Error, Result};

/// A difference between two models over repeated splits, with its interval at 95 % and the p-value of "none".
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Difference {
    /// The mean difference.
    pub mean: f64,
    /// Its interval at 95 %.
    pub interval: Interval,
    /// The probability of a mean as far from zero if there were no difference.
    pub p: f64,
}

impl Difference {
    /// Whether zero lies outside the interval.
    pub fn is_sure(&self) -> bool {
        !self.interval.contains(0.0)
    }
}

/// The corrected resampled t-test (Nadeau and Bengio 2003). `differences` are of two models on the same splits, each
/// with `test` test rows to every training row.
///
/// Splits overlap: two training parts share most of their rows, so differences vary less than they would on new data,
/// and the plain t-test finds far too much. Nadeau and Bengio put the variance of the mean of J differences at
/// (1/J + test/train) σ² in place of σ²/J, with J - 1 degrees of freedom.
///
/// ```
/// use tonegrad::metrics::corrected_t;
/// let d = corrected_t(&[0.02, 0.03, 0.01, 0.04, 0.02], 1.0 / 9.0)?;
/// assert!((d.mean - 0.024).abs() < 1e-12 && (d.p - 0.0195).abs() < 1e-4 && d.is_sure());
/// # Ok::<(), tonegrad::Error>(())
/// ```
///
/// # Errors
/// When there are fewer than two differences, one is not finite, or `test` is not above zero.
pub fn corrected_t(differences: &[f64], test: f64) -> Result<Difference> {
    let n = differences.len() as f64;
    if differences.len() < 2 || differences.iter().any(|d| !d.is_finite()) || !(test > 0.0 && test.is_finite()) {
        return Err(Error::data("corrected t-test")
            .found(format!("{} differences, {test} test rows to a training row", differences.len()))
            .wanted("at least two, all finite, and a share above zero"));
    }
    let mean = differences.iter().sum::<f64>() / n;
    let variance = differences.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let error = ((1.0 / n + test) * variance).sqrt();
    let freedom = n - 1.0;
    let p = match (mean, error) {
        (0.0, _) => 1.0,
        (_, 0.0) => 0.0,
        (mean, error) => beyond_t((mean / error).abs(), freedom),
    };
    Ok(Difference { mean, interval: Interval::around(mean, error, quantile_t(freedom)), p })
}

/// McNemar's exact test of two models on the same test rows: the p-value of "as good", from the rows that the first alone
/// classifies correctly, and those that the second alone does (McNemar 1947). If both are as good, each such row falls
/// to either like a coin. Rows must be independent: those of one artist are not, which makes p too small.
///
/// ```
/// use tonegrad::metrics::mcnemar;
/// assert_eq!(mcnemar(5, 0), 0.0625); // 2 / 2⁵
/// assert_eq!(mcnemar(3, 3), 1.0);
/// ```
pub fn mcnemar(first: u64, second: u64) -> f64 {
    let (n, few) = (first + second, first.min(second));
    // Σ_{k ≤ few} C(n, k) / 2ⁿ, by the logarithms of its terms: log C(n, k + 1) = log C(n, k) + log((n - k) / (k + 1)).
    let (mut log, mut sum) = (-(n as f64) * std::f64::consts::LN_2, 0.0);
    for k in 0..=few {
        sum += log.exp();
        log += ((n - k) as f64 / (k + 1) as f64).ln();
    }
    (2.0 * sum).min(1.0)
}

/// P(|T| > t) of Student's distribution: I_x(ν/2, 1/2) at x = ν / (ν + t²).
fn beyond_t(t: f64, freedom: f64) -> f64 {
    incomplete_beta(freedom / (freedom + t * t), freedom / 2.0, 0.5)
}

/// The t that 5 % lie beyond, to either side: by bisection.
fn quantile_t(freedom: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1e3);
    for _ in 0..200 {
        let middle = (low + high) / 2.0;
        if beyond_t(middle, freedom) > 0.05 { low = middle } else { high = middle }
    }
    high
}

/// The regularised incomplete beta function I_x(a, b), by its continued fraction and Lentz's method (Abramowitz and
/// Stegun, 26.5.8).
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    // The fraction converges fast on this side of the mean; the other is I_x(a, b) = 1 - I_{1-x}(b, a).
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(1.0 - x, b, a);
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (1.0 - x).ln()).exp() / a;
    let away = |v: f64| if v.abs() < 1e-300 { 1e-300 } else { v };
    let (mut c, mut d) = (1.0, 1.0 / away(1.0 - (a + b) * x / (a + 1.0)));
    let mut fraction = d;
    for m in 1..500 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let before = fraction;
        for term in [even, odd] {
            d = 1.0 / away(1.0 + term * d);
            c = away(1.0 + term / c);
            fraction *= c * d;
        }
        if (fraction - before).abs() < 1e-15 * fraction.abs() {
            break;
        }
    }
    front * fraction
}

/// log Γ(x) for x > 0: Stirling's series, from x raised above 15 by Γ(x + 1) = x Γ(x).
fn ln_gamma(mut x: f64) -> f64 {
    let mut product = 1.0;
    while x < 15.0 {
        product *= x;
        x += 1.0;
    }
    let (y, y2) = (1.0 / x, 1.0 / (x * x));
    let series = y * (1.0 / 12.0 - y2 * (1.0 / 360.0 - y2 * (1.0 / 1260.0 - y2 * (1.0 / 1680.0 - y2 / 1188.0))));
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln() + series - product.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: [(f64, f64, f64); 8] = [
        (0.1, 1.0, 0.936548965138893),
        (1.0, 1.0, 0.5),
        (12.7, 1.0, 0.050024327689344165),
        (2.0, 2.0, 0.18350341907227397),
        (2.776, 4.0, 0.05002277831997642),
        (5.0, 9.0, 0.0007389679098032426),
        (0.5, 29.0, 0.6208480841937812),
        (3.3, 199.0, 0.0011456617609507359),
    ];
    const QUANTILES: [(f64, f64); 5] = [
        (1.0, 12.706204736174694),
        (2.0, 4.302652729749462),
        (4.0, 2.7764451051977934),
        (9.0, 2.262157162798205),
        (29.0, 2.045229642132703),
    ];
    const GAMMA: [(f64, f64); 7] = [
        (0.5, 0.5723649429247),
        (1.0, 0.0),
        (1.5, -0.12078223763524526),
        (4.0, 1.791759469228055),
        (14.9, 24.924132002217277),
        (15.0, 25.191221182738683),
        (100.5, 361.43554046777757),
    ];

    /// SciPy 1.17: `2 * t.sf(x, n)`, `t.ppf(0.975, n)`, `gammaln(x)`.
    #[test]
    fn distributions_are_scipys() {
        let close =
            |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-12 * wanted.max(1.0), "{found}, {wanted}");
        for (t, n, wanted) in T {
            close(beyond_t(t, n), wanted);
        }
        for (n, wanted) in QUANTILES {
            close(quantile_t(n), wanted);
        }
        for (x, wanted) in GAMMA {
            close(ln_gamma(x), wanted);
        }
        assert_eq!(
            (beyond_t(0.0, 3.0), incomplete_beta(0.0, 1.0, 2.0), incomplete_beta(1.0, 1.0, 2.0)),
            (1.0, 0.0, 1.0)
        );
    }
}
