//! A model: a network with its weights.

use super::layer::{Describe, Mode};
use super::layers::Layer;
use super::sequential::Sequential;
use super::summary::Summary;
use super::weights::Penalty;
use crate::autograd::{Tape, Var, map_examples};
use crate::{Scalar, Tensor};
use ndarray::{Array2, ArrayView2, Axis, Ix2};
use std::ops::Range;

/// Rows of a batch in inference; fewer where they would become more values than
/// [`VALUES_AT_ONCE`].
const ROWS_AT_ONCE: usize = 400;
const VALUES_AT_ONCE: usize = 1 << 28;

/// A trainable parameter: a named tensor, and its penalty.
#[derive(Clone, Debug, PartialEq)]
pub struct Param<F: Scalar> {
    /// As in Keras: `conv1d_1.kernel`.
    pub name: String,
    /// Its value.
    pub value: Tensor<F>,
    /// The regularisation term that it adds to the loss.
    pub penalty: Penalty,
}

/// A layer in a model: its name, its output shape, and which parameters are its own.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub name: String,
    pub title: &'static str,
    pub layer: Layer,
    pub output: Vec<usize>,
    pub params: Range<usize>,
}

/// Some consecutive layers, run depth-first example by example or layer by layer on the whole batch.
#[derive(Clone, Debug)]
struct Stage {
    layers: Range<usize>,
    by_example: bool,
}

/// A network with its weights, built by [`Sequential::build`].
#[derive(Clone, Debug)]
pub struct Model<F: Scalar> {
    network: Sequential,
    layers: Vec<Placed>,
    stages: Vec<Stage>,
    params: Vec<Param<F>>,
}

impl<F: Scalar> Model<F> {
    pub(super) fn new(network: Sequential, layers: Vec<Placed>, params: Vec<Param<F>>) -> Self {
        let mut stages: Vec<Stage> = Vec::new();
        for (i, placed) in layers.iter().enumerate() {
            let whole = placed.layer.wants_whole_batch();
            match stages.last_mut() {
                Some(stage) if layers[stage.layers.start].layer.wants_whole_batch() == whole => {
                    stage.layers.end = i + 1
                }
                _ => stages.push(Stage { layers: i..i + 1, by_example: false }),
            }
        }
        for stage in &mut stages {
            stage.by_example = layers[stage.layers.clone()].iter().any(|placed| placed.layer.is_spatial());
        }
        Model { network, layers, stages, params }
    }

    /// The network without its weights.
    pub fn network(&self) -> &Sequential {
        &self.network
    }

    /// The layers, each with its name and output shape.
    #[cfg(feature = "onnx")]
    pub(crate) fn layers(&self) -> &[Placed] {
        &self.layers
    }

    /// The shape of one example.
    pub fn input(&self) -> &[usize] {
        self.network.input()
    }

    /// The shape of one example's output: the number of classes.
    pub fn output(&self) -> &[usize] {
        self.layers.last().map_or(&[], |placed| &placed.output)
    }

    /// The parameters, in the order of the layers.
    pub fn params(&self) -> &[Param<F>] {
        &self.params
    }

    /// The parameters, to be changed; shapes stay as they are.
    pub fn params_mut(&mut self) -> &mut [Param<F>] {
        &mut self.params
    }

    /// How many trainable parameters there are: the elements of all tensors.
    pub fn parameters(&self) -> usize {
        self.params.iter().map(|p| p.value.len()).sum()
    }

    /// Layers, shapes and parameters, as Keras shows them.
    pub fn summary(&self) -> Summary {
        let count = |placed: &Placed| self.params[placed.params.clone()].iter().map(|p| p.value.len()).sum();
        let row =
            |placed: &Placed| (format!("{} ({})", placed.name, placed.title), placed.output.clone(), count(placed));
        Summary::new(self.layers.iter().map(row).collect())
    }

