//! The quantile transform: every column becomes normally distributed, fitted on the training part.
//!
//! Statistics of sound have long tails: a kurtosis of a thousand beside others of three. Standardised, one track in a
//! hundred decides the scale, and the others look alike. The quantile transform takes a value's rank instead: the share p
//! of training values below it, and from that the normal quantile Φ⁻¹(p), cut off at ±3.
//!
//! A column is described by K knots q_k, its quantiles at p_k = k / (K - 1), and y_k = Φ⁻¹(p_k) there. In between it is
//! linear, so that with heights h_k = y_{k+1} - y_k, from knot to knot,
//!
//! ```text
//! f(x) = y_0 + Σ_k h_k · clip((x - q_k) / (q_{k+1} - q_k), 0, 1)
//! ```
//!
//! Where training values are tied, knots coincide, and f has a step; on the step itself it takes its middle.

use super::{Dataset, Train};
use crate::{Error, Result, Scalar};
use ndarray::{Array2, ArrayView1};

/// Knots of a column, at most.
const KNOTS: usize = 200;

/// How far out a value may come to lie.
const CUT: f64 = 3.0;

/// The quantile transform to a normal distribution.
///
/// ```
/// use ndarray::array;
/// use tonegrad::data::{Dataset, Quantile, Train};
/// let train = Train::new(Dataset::new(array![[1.0], [10.0], [1000.0]], vec![0, 1, 1], ["Folk", "Rock"])?);
/// let mut x = array![[1.0], [10.0], [505.0], [9e9]];
/// Quantile::fit(&train)?.apply_to(&mut x)?;
/// assert_eq!(x, array![[-3.0], [0.0], [1.5], [3.0]]);
/// # Ok::<(), tonegrad::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Quantile {
    /// (columns, knots), ascending in each row.
    knots: Array2<f32>,
}

impl Quantile {
    /// Fits the knots to the training part.
    ///
    /// # Errors
    /// When there are fewer than two rows, or a feature is not finite.
    pub fn fit(train: &Train) -> Result<Quantile> {
        let (x, count) = (train.x(), train.len().min(KNOTS));
        if count < 2 {
            return Err(Error::data("quantile transform").found(format!("{count} rows")).wanted("at least 2"));
        }
        if let Some(((row, column), v)) = x.indexed_iter().find(|(_, v)| !v.is_finite()) {
            return Err(Error::data(format!("quantile transform, row {row}, column {column}"))
                .found(v.to_string())
                .wanted("a finite number"));
        }
        let mut knots = Array2::zeros((x.ncols(), count));
        for (column, mut knots) in x.columns().into_iter().zip(knots.rows_mut()) {
            let mut values = column.to_vec();
            values.sort_by(f32::total_cmp);
            for (k, knot) in knots.iter_mut().enumerate() {
                let place = k as f64 / (count - 1) as f64 * (values.len() - 1) as f64;
                let [below, above] = [place.floor(), place.ceil()].map(|at| f64::from(values[at as usize]));
                *knot = (below + (above - below) * place.fract()) as f32;
            }
        }
        Ok(Quantile { knots })
    }

    /// One that was fitted elsewhere, from its knots (columns, knots).
    ///
    /// # Errors
    /// When a column has fewer than two knots, one that is not finite, or one below the one before it.
    pub fn new(knots: Array2<f32>) -> Result<Quantile> {
        let sound = |row: ArrayView1<f32>| {
            row.iter().all(|v| v.is_finite()) && row.iter().zip(row.iter().skip(1)).all(|(a, b)| a <= b)
        };
        match knots.rows().into_iter().position(|row| row.len() < 2 || !sound(row)) {
            None => Ok(Quantile { knots }),
            Some(column) => Err(Error::data(format!("quantile transform, column {column}"))
                .found(format!("the knots {:?}", knots.row(column).iter().take(4).collect::<Vec<_>>()))
                .wanted("at least two finite numbers, ascending")),
        }
    }

    /// The knots, (columns, knots).
    pub fn knots(&self) -> &Array2<f32> {
        &self.knots
    }

    /// What each knot becomes: the normal quantiles of 0, 1/(K - 1), ..., 1, cut off at ±3.
    pub fn levels(&self) -> Vec<f64> {
        let last = self.knots.ncols() - 1;
        (0..=last).map(|k| normal_quantile(k as f64 / last as f64)).collect()
    }

    /// Transforms rows of features in place.
    ///
    /// # Errors
    /// When the number of columns is another.
    pub fn apply<T: Scalar>(&self, rows: &mut Dataset<T>) -> Result<()> {
        self.apply_to(rows.x_mut())
    }

    /// Transforms features (rows, columns) that have no class.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn apply_to<T: Scalar>(&self, x: &mut Array2<T>) -> Result<()> {
        if x.ncols() != self.knots.nrows() {
            return Err(Error::shape("quantile transform")
                .found(format!("{} columns", x.ncols()))
                .wanted(format!("{}, as in the training part", self.knots.nrows())));
        }
        let levels = self.levels();
        for (mut column, knots) in x.columns_mut().into_iter().zip(self.knots.rows()) {
            let knots = knots.to_vec();
            column.mapv_inplace(|v| T::of(level(v.as_f64(), &knots, &levels)));
        }
        Ok(())
    }
}

/// f of one value.
fn level(value: f64, knots: &[f32], levels: &[f64]) -> f64 {
    // Knots below the value, and knots not above it: between them are those that equal it.
    let (below, upto) =
        (knots.partition_point(|&q| f64::from(q) < value), knots.partition_point(|&q| f64::from(q) <= value));
    if value.is_nan() {
        f64::NAN
    } else if below < upto {
        (levels[below] + levels[upto - 1]) / 2.0
    } else if below == 0 {
        levels[0]
    } else if below == knots.len() {
        levels[below - 1]
    } else {
        let [from, to] = [knots[below - 1], knots[below]].map(f64::from);
        levels[below - 1] + (levels[below] - levels[below - 1]) * ((value - from) / (to - from))
    }
}

/// Φ⁻¹(p), cut off at ±3, by bisection of Φ(x) = ½ + φ(x) (x + x³/3 + x⁵/(3·5) + ...) (Abramowitz and Stegun, 26.2.11).
fn normal_quantile(p: f64) -> f64 {
    let below = |x: f64| {
        let (mut term, mut sum) = (x, x);
        for n in 1..100 {
            term *= x * x / f64::from(2 * n + 1);
            sum += term;
        }
        0.5 + sum * (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt()
    };
    if p == 0.5 {
        return 0.0;
    }
    let (mut low, mut high) = (-CUT, CUT);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if below(middle) < p { low = middle } else { high = middle }
    }
    // The ends are the ends, whatever bisection left of them.
    if high == CUT || low == -CUT { if p < 0.5 { -CUT } else { CUT } } else { (low + high) / 2.0 }
}
