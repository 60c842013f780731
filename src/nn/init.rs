//! Weight initialisation: Glorot (Xavier), He, LeCun and simpler distributions.
//!
//! A layer sums `fan_in` inputs. For the sum to keep the variance of the inputs, each weight needs variance 1/fan_in
//! (LeCun); since ReLU drops half of it, 2/fan_in (He); to treat the gradients, which are sums of `fan_out` terms, alike,
//! 2/(fan_in + fan_out) (Glorot). Formulas and truncation are those of Keras.

use crate::{Error, Result, Scalar, Seed, Tensor};
use rand_distr::{Distribution, Normal, StandardNormal, Uniform};

/// Distribution of the initial values of a parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Init {
    /// Uniform of variance 2/(fan_in + fan_out): Glorot and Bengio 2010, the default of Keras.
    #[default]
    GlorotUniform,
    /// Normal of variance 2/(fan_in + fan_out), truncated.
    GlorotNormal,
    /// Uniform of variance 2/fan_in: He et al. 2015.
    HeUniform,
    /// Normal of variance 2/fan_in, truncated.
    HeNormal,
    /// Uniform of variance 1/fan_in: LeCun et al. 1998.
    LecunUniform,
    /// Normal of variance 1/fan_in, truncated.
    LecunNormal,
    /// Normal of this deviation, redrawn where it lies more than two deviations from 0.
    TruncatedNormal(f64),
    /// Uniform within ±this.
    Uniform(f64),
    /// Orthonormal columns, or rows where there are fewer of those: Saxe et al. 2014, for what is multiplied by itself again and
    /// again.
    Orthogonal,
    /// Zero.
    Zeros,
    /// This constant.
    Constant(f64),
}

/// The deviation of a standard normal variable that is cut off at ±2: what is lost is made up for, as in Keras.
const TRUNCATED_DEVIATION: f64 = 0.879_625_661_034_239_8;

impl Init {
    /// Draws a parameter of this shape, which sums `fan_in` inputs and feeds `fan_out` outputs, from its own stream.
    pub fn sample<F: Scalar>(
        self,
        shape: &[usize],
        (fan_in, fan_out): (usize, usize),
        seed: Seed,
        name: &str,
    ) -> Tensor<F> {
        let (fan_in, fan_out) = (fan_in.max(1) as f64, fan_out.max(1) as f64);
        // The variance of what is uniform on ±limit is limit²/3.
        let uniform = |variance: f64| self.uniform(shape, (3.0 * variance).sqrt(), seed, name);
        let normal = |variance: f64| self.truncated(shape, variance.sqrt() / TRUNCATED_DEVIATION, seed, name);
        match self {
            Init::GlorotUniform => uniform(2.0 / (fan_in + fan_out)),
            Init::GlorotNormal => normal(2.0 / (fan_in + fan_out)),
            Init::HeUniform => uniform(2.0 / fan_in),
            Init::HeNormal => normal(2.0 / fan_in),
            Init::LecunUniform => uniform(1.0 / fan_in),
            Init::LecunNormal => normal(1.0 / fan_in),
            Init::TruncatedNormal(deviation) => self.truncated(shape, deviation, seed, name),
            Init::Uniform(limit) => self.uniform(shape, limit, seed, name),
            Init::Orthogonal => orthogonal(shape, seed, name),
            Init::Zeros => Tensor::zeros(shape),
            Init::Constant(value) => Tensor::full(shape, F::of(value)),
        }
    }

    /// Whether anything can be drawn: between a negative deviation and its double lies nothing.
    pub(super) fn check(self) -> Result<()> {
        match self {
            Init::TruncatedNormal(deviation) if !(deviation.is_finite() && deviation >= 0.0) => {
                Err(Error::shape("").found(format!("a deviation of {deviation}")).wanted("a finite one, at least 0"))
            }
            Init::Uniform(limit) if !(limit.is_finite() && limit >= 0.0) => {
                Err(Error::shape("").found(format!("a limit of {limit}")).wanted("a finite one, at least 0"))
            }
            _ => Ok(()),
        }
    }

    /// Uniform on ±limit.
    fn uniform<F: Scalar>(self, shape: &[usize], limit: f64, seed: Seed, name: &str) -> Tensor<F> {
        let draws = Uniform::new_inclusive(-limit, limit).expect("a variance is positive");
        let draws = draws.sample_iter(seed.stream(&format!("init {name}")));
        Tensor::new(shape, draws.take(shape.iter().product()).map(F::of).collect())
    }

