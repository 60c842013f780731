//! The seven statistics over time by which a row of values becomes seven columns.
//!
//! ```text
//! mean, min, max, median     the middle value, or the mean of the two middle ones
//! std       sqrt(m2)         m2, m3, m4: the mean second, third and fourth power of what a value is off the mean
//! skew      m3 / m2^1.5      0 where all values are equal
//! kurtosis  m4 / m2^2 - 3    -3 where all values are equal
//! ```
//!
//! Population moments, biased: what FMA's script asks scipy for. A row that never changes has skew 0 and kurtosis -3, as
//! scipy had it then; scipy today says NaN, which no network can learn from.

#![allow(clippy::needless_range_loop, reason = "lanes and classes are numbered")]

use crate::isa::vectorized;
use crate::names::named;

named! {
    "statistic",
    /// A moment over time. The order is that of FMA's columns.
    #[derive(Hash)]
    pub enum Statistic {
        /// Excess kurtosis.
        Kurtosis = "kurtosis",
        /// The largest value.
        Max = "max",
        /// The mean.
        Mean = "mean",
        /// The median.
        Median = "median",
        /// The smallest value.
        Min = "min",
        /// Skewness.
        Skew = "skew",
        /// The standard deviation, of the population.
        Std = "std",
    }
}

/// The statistics of a row, in the order of [`Statistic::ALL`]. The row's values are put into another order.
pub fn statistics(row: &mut [f64]) -> [f64; 7] {
    if row.is_empty() {
        return [f64::NAN; 7];
    }
    let n = row.len() as f64;
    let (sum, min, max) = range(row);
    let mean = sum / n;
    let [m2, m3, m4] = central(row, mean).map(|sum| sum / n);
    let (skew, kurtosis) = match min == max {
        true => (0.0, -3.0),
        false => (m3 / m2.powf(1.5), m4 / (m2 * m2) - 3.0),
    };
    let (mean, std) = if min == max { (min, 0.0) } else { (mean, m2.sqrt()) };
    [kurtosis, max, mean, median(row), min, skew, std]
}

fn median(row: &mut [f64]) -> f64 {
    let half = row.len() / 2;
    let even = row.len().is_multiple_of(2);
    let (below, &mut upper, _) = row.select_nth_unstable_by(half, f64::total_cmp);
    match even {
        true => (below.iter().copied().fold(f64::NEG_INFINITY, f64::max) + upper) / 2.0,
        false => upper,
    }
}

const LANES: usize = 8;

vectorized! {
    /// The sum, the smallest and the largest value.
    fn range(row: &[f64]) -> (f64, f64, f64) {
        let (mut sums, mut least, mut most) = ([0.0; LANES], [f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
        let whole = row.chunks_exact(LANES);
        let mut all = (0.0, f64::INFINITY, f64::NEG_INFINITY);
        for &value in whole.remainder() {
            all = (all.0 + value, f64::min(all.1, value), f64::max(all.2, value));
        }
        for values in whole {
            for i in 0..LANES {
                sums[i] += values[i];
                least[i] = if values[i] < least[i] { values[i] } else { least[i] };
                most[i] = if values[i] > most[i] { values[i] } else { most[i] };
            }
        }
        for i in 0..LANES {
            all = (all.0 + sums[i], f64::min(all.1, least[i]), f64::max(all.2, most[i]));
        }
        all
    }
}

vectorized! {
    /// The sums of the second, third and fourth power of what the values are off `mean`.
    fn central(row: &[f64], mean: f64) -> [f64; 3] {
        let mut sums = [[0.0; LANES]; 3];
        let whole = row.chunks_exact(LANES);
        let mut all = [0.0; 3];
        for value in whole.remainder() {
            let off = value - mean;
            all[0] += off * off;
            all[1] += off * off * off;
            all[2] += off * off * (off * off);
        }
        for values in whole {
            for i in 0..LANES {
                let off = values[i] - mean;
                let square = off * off;
                sums[0][i] += square;
                sums[1][i] += square * off;
                sums[2][i] += square * square;
            }
        }
        for power in 0..3 {
            for i in 0..LANES {
                all[power] += sums[power][i];
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_four_values_by_hand() {
        // Mean 2, off by -2, -1, 0 and 3: m2 = 14/4, m3 = 18/4, m4 = 98/4.
        let found = statistics(&mut [2.0, 0.0, 5.0, 1.0]);
        let m2 = 3.5f64;
        let wanted = [24.5 / (m2 * m2) - 3.0, 5.0, 2.0, 1.5, 0.0, 4.5 / m2.powf(1.5), m2.sqrt()];
        assert!(found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-14), "{found:?} {wanted:?}");
    }

    #[test]
    fn of_values_that_are_all_equal() {
        let value = 0.1;
        assert_eq!(statistics(&mut [value; 1000]), [-3.0, value, value, value, value, 0.0, 0.0]);
        assert_eq!(statistics(&mut [7.0]), [-3.0, 7.0, 7.0, 7.0, 7.0, 0.0, 0.0]);
    }
}
