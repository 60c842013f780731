//! Multinomial logistic regression with an L2 penalty, to convergence.
//!
//! ```text
//! p_j = e^(z_j) / Σ_k e^(z_k),   z = W x + b          minimise   C Σ_rows -log p_(its class)  +  ½ Σ W²
//! ```
//!
//! The bias is free. Of two classes, one is given the logit 0 and the other a row of W, since with two rows the same
//! probabilities would cost half the penalty. Both are scikit-learn's `LogisticRegression`. The function is convex,
//! so there is one minimum, and every method that reaches it agrees; [`Lbfgs`] does, in `f64`, on the objective divided
//! by C n.
//!
//! Features that say nearly the same make a narrow valley, along which it takes thousands of steps. So it starts from the
//! second derivatives at W = 0. There all k probabilities are 1/k, and those of one row's loss by its logits are
//! I/k - 11ᵀ/k². W stays where its columns add up to zero, and 1 does nothing there: what remains of the whole is
//!
//! ```text
//! Xᵀ X / (k n)  +  I / (C n),   for each class alike, and 1/k for its bias
//! ```
//!
//! (1/4 in place of 1/k where one output separates two classes). One matrix of features by features is inverted, once.
//!
//! With P the probabilities and Y the truth, (rows, classes), the gradients are dW = (P - Y)ᵀ X / n + W / (C n) and
//! db = Σ_rows (P - Y) / n.

use super::estimator::{Estimator, Predictor, check_rows, check_train, positive};
use super::kernel::largest_square;
use super::lbfgs::{Lbfgs, Minimum};
use crate::data::{Dataset, Train};
use crate::product::{Write, gemm, par_gemm};
use crate::{Error, Result, Seed};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, ArrayViewMut1, ArrayViewMut2, Axis, s};
use rayon::prelude::*;

/// Rows that are summed before others are added: fixed, so that sums do not depend on the threads.
const CHUNK: usize = 256;

/// Features up to which the matrix of all pairs of them is inverted: it takes as many multiplications as their cube.
const MOST_INVERTED: usize = 2_000;

/// A logit below this leaves all probabilities what they are without it, to six digits.
const LEAST_LOGIT: f64 = 1e-6;

/// Multinomial logistic regression with an L2 penalty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogisticRegression {
    /// What the loss weighs against the penalty, 1 by default.
    pub c: f64,
    /// Whether each row's loss counts in inverse proportion to the rows of its class, 1 on average.
    pub balanced: bool,
    /// How the minimum is sought. The tolerance is that of the objective divided by C n.
    pub lbfgs: Lbfgs,
}

impl Default for LogisticRegression {
    fn default() -> Self {
        LogisticRegression { c: 1.0, balanced: false, lbfgs: Lbfgs::default() }
    }
}

impl Estimator for LogisticRegression {
    fn fit(&self, train: &Train, _: &Dataset, _: Seed) -> Result<Box<dyn Predictor>> {
        Ok(Box::new(self.solve(train)?))
    }
}

impl LogisticRegression {
    /// As [`fit`](Estimator::fit), with the weights to be looked at.
    ///
    /// # Errors
    /// As [`fit`](Estimator::fit); features so small that the penalty lets no weight tell one row from another.
    pub fn solve(&self, train: &Train) -> Result<Linear> {
        positive("logistic regression, C", self.c)?;
        let present = check_train("logistic regression", train)?;
        self.check_size(train)?;
        let objective = Objective::new(train, &present, self);
        let start = vec![0.0; objective.outputs * (train.x().ncols() + 1)];
        let Minimum { at, iterations, .. } = if train.x().ncols() <= MOST_INVERTED {
            let inverse = objective.inverse();
            self.lbfgs.minimize_by(start, |v| objective.multiply(&inverse, v), |w, g| objective.at(w, g))?
        } else {
            self.lbfgs.minimize(start, |w, g| objective.at(w, g))?
        };
        let (weights, bias) = objective.unpack(&at)?;
        Ok(Linear {
            weights: weights.to_owned(),
            bias: bias.to_vec(),
            present,
            classes: train.classes().len(),
            iterations,
        })
    }