    /// Normal, redrawn beyond two deviations.
    fn truncated<F: Scalar>(self, shape: &[usize], deviation: f64, seed: Seed, name: &str) -> Tensor<F> {
        let draws = Normal::new(0.0, deviation).expect("a deviation is finite");
        let draws = draws.sample_iter(seed.stream(&format!("init {name}")));
        let kept = draws.filter(|x| x.abs() <= 2.0 * deviation);
        Tensor::new(shape, kept.take(shape.iter().product()).map(F::of).collect())
    }
}

/// A matrix (all axes but the last, the last) whose columns are orthonormal, or whose rows are if they are fewer: normal vectors,
/// each made orthogonal to those before it (Gram and Schmidt, twice over for the sake of rounding).
fn orthogonal<F: Scalar>(shape: &[usize], seed: Seed, name: &str) -> Tensor<F> {
    let columns = shape.last().copied().unwrap_or(1);
    let rows = shape.iter().product::<usize>() / columns.max(1);
    let (count, length) = (rows.min(columns), rows.max(columns));
    let mut draws = StandardNormal.sample_iter(seed.stream(&format!("init {name}")));
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let mut vectors: Vec<Vec<f64>> = Vec::new();
    while vectors.len() < count {
        let mut vector: Vec<f64> = draws.by_ref().take(length).collect();
        for other in vectors.iter().chain(&vectors) {
            let along = dot(&vector, other);
            vector.iter_mut().zip(other).for_each(|(v, o)| *v -= along * o);
        }
        let norm = dot(&vector, &vector).sqrt();
        vector.iter_mut().for_each(|v| *v /= norm);
        vectors.push(vector);
    }
    let element = |row: usize, column: usize| if rows < columns { vectors[row][column] } else { vectors[column][row] };
    let elements = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    Tensor::new(shape, elements.map(|(row, column)| F::of(element(row, column))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variances_are_those_of_the_literature() {
        let (fan_in, fan_out) = (300, 200);
        for (init, variance) in [
            (Init::GlorotUniform, 2.0 / 500.0),
            (Init::GlorotNormal, 2.0 / 500.0),
            (Init::HeUniform, 2.0 / 300.0),
            (Init::HeNormal, 2.0 / 300.0),
            (Init::LecunUniform, 1.0 / 300.0),
            (Init::LecunNormal, 1.0 / 300.0),
            (Init::TruncatedNormal(0.3), (0.3 * TRUNCATED_DEVIATION).powi(2)),
        ] {
            let w = init.sample::<f64>(&[300, 200], (fan_in, fan_out), Seed(1), "w");
            let found = w.as_slice().iter().map(|w| w * w).sum::<f64>() / w.len() as f64;
            assert!((found / variance - 1.0).abs() < 0.03, "{init:?}: variance {found}, wanted {variance}");
        }
    }

    #[test]
    fn a_truncated_normal_stays_within_two_deviations() {
        let w = Init::TruncatedNormal(0.3).sample::<f64>(&[10_000], (1, 1), Seed(2), "w");
        assert!(w.as_slice().iter().all(|w| w.abs() <= 0.6) && w.as_slice().iter().any(|w| w.abs() > 0.59));
    }

    #[test]
    fn orthogonal_vectors_are_orthonormal() {
        for (shape, rows_are) in [([5, 15], true), ([15, 5], false), ([4, 4], true), ([1, 3], true)] {
            let w = Init::Orthogonal.sample::<f64>(&shape, (1, 1), Seed(4), "w").to_array::<ndarray::Ix2>();
            let products = if rows_are { w.dot(&w.t()) } else { w.t().dot(&w) };
            let apart = products - ndarray::Array2::<f64>::eye(shape[0].min(shape[1]));
            assert!(apart.iter().all(|d| d.abs() < 1e-14), "{shape:?}: {apart}");
        }
    }

    #[test]
    fn each_parameter_has_its_own_stream() {
        let draw = |name| Init::HeNormal.sample::<f32>(&[4], (4, 4), Seed(3), name);
        assert_eq!(draw("dense.kernel"), draw("dense.kernel"));
        assert_ne!(draw("dense.kernel"), draw("dense_1.kernel"));
    }
}
