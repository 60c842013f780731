//! Standardisation: zero mean and unit variance for every column, fitted on the training part.

use super::{Dataset, Train};
use crate::{Error, Result, Scalar};
use ndarray::{Array2, ArrayView1, Zip};

/// The standardiser, `(x - mean) / scale` for every column, where `scale` is the population standard deviation; 1 for a
/// constant column, which therefore becomes zero rather than NaN.
///
/// ```
/// use ndarray::array;
/// use tonegrad::data::{Dataset, Standardize, Train};
/// let train = Train::new(Dataset::new(array![[1.0, 5.0], [3.0, 5.0]], vec![0, 1], ["Folk", "Rock"])?);
/// let mut test = Dataset::new(array![[4.0, 6.0]], vec![1], ["Folk", "Rock"])?;
/// Standardize::fit(&train)?.apply(&mut test)?;
/// assert_eq!(test.x(), array![[2.0, 1.0]]);
/// # Ok::<(), tonegrad::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "Fitted"))]
pub struct Standardize {
    mean: Vec<f32>,
    scale: Vec<f32>,
}

impl Standardize {
    /// Fits means and deviations to the training part, in two passes and accumulated in `f64`.
    ///
    /// # Errors
    /// When there is no row, or a feature is not finite.
    pub fn fit<T: Scalar>(train: &Train<T>) -> Result<Self> {
        let x = train.x();
        if x.nrows() == 0 {
            return Err(Error::data("standardise").found("no training row").wanted("at least one"));
        }
        let n = x.nrows() as f64;
        let mut mean = vec![0.0; x.ncols()];
        for row in x.rows() {
            Zip::from(&mut mean[..]).and(row).for_each(|sum, &v| *sum += v.as_f64());
        }
        mean.iter_mut().for_each(|sum| *sum /= n);
        let mut variance = vec![0.0; x.ncols()];
        for row in x.rows() {
            Zip::from(&mut variance[..])
                .and(&mean[..])
                .and(row)
                .for_each(|sum, m, &v| *sum += (v.as_f64() - m).powi(2));
        }
        // A constant column is recognised by its values: the rounding of its mean can leave it a deviation that is not
        // quite zero.
        let deviation = |(column, sum): (usize, &f64)| {
            let constant = x.column(column).iter().all(|&v| v == x[[0, column]]);
            let scale = (sum / n).sqrt() as f32;
            if constant || scale == 0.0 { 1.0 } else { scale }
        };
        let scale = variance.iter().enumerate().map(deviation).collect();
        Self::new(mean.iter().map(|&m| m as f32).collect(), scale)
    }

    /// One that was fitted elsewhere.
    ///
    /// # Errors
    /// When means and scales differ in number, or one of them is not finite, or a scale is not above zero.
    pub fn new(mean: Vec<f32>, scale: Vec<f32>) -> Result<Self> {
        Fitted { mean, scale }.try_into()
    }

    /// One that leaves so many columns as they are.
    pub fn identity(columns: usize) -> Self {
        Standardize { mean: vec![0.0; columns], scale: vec![1.0; columns] }
    }

    /// Mean of each column.
    pub fn mean(&self) -> &[f32] {
        &self.mean
    }

    /// What each column is divided by.
    pub fn scale(&self) -> &[f32] {
        &self.scale
    }

    /// Whether standardising leaves a finite row finite.
    pub fn fits<T: Scalar>(&self, row: ArrayView1<T>) -> bool {
        let each = row.iter().zip(&self.mean).zip(&self.scale);
        each.map(|((&v, &m), &s)| standardized(v, m, s)).all(T::is_finite)
    }

    /// Standardises rows of features in place.
    ///
    /// # Errors
    /// When the number of columns is another, or a finite value becomes one that is not.
    pub fn apply<T: Scalar>(&self, rows: &mut Dataset<T>) -> Result<()> {
        self.apply_to(rows.x_mut())
    }

    /// Standardises features (rows, columns) that have no class.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn apply_to<T: Scalar>(&self, x: &mut Array2<T>) -> Result<()> {
        if x.ncols() != self.mean.len() {
            return Err(Error::shape("standardise")
                .found(format!("{} columns", x.ncols()))
                .wanted(format!("{}, as in the training part", self.mean.len())));
        }
        let mut overflow = None;
        for (number, row) in x.rows_mut().into_iter().enumerate() {
            let mut beyond = false;
            let each = Zip::from(row).and(&self.mean[..]).and(&self.scale[..]);
            each.for_each(|v, &m, &s| {
                let new = standardized(*v, m, s);
                beyond |= v.is_finite() && new.is_infinite();
                *v = new;
            });
            overflow = overflow.or(beyond.then_some(number));
        }
        match overflow {
            None => Ok(()),
            Some(row) => {
                let column = x.row(row).iter().position(|v| v.is_infinite()).unwrap_or_default();
                let (mean, scale) = (self.mean[column], self.scale[column]);
                Err(Error::data(format!("standardise, row {row}, column {column}"))
                    .found(format!("a value too large to be standardised (mean {mean}, deviation {scale})"))
                    .wanted("a finite result")
                    .fix("leave the row out, or the column"))
            }
        }
    }
}

fn standardized<T: Scalar>(value: T, mean: f32, scale: f32) -> T {
    T::of((value.as_f64() - f64::from(mean)) / f64::from(scale))
}

/// A standardiser as it is stored, before it is checked.
#[cfg_attr(feature = "serde", derive(serde::Deserialize))]
struct Fitted {
    mean: Vec<f32>,
    scale: Vec<f32>,
}

impl TryFrom<Fitted> for Standardize {
    type Error = Error;

    fn try_from(Fitted { mean, scale }: Fitted) -> Result<Self> {
        let sound = |(_, (m, s)): &(usize, (&f32, &f32))| m.is_finite() && s.is_finite() && **s > 0.0;
        if mean.len() != scale.len() {
            let found = format!("{} means and {} scales", mean.len(), scale.len());
            return Err(Error::data("standardise").found(found).wanted("as many of both"));
        }
        match mean.iter().zip(&scale).enumerate().find(|column| !sound(column)) {
            None => Ok(Standardize { mean, scale }),
            Some((column, (m, s))) => Err(Error::data(format!("standardise, column {column}"))
                .found(format!("mean {m}, scale {s}"))
                .wanted("finite numbers, and a scale above zero")),
        }
    }
}
