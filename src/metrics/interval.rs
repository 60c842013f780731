//! Confidence intervals at 95 %: what a figure of so many rows may be worth on others like them.
//!
//! Rows of one artist are alike, so that a hundred of them say less than a hundred of a hundred artists. Where rows have
//! groups, a bootstrap draws whole groups (Field and Welsh 2007): with replacement, as many as there are, and the figure
//! is computed anew from the rows of those drawn. The interval holds the middle 95 % of these figures.

use crate::data::Groups;
use crate::{Error, Result, Seed};
use rand::RngExt;
use std::collections::BTreeMap;
use std::fmt;

/// The 97.5 % point of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// How often a bootstrap draws.
const DRAWS: usize = 2_000;

/// A confidence interval at 95 %.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Wilson's score interval of a share: the p for which `hits` of `rows` independent rows are no surprise at 5 %
    /// (Wilson 1927). All p are possible where there is no row.
    ///
    /// ```
    /// use tonegrad::metrics::Interval;
    /// let Interval { low, high } = Interval::wilson(176, 199);
    /// assert!((low - 0.8325).abs() < 1e-4 && (high - 0.9217).abs() < 1e-4);
    /// ```
    ///
    /// # Panics
    /// When there are more hits than rows.
    pub fn wilson(hits: u64, rows: u64) -> Interval {
        assert!(hits <= rows, "{hits} hits of {rows} rows");
        if rows == 0 {
            return Interval { low: 0.0, high: 1.0 };
        }
        // The roots of (p̂ - p)² = z² p (1 - p) / n.
        let (n, p, z2) = (rows as f64, hits as f64 / rows as f64, Z * Z);
        let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = Z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
        Interval { low: (centre - half).max(0.0), high: (centre + half).min(1.0) }
    }

    /// The interval of `mean` with this standard error, `quantile` of them to each side.
    pub(super) fn around(mean: f64, error: f64, quantile: f64) -> Interval {
        Interval { low: mean - quantile * error, high: mean + quantile * error }
    }

    /// Whether it holds a value.
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// As `58.1 to 65.0`: the interval of a share, in per cent.
    pub fn percent(self) -> String {
        format!("{:.1} to {:.1}", 100.0 * self.low, 100.0 * self.high)
    }
}

/// Three decimals, or as many as the precision says.
impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let digits = f.precision().unwrap_or(3);
        write!(f, "{:.digits$} to {:.digits$}", self.low, self.high)
    }
}

/// Bootstrap intervals of `N` figures of `rows` rows, all from the same 2,000 draws of [`Seed::stream`]`("bootstrap")`:
/// of whole groups where there are any, of single rows otherwise. `figures` is given the rows drawn.
///
/// ```
/// use tonegrad::{Seed, data::Groups, metrics::bootstrap};
/// let correct = [1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0];
/// let artists = Groups::of(["Ella", "Ella", "Nina", "Nina", "Etta", "Etta", "Odetta", "Odetta"]);
/// let mean = |rows: &[usize]| [rows.iter().map(|&row| correct[row]).sum::<f64>() / rows.len() as f64];
/// let [accuracy] = bootstrap(8, Some(&artists), Seed(0), mean)?;
/// assert_eq!((accuracy.low, accuracy.high), (0.25, 1.0));
/// # Ok::<(), tonegrad::Error>(())
/// ```
///
/// # Errors
/// When there are fewer than two groups, or rows and groups differ in number; when a figure is not finite.
pub fn bootstrap<const N: usize>(
    rows: usize,
    groups: Option<&Groups>,
    seed: Seed,
    mut figures: impl FnMut(&[usize]) -> [f64; N],
) -> Result<[Interval; N]> {
    let mut members = BTreeMap::<u32, Vec<usize>>::new();
    match groups {
        Some(groups) if groups.ids().len() != rows => {
            return Err(Error::shape("bootstrap")
                .found(format!("{} groups for {rows} rows", groups.ids().len()))
                .wanted("the group of each row"));
        }
        Some(groups) => groups.ids().iter().enumerate().for_each(|(row, &g)| members.entry(g).or_default().push(row)),
        None => (0..rows).for_each(|row| members.entry(row as u32).or_default().push(row)),
    }
    let members: Vec<_> = members.into_values().collect();
    if members.len() < 2 {
        return Err(Error::data("bootstrap").found(format!("{} groups", members.len())).wanted("at least 2"));
    }
    let mut rng = seed.stream("bootstrap");
    let mut values = [(); N].map(|()| Vec::with_capacity(DRAWS));
    let mut drawn = Vec::new();
    for _ in 0..DRAWS {
        drawn.clear();
        (0..members.len()).for_each(|_| drawn.extend(&members[rng.random_range(0..members.len())]));
        for (values, figure) in values.iter_mut().zip(figures(&drawn)) {
            if !figure.is_finite() {
                return Err(Error::non_finite("bootstrap").found(figure.to_string()).wanted("a finite figure"));
            }
            values.push(figure);
        }
    }
    Ok(values.map(|mut values| {
        values.sort_by(f64::total_cmp);
        Interval { low: quantile(&values, 0.025), high: quantile(&values, 0.975) }
    }))
}

/// A quantile of ascending values, linear in between.
fn quantile(ascending: &[f64], share: f64) -> f64 {
    let place = share * (ascending.len() - 1) as f64;
    let (below, above) = (ascending[place.floor() as usize], ascending[place.ceil() as usize]);
    below + (above - below) * place.fract()
}