    /// Where the gradient is zero, W = C Σ (Y - P)ᵀ X, so no logit is larger than C n |x|² of the longest row. Where that is
    /// next to nothing, every row would get the same probabilities, whatever there was to learn.
    fn check_size(&self, train: &Train) -> Result<()> {
        let longest = largest_square(train.x(), &vec![0.0; train.x().ncols()]).0;
        if longest == 0.0 || self.c * train.len() as f64 * longest > LEAST_LOGIT {
            return Ok(());
        }
        Err(Error::config("logistic regression, C")
            .found(format!("{}, and features below {:.1e}", self.c, 10.0 * longest.sqrt()))
            .wanted("features that weights can tell apart in spite of the penalty")
            .fix("standardise the features, or raise C"))
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

impl Predictor for Linear {
    /// Probabilities; 0 for a class without training rows.
    fn scores(&self, x: ArrayView2<f32>) -> Result<Array2<f32>> {
        check_rows("logistic regression", x, self.weights.ncols())?;
        let mut scores = Array2::zeros((x.nrows(), self.classes));
        let chunks = x.axis_chunks_iter(Axis(0), CHUNK).into_par_iter();
        chunks.zip(scores.axis_chunks_iter_mut(Axis(0), CHUNK)).for_each(|(x, mut scores)| {
            let x = x.mapv(f64::from);
            let mut p = logits(x.view(), self.weights.view(), &self.bias, self.present.len());
            p.rows_mut().into_iter().for_each(log_softmax);
            for (p, &class) in p.columns().into_iter().zip(&self.present) {
                scores.column_mut(class).zip_mut_with(&p, |to, &p| *to = p.exp() as f32);
            }
        });
        Ok(scores)
    }

    fn parameters(&self) -> usize {
        self.weights.len() + self.bias.len()
    }

    fn gives_probabilities(&self) -> bool {
        true
    }
}

/// z (rows, classes); where there is one output for two classes, the first class's is 0.
fn logits(x: ArrayView2<f64>, weights: ArrayView2<f64>, bias: &[f64], classes: usize) -> Array2<f64> {
    let mut z = Array2::zeros((x.nrows(), classes));
    let mut free = z.slice_mut(s![.., classes - bias.len()..]);
    free.rows_mut().into_iter().for_each(|mut row| row.assign(&ArrayView1::from(bias)));
    gemm(Write::Add, x, weights.t(), free);
    z
}

/// Log-softmax: from logits to logarithms of probabilities.
fn log_softmax(mut row: ArrayViewMut1<f64>) {
    let most = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let log_sum = most + row.iter().map(|z| (z - most).exp()).sum::<f64>().ln();
    row.iter_mut().for_each(|z| *z -= log_sum);
}

/// Inverts a positive definite matrix by Gauss and Jordan's elimination, which needs no pivots there.
fn invert(a: &mut Array2<f64>) {
    for k in 0..a.nrows() {
        let pivot = a[[k, k]];
        a[[k, k]] = 1.0;
        a.row_mut(k).mapv_inplace(|v| v / pivot);
        let chosen = a.row(k).to_owned();
        for (_, mut row) in a.rows_mut().into_iter().enumerate().filter(|(i, _)| *i != k) {
            let factor = std::mem::take(&mut row[k]);
            row.scaled_add(-factor, &chosen);
        }
    }
}

/// What is minimised: mean loss + Σ W² / (2 C n).
struct Objective<'a> {
    x: ArrayView2<'a, f32>,
    /// The index of each row's class among those present.
    y: Vec<usize>,
    /// What a row of each class counts.
    weights: Vec<f64>,
    classes: usize,
    outputs: usize,
    /// 1 / (C n).
    penalty: f64,
}

/// The sums of some rows.
struct PartialSums {
    loss: f64,
    dw: Array2<f64>,
    db: Array1<f64>,
}

impl<'a> Objective<'a> {
    fn new(train: &'a Train, present: &[usize], how: &LogisticRegression) -> Self {
        let y = train.y().iter().map(|class| present.partition_point(|p| p < class)).collect();
        let outputs = if present.len() == 2 { 1 } else { present.len() };
        let penalty = 1.0 / (how.c * train.len() as f64);
        let weights = train.balanced_weights();
        let weights = present.iter().map(|&class| if how.balanced { weights[class] } else { 1.0 }).collect();
        Objective { x: train.x(), y, weights, classes: present.len(), outputs, penalty }
    }

