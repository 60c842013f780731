//! Logit adjustment: a fitted model under other class frequencies than those it was trained on.
//!
//! By Bayes' rule p(class | x) is proportional to p(x | class) p(class). Where only the prior p(class) changes, from π to
//! ρ, the new probabilities are p(class | x) ρ / π, scaled to add up to 1 (Saerens, Latinne and Decaestecker 2002). To divide by the
//! training prior alone, ρ = 1/classes, finds rare classes as balanced training does, without a row being added (Menon et
//! al. 2021); to multiply a model of balanced rows by the real prior takes that back.

use super::estimator::Predictor;
use crate::{Error, Result};
use ndarray::{Array2, ArrayView2};

/// A predictor whose probabilities are multiplied by a factor for each class.
pub struct Adjusted<P> {
    /// What was fitted.
    pub inner: P,
    factors: Vec<f64>,
}

impl<P: Predictor> Adjusted<P> {
    /// The same model where class c has the frequency `to[c]`, given that it was trained where c had `from[c]`. A class
    /// without training rows keeps its probability, which is 0 or means nothing.
    ///
    /// ```
    /// use ndarray::array;
    /// use tonegrad::Seed;
    /// use tonegrad::classical::{Adjusted, Estimator, LogisticRegression, Predictor};
    /// use tonegrad::data::{Dataset, Train};
    /// let (x, y) = (array![[0.0], [0.1], [0.2], [0.3], [0.4], [0.25]], vec![0, 0, 0, 0, 0, 1]);
    /// let train = Train::new(Dataset::new(x, y, ["Rock", "Blues"])?);
    /// let usual = LogisticRegression::default().fit(&train, &train, Seed(0))?;
    /// let song = array![[0.3]];
    /// assert_eq!(usual.predict(song.view())?, [0]);
    /// let fair = Adjusted::new(usual, &[5.0, 1.0], &[1.0, 1.0])?;
    /// assert_eq!(fair.predict(song.view())?, [1]);
    /// # Ok::<(), tonegrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the predictor gives no probabilities; when a frequency is below 0 or not finite.
    pub fn new(inner: P, from: &[f64], to: &[f64]) -> Result<Self> {
        if !inner.gives_probabilities() {
            return Err(Error::config("prior")
                .found("a model that votes")
                .wanted("one that gives probabilities: a network, or logistic regression"));
        }
        if let Some(wrong) = from.iter().chain(to).find(|f| !(0.0..f64::INFINITY).contains(*f)) {
            return Err(Error::data("prior").found(wrong.to_string()).wanted("finite frequencies, at least 0"));
        }
        let total = |of: &[f64]| of.iter().sum::<f64>();
        let scale = total(from) / total(to).max(f64::MIN_POSITIVE);
        let factor = |(&from, &to): (&f64, &f64)| if from > 0.0 { scale * to / from } else { 1.0 };
        Ok(Adjusted { inner, factors: from.iter().zip(to).map(factor).collect() })
    }
}

impl<P: Predictor> Predictor for Adjusted<P> {
    fn scores(&self, x: ArrayView2<f32>) -> Result<Array2<f32>> {
        let mut scores = self.inner.scores(x)?;
        for mut row in scores.rows_mut() {
            let moved: Vec<f64> = row.iter().zip(&self.factors).map(|(&p, f)| f64::from(p) * f).collect();
            let sum = moved.iter().sum::<f64>();
            if sum > 0.0 {
                row.iter_mut().zip(moved).for_each(|(p, moved)| *p = (moved / sum) as f32);
            }
        }
        Ok(scores)
    }

    fn parameters(&self) -> usize {
        self.inner.parameters()
    }

    fn gives_probabilities(&self) -> bool {
        true
    }
}
