//! The evaluation of a regression: how far predicted numbers are from the true ones.
//!
//! For targets t and predictions y of n rows:
//!
//! ```text
//! MAE  = 1/n Σ |y - t|
//! RMSE = √(1/n Σ (y - t)²)
//! R²   = 1 - Σ (y - t)² / Σ (t - mean of t)²
//! ```
//!
//! R² is the share of the targets' variance that is explained: 1 for a perfect prediction, 0 for one that always answers the
//! mean, below 0 for a worse one. Targets that are all the same have no variance; R² is 1 then where every prediction is
//! exact, and 0 otherwise. Where a row has several numbers, each figure is the mean over the columns, RMSE's of the squares.
//! All as in scikit-learn.

use super::no_rows;
use crate::{Error, Result, Scalar};
use ndarray::{ArrayView1, ArrayView2};
use std::fmt;

/// The evaluation of a regression on some rows.
///
/// ```
/// use ndarray::array;
/// use tonegrad::metrics::Regression;
/// let (predicted, targets) = (array![[2.5], [0.0], [2.0], [8.0]], array![[3.0], [-0.5], [2.0], [7.0]]);
/// let e = Regression::new(0.375, predicted.view(), targets.view())?;
/// assert_eq!(e.to_string(), "R² 0.9486, MAE 0.5000, RMSE 0.6124, loss 0.3750 on 4 rows");
/// # Ok::<(), tonegrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Regression {
    /// Rows.
    pub rows: usize,
    /// Mean loss of a row.
    pub loss: f64,
    /// Mean absolute error.
    pub mae: f64,
    /// Root of the mean squared error.
    pub rmse: f64,
    /// Coefficient of determination, R².
    pub r2: f64,
}

impl Regression {
    /// `predicted` and `targets` are (rows, numbers), `loss` the mean loss of a row.
    ///
    /// # Errors
    /// When there are no rows or no columns, the shapes differ, or the loss, a prediction or a target is not finite.
    pub fn new<T: Scalar>(loss: f64, predicted: ArrayView2<T>, targets: ArrayView2<T>) -> Result<Self> {
        if !loss.is_finite() {
            return Err(Error::non_finite("regression, loss").found(loss.to_string()).wanted("a finite loss"));
        }
        if predicted.dim() != targets.dim() {
            return Err(Error::shape("regression")
                .found(format!("predictions {:?} and targets {:?}", predicted.dim(), targets.dim()))
                .wanted("equal shapes, (rows, numbers)"));
        }
        if targets.is_empty() {
            return Err(no_rows("regression"));
        }
        for (what, values) in [("prediction", predicted), ("target", targets)] {
            if let Some(((row, column), value)) = values.indexed_iter().find(|(_, value)| !value.is_finite()) {
                return Err(Error::non_finite(format!("regression, row {row}, {what} {column}"))
                    .found(value.to_string())
                    .wanted("a finite number"));
            }
        }
        let columns = || predicted.columns().into_iter().zip(targets.columns());
        let mean = |of: fn(ArrayView1<T>, ArrayView1<T>) -> f64| {
            columns().map(|(y, t)| of(y, t)).sum::<f64>() / targets.ncols() as f64
        };
        Ok(Regression {
            rows: targets.nrows(),
            loss,
            mae: mean(|y, t| errors(y, t).map(f64::abs).sum::<f64>() / t.len() as f64),
            rmse: mean(|y, t| squares(errors(y, t)) / t.len() as f64).sqrt(),
            r2: mean(r2),
        })
    }
}

fn errors<'a, T: Scalar>(y: ArrayView1<'a, T>, t: ArrayView1<'a, T>) -> impl Iterator<Item = f64> {
    y.into_iter().zip(t).map(|(&y, &t)| y.as_f64() - t.as_f64())
}

fn squares(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|v| v * v).sum()
}

fn r2<T: Scalar>(y: ArrayView1<T>, t: ArrayView1<T>) -> f64 {
    let mean = t.iter().map(|t| t.as_f64()).sum::<f64>() / t.len() as f64;
    // Equal targets are told by their values: the rounding of their mean can leave a variance that is not quite zero.
    let constant = t.iter().all(|&v| v == t[0]);
    let (left, all) = (squares(errors(y, t)), squares(t.iter().map(|t| t.as_f64() - mean)));
    match (constant, left) {
        (true, 0.0) => 1.0,
        (true, _) => 0.0,
        (false, left) => 1.0 - left / all,
    }
}

/// Four decimals, or as many as the precision says.
impl fmt::Display for Regression {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (Regression { rows, loss, mae, rmse, r2 }, d) = (self, f.precision().unwrap_or(4));
        write!(f, "R² {r2:.d$}, MAE {mae:.d$}, RMSE {rmse:.d$}, loss {loss:.d$} on {rows} rows")
    }
}