    /// W (outputs, features) and b.
    fn unpack<'w>(&self, w: &'w [f64]) -> Result<(ArrayView2<'w, f64>, &'w [f64])> {
        let (weights, bias) = w.split_at(w.len() - self.outputs);
        let shaped = ArrayView2::from_shape((self.outputs, self.x.ncols()), weights);
        Ok((shaped.map_err(|e| Error::shape("logistic regression").found(e.to_string()))?, bias))
    }

    /// The second derivative of a row's loss by the logit of its class, at W = 0.
    fn curvature(&self) -> f64 {
        if self.outputs == 1 { 0.25 } else { 1.0 / self.classes as f64 }
    }

    /// The inverse of the second derivatives by one class's weights, at W = 0.
    fn inverse(&self) -> Array2<f64> {
        let features = self.x.ncols();
        let mut second = Array2::zeros((features, features));
        for rows in self.x.axis_chunks_iter(Axis(0), CHUNK) {
            let rows = rows.mapv(f64::from);
            par_gemm(Write::Add, rows.t(), rows.view(), second.view_mut());
        }
        second *= self.curvature() / self.x.nrows() as f64;
        // Where the penalty is next to nothing, rounding must not make the matrix singular.
        let least = 1e-10 * second.diag().sum() / features as f64;
        second.diag_mut().mapv_inplace(|v| v + self.penalty.max(least));
        invert(&mut second);
        second
    }

    /// Multiplies what stands for W and b by the inverse of the second derivatives.
    fn multiply(&self, inverse: &Array2<f64>, v: &mut [f64]) {
        let (weights, bias) = v.split_at_mut(self.outputs * self.x.ncols());
        let Ok(mut weights) = ArrayViewMut2::from_shape((self.outputs, self.x.ncols()), weights) else { return };
        let old = weights.to_owned();
        par_gemm(Write::Set, old.view(), inverse.view(), weights.view_mut());
        bias.iter_mut().for_each(|b| *b /= self.curvature());
    }

    fn at(&self, w: &[f64], gradient: &mut [f64]) -> f64 {
        let Ok((weights, bias)) = self.unpack(w) else { return f64::NAN };
        let chunks = self.x.axis_chunks_iter(Axis(0), CHUNK).into_par_iter().zip(self.y.par_chunks(CHUNK));
        let parts: Vec<_> = chunks.map(|(x, y)| self.part(x, y, weights, bias)).collect();
        let n = self.x.nrows() as f64;
        let (dw, db) = gradient.split_at_mut(w.len() - self.outputs);
        let Ok(mut dw) = ArrayViewMut2::from_shape(weights.dim(), dw) else { return f64::NAN };
        let mut db = ArrayViewMut1::from(db);
        dw.assign(&weights);
        dw *= self.penalty;
        db.fill(0.0);
        for part in &parts {
            dw.scaled_add(1.0 / n, &part.dw);
            db.scaled_add(1.0 / n, &part.db);
        }
        let squares = weights.iter().map(|w| w * w).sum::<f64>();
        parts.iter().map(|part| part.loss).sum::<f64>() / n + self.penalty / 2.0 * squares
    }

    /// So few rows stay in the cache from the product with W to that with the errors.
    fn part(&self, x: ArrayView2<f32>, y: &[usize], weights: ArrayView2<f64>, bias: &[f64]) -> PartialSums {
        let x = x.mapv(f64::from);
        let mut p = logits(x.view(), weights, bias, self.classes);
        let mut loss = 0.0;
        for (mut row, &class) in p.rows_mut().into_iter().zip(y) {
            log_softmax(row.view_mut());
            let weight = self.weights[class];
            loss -= weight * row[class];
            row.mapv_inplace(|log_p| weight * log_p.exp());
            row[class] -= weight;
        }
        let errors = p.slice(s![.., self.classes - self.outputs..]);
        let mut dw = Array2::zeros(weights.dim());
        gemm(Write::Set, errors.t(), x.view(), dw.view_mut());
        PartialSums { loss, dw, db: errors.sum_axis(Axis(0)) }
    }
}
