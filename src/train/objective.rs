//! The loss of one mini-batch: its targets, and what weighs how much.

use crate::autograd::Var;
use crate::data::Dataset;
use crate::nn::Loss;
use crate::ops::{Reduction, SoftmaxCrossEntropy};
use crate::{Scalar, Tensor};
use ndarray::Axis;
use std::sync::Arc;

/// The loss of one mini-batch, with the targets of its rows.
///
/// ```
/// use tonegrad::nn::Loss;
/// use tonegrad::train::{Objective, Targets};
/// use tonegrad::{Tensor, autograd::Tape};
/// let objective = Objective::new(Loss::SquaredError, Targets::Numbers(Tensor::from([[1.0], [4.0]])));
/// let (tape, outputs) = (Tape::new(), Tensor::from([[1.0], [2.0]]));
/// assert_eq!(objective.value(tape.constant(outputs)).value().item(), 2.0);
/// ```
#[derive(Clone, Debug)]
pub struct Objective<F: Scalar> {
    /// What compares outputs with targets.
    pub loss: Loss,
    /// The targets of the mini-batch.
    pub targets: Targets<F>,
    /// A weight for each class; 1 where there are none.
    pub class_weights: Option<Arc<[f64]>>,
    /// Label smoothing: the share of each target that is spread evenly over all classes, 0 to 1.
    pub smoothing: f64,
    /// Mean or sum over the rows. A row of several numbers counts with their mean.
    pub reduction: Reduction,
}

/// The targets of a mini-batch.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets<F: Scalar> {
    /// The class of each row.
    Classes(Arc<[usize]>),
    /// The numbers of each row, (rows, numbers).
    Numbers(Tensor<F>),
}

impl<F: Scalar> Targets<F> {
    /// Those of some rows of a data set, in this order.
    pub fn of<T: Scalar>(data: &Dataset<T>, rows: &[usize]) -> Self {
        match data.targets() {
            None => Targets::Classes(rows.iter().map(|&row| data.y()[row]).collect()),
            Some(all) => Targets::Numbers(all.select(Axis(0), rows).mapv(|t| F::of(t.as_f64())).into()),
        }
    }
}

impl<F: Scalar> Objective<F> {
    /// The mean loss, without weights or smoothing.
    pub fn new(loss: Loss, targets: Targets<F>) -> Self {
        Objective { loss, targets, class_weights: None, smoothing: 0.0, reduction: Reduction::Mean }
    }

    /// The loss of these outputs, (rows, ...), a single number on their tape.
    ///
    /// # Panics
    /// When outputs and targets do not fit each other, or the loss wants other targets.
    pub fn value<'t>(&self, outputs: Var<'t, F>) -> Var<'t, F> {
        let tape = outputs.tape();
        match (self.loss, &self.targets) {
            (Loss::CrossEntropy, Targets::Classes(labels)) => outputs.cross_entropy(SoftmaxCrossEntropy {
                labels: labels.clone(),
                class_weights: self.class_weights.clone(),
                smoothing: self.smoothing,
                reduction: self.reduction,
            }),
            (Loss::BinaryCrossEntropy, Targets::Classes(labels)) => self.binary(outputs, labels),
            (Loss::SquaredError, Targets::Numbers(t)) => {
                self.reduced(outputs.reshape(t.shape()).mse(tape.constant(t.clone())), t.shape()[0])
            }
            (Loss::Huber { delta }, Targets::Numbers(t)) => {
                self.reduced(outputs.reshape(t.shape()).huber(tape.constant(t.clone()), delta), t.shape()[0])
            }
            (loss, Targets::Classes(_)) => panic!("{loss}: found classes as targets, wanted numbers"),
            (loss, Targets::Numbers(_)) => panic!("{loss}: found numbers as targets, wanted classes"),
        }
    }

    /// Class c weighs w_c: the mean over all n rows is Σ_c w_c n_c/n · the mean over its own n_c rows.
    fn binary<'t>(&self, outputs: Var<'t, F>, labels: &[usize]) -> Var<'t, F> {
        let (tape, n) = (outputs.tape(), labels.len());
        assert_eq!(outputs.value().len(), n, "binary cross-entropy: {} logits for {n} rows", outputs.value().len());
        let target = |&class: &usize| F::of((1.0 - self.smoothing) * class as f64 + self.smoothing / 2.0);
        let loss = |logits: Var<'t, F>, labels: &[usize]| {
            let targets = Tensor::new([labels.len()], labels.iter().map(target).collect());
            logits.binary_cross_entropy(tape.constant(targets))
        };
        let logits = outputs.reshape([n]);
        let mean = match self.class_weights.as_deref() {
            None => loss(logits, labels),
            Some(weights) => {
                let of = |class: usize| (0..n).filter(move |&row| labels[row] == class).collect::<Vec<_>>();
                let terms = [of(0), of(1)].into_iter().enumerate().filter(|(_, rows)| !rows.is_empty());
                let terms = terms.map(|(class, rows)| {
                    let share = F::of(weights[class] * rows.len() as f64 / n as f64);
                    loss(logits.clone().take_rows(rows.clone()), &vec![class; rows.len()]) * share
                });
                terms.reduce(|a, b| a + b).expect("a mini-batch has rows")
            }
        };
        self.reduced(mean, n)
    }

    fn reduced<'t>(&self, mean: Var<'t, F>, rows: usize) -> Var<'t, F> {
        match self.reduction {
            Reduction::Mean => mean,
            Reduction::Sum => mean * F::of(rows as f64),
        }
    }

    /// How many rows are classified correctly, where rows have classes: those whose largest logit, of equal ones the first, is
    /// that of their class. A single logit is that of the second class, against 0.
    pub fn correct(&self, outputs: &Tensor<F>) -> Option<usize> {
        let Targets::Classes(labels) = &self.targets else { return None };
        let largest = |row: &[F]| match (self.loss, row) {
            (Loss::BinaryCrossEntropy, [logit]) => usize::from(*logit > F::zero()),
            (_, row) => row.iter().enumerate().fold(0, |best, (i, v)| if *v > row[best] { i } else { best }),
        };
        let rows = outputs.as_slice().chunks_exact(outputs.row_len().max(1));
        Some(rows.zip(&**labels).filter(|&(row, &label)| largest(row) == label).count())
    }
}

/// Softmax cross-entropy with the class of each row.
impl<F: Scalar> From<SoftmaxCrossEntropy> for Objective<F> {
    fn from(op: SoftmaxCrossEntropy) -> Self {
        let SoftmaxCrossEntropy { labels, class_weights, smoothing, reduction } = op;
        let targets = Targets::Classes(labels);
        Objective { loss: Loss::CrossEntropy, targets, class_weights, smoothing, reduction }
    }
}
