//! A figure over several seeds.

use std::fmt;

/// Mean and standard deviation of a figure over repeated runs.
///
/// ```
/// use tonegrad::metrics::Spread;
/// assert_eq!(Spread::of(&[0.62, 0.64, 0.66]).to_string(), "0.6400 ± 0.0200");
/// assert_eq!(Spread::of(&[0.64]).to_string(), "0.6400");
/// assert_eq!(Spread::of(&[0.93, 0.93, 0.93]).to_string(), "0.9300", "runs that are all alike are one run");
/// assert_eq!(format!("{:.1}", Spread::of(&[12.5, 13.5])), "13.0 ± 0.7");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Spread {
    /// The mean; NaN of no runs.
    pub mean: f64,
    /// The sample standard deviation (of n − 1); none of fewer than two runs.
    pub deviation: Option<f64>,
}

impl Spread {
    /// The spread of these values.
    pub fn of(values: &[f64]) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
        Spread { mean, deviation: (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt()) }
    }

    /// As `64.3 ± 1.2`: the spread of a share, in per cent.
    pub fn percent(self) -> String {
        let Spread { mean, deviation } = self;
        format!("{:.1}", Spread { mean: 100.0 * mean, deviation: deviation.map(|d| 100.0 * d) })
    }
}

/// Four decimals, or as many as the precision says. A deviation of 0, but for rounding, is left out: runs that are all alike
/// are one run.
impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let digits = f.precision().unwrap_or(4);
        write!(f, "{:.digits$}", self.mean)?;
        self.deviation.filter(|&d| d > 1e-12).map_or(Ok(()), |deviation| write!(f, " ± {deviation:.digits$}"))
    }
}