    /// The forward pass: logits (n, classes) of a batch (n, ...), on the tape of `x`. `params` are this model's,
    /// entered into that tape.
    pub fn forward<'t>(&self, x: Var<'t, F>, params: &[Var<'t, F>], mode: Mode) -> Var<'t, F> {
        self.stages.iter().fold(x, |x, stage| {
            if !stage.by_example {
                return self.run(stage.layers.clone(), x, params, 0, mode);
            }
            let (first, last) = (&self.layers[stage.layers.start], &self.layers[stage.layers.end - 1]);
            let own = first.params.start..last.params.end;
            let shared: Vec<_> = params[own.clone()].iter().collect();
            map_examples(&x, &shared, &last.output, |x, params, row| {
                self.run(stage.layers.clone(), x, params, own.start, mode.below(row))
            })
        })
    }

    /// Runs some layers, whose parameters are `params`, the first of which is the model's parameter at index `offset`.
    fn run<'t>(
        &self,
        layers: Range<usize>,
        x: Var<'t, F>,
        params: &[Var<'t, F>],
        offset: usize,
        mode: Mode,
    ) -> Var<'t, F> {
        layers.fold(x, |x, i| {
            let Placed { layer, params: own, .. } = &self.layers[i];
            layer.forward(x, &params[own.start - offset..own.end - offset], mode.child(i))
        })
    }

    /// A batch of feature rows as this model's input, (n, input shape).
    ///
    /// # Panics
    /// When a row has another number of features: [`Model::check`](crate::train) says so beforehand.
    pub fn batch(&self, x: ArrayView2<f32>) -> Tensor<F> {
        self.batch_of(x, 0..x.nrows())
    }

    /// Some rows of a table as a batch.
    pub(crate) fn batch_of(&self, x: ArrayView2<f32>, rows: impl ExactSizeIterator<Item = usize>) -> Tensor<F> {
        let n = rows.len();
        let mut values = Tensor::scratch([n, x.ncols()]);
        for (mut to, row) in values.view_mut::<Ix2>().rows_mut().into_iter().zip(rows) {
            to.zip_mut_with(&x.row(row), |to, &from| *to = F::of(f64::from(from)));
        }
        values.reshape(&[&[n], self.input()].concat()[..])
    }

    /// Logits (n, classes) of any number of feature rows.
    pub fn logits(&self, x: ArrayView2<f32>) -> Array2<F> {
        let mut logits = Array2::zeros((x.nrows(), self.output()[0]));
        let values: usize = self.layers.iter().map(|placed| placed.output.iter().product::<usize>()).sum();
        let rows = (VALUES_AT_ONCE / values.max(1)).clamp(1, ROWS_AT_ONCE);
        // On a thread of the pool: others join in at once.
        rayon::scope(|_| {
            for (x, mut out) in x.axis_chunks_iter(Axis(0), rows).zip(logits.axis_chunks_iter_mut(Axis(0), rows)) {
                let tape = Tape::new();
                let params: Vec<_> = self.params.iter().map(|p| tape.constant(p.value.clone())).collect();
                let y = self.forward(tape.constant(self.batch(x)), &params, Mode::Eval);
                out.assign(&y.value().view::<Ix2>());
            }
        });
        logits
    }

    /// Class probabilities (n, classes) of any number of feature rows, standardised as the training rows were.
    pub fn predict(&self, x: ArrayView2<f32>) -> Array2<F> {
        let tape = Tape::new();
        let logits = tape.constant(Tensor::from(self.logits(x)));
        logits.softmax().value().to_array()
    }

    /// The sum of the penalties of all parameters.
    pub fn penalty(&self) -> f64 {
        let tape = Tape::new();
        let terms = self.params.iter().filter_map(|p| p.penalty.of(&tape.constant(p.value.clone())));
        terms.map(|term| term.value().item().as_f64()).sum()
    }

    /// The first layer whose output on this batch is not finite, and why: what the training loop says of a loss that is
    /// not.
    pub(crate) fn first_non_finite(&self, x: Tensor<F>, mode: Mode) -> Option<String> {
        if !x.is_finite() {
            return Some("input: a feature is not finite".into());
        }
        if let Some(param) = self.params.iter().find(|p| !p.value.is_finite()) {
            return Some(format!("{}: a weight is not finite", param.name));
        }
        let tape = Tape::new();
        let params: Vec<_> = self.params.iter().map(|p| tape.constant(p.value.clone())).collect();
        let mut x = tape.constant(x);
        for (i, placed) in self.layers.iter().enumerate() {
            x = self.run(i..i + 1, x, &params, 0, mode);
            if !x.value().is_finite() {
                return Some(format!("{}: an output is not finite", placed.name));
            }
        }
        None
    }
}
