//! Multinomial logistic regression with an L2 penalty, to convergence.
//!
//! ```text
//! p_j = e^(z_j) / Σ_k e^(z_k),   z = W x + b          minimise   C Σ_rows -log p_(its class)  +  ½ Σ W²
//! ```
//!
//! The bias is free. Of two classes, one is given the score 0 and the other a row of W, since with two rows the same
//! probabilities would cost half the penalty. Both are scikit-learn's `LogisticRegression`. The function is convex,
//! so there is one minimum, and whoever reaches it agrees; [`Lbfgs`] does, in `f64`, on the objective divided by C n.
//!
//! With P the probabilities and Y the truth, (rows, classes), the gradients are dW = (P - Y)ᵀ X / n + W / (C n) and
//! db = Σ_rows (P - Y) / n.

use super::classifier::{Classifier, Fitted, check_rows, check_train, positive};
use super::lbfgs::{Lbfgs, Minimum};
use crate::data::{Dataset, Train};
use crate::linalg::{Write, par_gemm};
use crate::{Error, Result, Seed};
use ndarray::{Array2, ArrayView1, ArrayView2, ArrayViewMut1, Axis, s};
use rayon::prelude::*;

/// Rows whose losses are summed before others are added: fixed, so that sums do not depend on the threads.
const CHUNK: usize = 512;

/// Logistic regression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogisticRegression {
    /// What the loss weighs against the penalty, 1 by default.
    pub c: f64,
    /// How the minimum is sought. The tolerance, 1e-5 by default, is that of the objective divided by C n.
    pub lbfgs: Lbfgs,
}

impl Default for LogisticRegression {
    fn default() -> Self {
        LogisticRegression { c: 1.0, lbfgs: Lbfgs { tolerance: 1e-5, ..Lbfgs::default() } }
    }
}

impl Classifier for LogisticRegression {
    fn fit(&self, train: &Train, _: &Dataset, _: Seed) -> Result<Box<dyn Fitted>> {
        Ok(Box::new(self.solve(train)?))
    }
}

impl LogisticRegression {
    /// As [`fit`](Classifier::fit), with the weights to be looked at.
    ///
    /// # Errors
    /// As [`fit`](Classifier::fit).
    pub fn solve(&self, train: &Train) -> Result<Linear> {
        positive("logistic regression, C", self.c)?;
        let present = check_train("logistic regression", train)?;
        let objective = Objective::new(train, &present, self.c);
        let found =
            self.lbfgs.minimize(vec![0.0; objective.outputs * (train.x().ncols() + 1)], |w, g| objective.at(w, g));
        let Minimum { at, iterations, .. } = found?;
        let (weights, bias) = objective.unpack(&at)?;
        Ok(Linear {
            weights: weights.to_owned(),
            bias: bias.to_vec(),
            present,
            classes: train.classes().len(),
            iterations,
        })
    }
}

/// A fitted logistic regression.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// W, (outputs, features): one output for each class that had rows, or one for the second of two.
    pub weights: Array2<f64>,
    /// b, (outputs).
    pub bias: Vec<f64>,
    /// Steps of L-BFGS.
    pub iterations: usize,
    present: Vec<usize>,
    classes: usize,
}

impl Fitted for Linear {
    /// Probabilities; 0 for a class without training rows.
    fn scores(&self, x: ArrayView2<f32>) -> Result<Array2<f32>> {
        check_rows("logistic regression", x, self.weights.ncols())?;
        let x = x.mapv(f64::from);
        let mut p = logits(x.view(), self.weights.view(), &self.bias, self.present.len());
        p.rows_mut().into_iter().for_each(log_softmax);
        let mut scores = Array2::zeros((x.nrows(), self.classes));
        for (p, &class) in p.columns().into_iter().zip(&self.present) {
            scores.column_mut(class).zip_mut_with(&p, |to, &p| *to = p.exp() as f32);
        }
        Ok(scores)
    }

    fn parameters(&self) -> usize {
        self.weights.len() + self.bias.len()
    }
}

/// z (rows, classes); where there is one output for two classes, the first class's is 0.
fn logits(x: ArrayView2<f64>, weights: ArrayView2<f64>, bias: &[f64], classes: usize) -> Array2<f64> {
    let mut z = Array2::zeros((x.nrows(), classes));
    let mut free = z.slice_mut(s![.., classes - bias.len()..]);
    free.rows_mut().into_iter().for_each(|mut row| row.assign(&ArrayView1::from(bias)));
    par_gemm(Write::Add, x, weights.t(), free);
    z
}

/// Turns scores into logarithms of probabilities.
fn log_softmax(mut row: ArrayViewMut1<f64>) {
    let most = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let log_sum = most + row.iter().map(|z| (z - most).exp()).sum::<f64>().ln();
    row.iter_mut().for_each(|z| *z -= log_sum);
}

/// What is minimised: mean loss + Σ W² / (2 C n).
struct Objective {
    x: Array2<f64>,
    /// The place of each row's class among those present.
    y: Vec<usize>,
    classes: usize,
    outputs: usize,
    /// 1 / (C n).
    penalty: f64,
}

impl Objective {
    fn new(train: &Train, present: &[usize], c: f64) -> Self {
        let y = train.y().iter().map(|class| present.partition_point(|p| p < class)).collect();
        let outputs = if present.len() == 2 { 1 } else { present.len() };
        let penalty = 1.0 / (c * train.len() as f64);
        Objective { x: train.x().mapv(f64::from), y, classes: present.len(), outputs, penalty }
    }

    /// W (outputs, features) and b.
    fn unpack<'w>(&self, w: &'w [f64]) -> Result<(ArrayView2<'w, f64>, &'w [f64])> {
        let (weights, bias) = w.split_at(w.len() - self.outputs);
        let shaped = ArrayView2::from_shape((self.outputs, self.x.ncols()), weights);
        Ok((shaped.map_err(|e| Error::shape("logistic regression").found(e.to_string()))?, bias))
    }

    fn at(&self, w: &[f64], gradient: &mut [f64]) -> f64 {
        let Ok((weights, bias)) = self.unpack(w) else { return f64::NAN };
        let mut p = logits(self.x.view(), weights, bias, self.classes);
        let n = self.x.nrows() as f64;
        let chunks = p.axis_chunks_iter_mut(Axis(0), CHUNK).into_par_iter().zip(self.y.par_chunks(CHUNK));
        let losses: Vec<f64> = chunks
            .map(|(mut rows, classes)| {
                let mut loss = 0.0;
                for (mut row, &class) in rows.rows_mut().into_iter().zip(classes) {
                    log_softmax(row.view_mut());
                    loss -= row[class];
                    row.mapv_inplace(|log_p| log_p.exp() / n);
                    row[class] -= 1.0 / n;
                }
                loss
            })
            .collect();
        let errors = p.slice(s![.., self.classes - self.outputs..]);
        let (dw, db) = gradient.split_at_mut(w.len() - self.outputs);
        dw.iter_mut().zip(weights).for_each(|(d, w)| *d = self.penalty * w);
        let Ok(dw) = ndarray::ArrayViewMut2::from_shape(weights.dim(), dw) else { return f64::NAN };
        par_gemm(Write::Add, errors.t(), self.x.view(), dw);
        db.iter_mut().zip(errors.columns()).for_each(|(d, errors)| *d = errors.sum());
        losses.iter().sum::<f64>() / n + self.penalty / 2.0 * weights.iter().map(|w| w * w).sum::<f64>()
    }
}
