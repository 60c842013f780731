//! A model: a network with its weights.

use super::layer::{Mode, Output};
use super::loss::Loss;
use super::onnx::Graph;
use super::param::{Param, Role};
use super::sequential::Sequential;
use super::stack::{Placed, Stack};
use super::summary::Summary;
use crate::autograd::map::EXAMPLES_OF_A_THREAD;
use crate::autograd::{Tape, Var};
use crate::product::WORTH_A_THREAD;
use crate::scalar::concrete;
use crate::{Error, Result, Scalar, Tensor};
use ndarray::{Array2, ArrayView2, Axis, Ix2};

/// Rows of a batch in inference; fewer where they would become more values than
/// [`VALUES_AT_ONCE`].
const ROWS_AT_ONCE: usize = 400;
const VALUES_AT_ONCE: usize = 1 << 28;

/// A network with its weights, built by [`Sequential::build`].
#[derive(Clone, Debug)]
pub struct Model<F: Scalar> {
    network: Sequential,
    stack: Stack,
    params: Vec<Param<F>>,
    loss: Loss,
}

impl<F: Scalar> Model<F> {
    pub(super) fn new(network: Sequential, stack: Stack, params: Vec<Param<F>>) -> Self {
        Model { network, stack, params, loss: Loss::default() }
    }

    /// The network without its weights.
    pub fn network(&self) -> &Sequential {
        &self.network
    }

    /// The layers, each with its name and output shape.
    pub(crate) fn layers(&self) -> &[Placed] {
        &self.stack.layers
    }

    /// The shape of one example.
    pub fn input(&self) -> &[usize] {
        self.network.input()
    }

    /// The shape of one example's output: for a classifier, the number of logits.
    pub fn output(&self) -> &[usize] {
        self.stack.output(self.network.input())
    }

    /// The loss that the model was last trained on, which decides what [`predict`](Model::predict) answers; cross-entropy before.
    pub fn loss(&self) -> Loss {
        self.loss
    }

    /// The same model for another loss: its outputs mean something else from now on.
    ///
    /// ```
    /// use ndarray::array;
    /// use tonegrad::Seed;
    /// use tonegrad::nn::{Dense, Init, Loss, Sequential};
    /// let network = Sequential::new([1]).then(Dense::new(1).init(Init::Zeros));
    /// let model = network.build::<f32>(Seed(0))?;
    /// assert!(model.try_predict(array![[3.0]].view()).is_err()); // the softmax of one logit says nothing
    /// assert_eq!(model.with_loss(Loss::BinaryCrossEntropy)?.predict(array![[3.0]].view()), array![[0.5]]);
    /// # Ok::<(), tonegrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the loss does not take what the last layer gives: a vector of logits for classes.
    pub fn with_loss(mut self, loss: Loss) -> Result<Self> {
        self.set_loss(loss)?;
        Ok(self)
    }

    /// As [`Model::with_loss`].
    pub(crate) fn set_loss(&mut self, loss: Loss) -> Result<()> {
        self.suits(loss)?;
        self.loss = loss;
        Ok(())
    }

    /// The parameters, in the order of the layers: weights, and state such as moving statistics.
    pub fn params(&self) -> &[Param<F>] {
        &self.params
    }

    /// The parameters, to be changed; shapes stay as they are.
    pub fn params_mut(&mut self) -> &mut [Param<F>] {
        &mut self.params
    }

    /// How many parameters there are: the elements of all tensors, those that are not trained among them.
    pub fn parameters(&self) -> usize {
        self.params.iter().map(|p| p.value.len()).sum()
    }

    /// Layers, shapes and parameters, as Keras shows them.
    pub fn summary(&self) -> Summary {
        let count = |params: &[Param<F>]| params.iter().map(|p| p.value.len()).sum();
        let row = |placed: &Placed| {
            let name = format!("{} ({})", placed.name, placed.title);
            (name, placed.output.clone(), count(&self.params[placed.params.clone()]))
        };
        let fixed: Vec<_> = self.params.iter().filter(|p| !p.is_trained()).cloned().collect();
        Summary::new(self.stack.layers.iter().map(row).collect(), count(&fixed))
    }

    /// Freezes the weights of a layer, `conv1d_1`, or one weight, `conv1d_1.kernel`: training leaves them as they are. A layer with
    /// state, all of whose weights are frozen, runs as in inference, and its state stays, too, as in Keras.
    ///
    /// ```
    /// use tonegrad::Seed;
    /// use tonegrad::nn::{Dense, Sequential};
    /// let mut model = Sequential::new([5]).then(Dense::new(8).relu()).then(Dense::new(2)).build::<f32>(Seed(0))?;
    /// model.freeze("dense")?;
    /// let trained: Vec<_> = model.params().iter().filter(|p| p.is_trained()).map(|p| p.name.as_str()).collect();
    /// assert_eq!(trained, ["dense_1.kernel", "dense_1.bias"]);
    /// # Ok::<(), tonegrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// When no layer and no parameter has the name.
    pub fn freeze(&mut self, name: &str) -> Result<()> {
        self.set_role(name, Role::Trained, Role::Frozen)
    }

    /// Trains again what was frozen under this name.
    ///
    /// # Errors
    /// When no layer and no parameter has the name.
    pub fn unfreeze(&mut self, name: &str) -> Result<()> {
        self.set_role(name, Role::Frozen, Role::Trained)
    }

    fn set_role(&mut self, name: &str, from: Role, to: Role) -> Result<()> {
        let mut named = self.params.iter_mut().filter(|p| p.is_of(name)).peekable();
        if named.peek().is_none() {
            let layers: Vec<_> = self.stack.layers.iter().filter(|l| !l.params.is_empty()).map(|l| &*l.name).collect();
            return Err(Error::config("parameters by name").found(format!("{name:?}")).wanted(format!(
                "a layer with parameters, {}, or one of them, such as \"dense.kernel\"",
                layers.join(", ")
            )));
        }
        named.filter(|p| p.role == from).for_each(|p| p.role = to);
        Ok(())
    }

    /// The forward pass: outputs (n, output shape) of a batch (n, ...), on the tape of `x`; logits, where rows have classes. `params` are this model's,
    /// entered into that tape.
    pub fn forward<'t>(&self, x: Var<'t, F>, params: &[Var<'t, F>], mode: Mode) -> Var<'t, F> {
        self.forward_with_state(x, params, mode).value
    }

    /// The forward pass, and what it makes of the layers' state in training, for [`set_state`](Model::set_state).
    pub fn forward_with_state<'t>(&self, x: Var<'t, F>, params: &[Var<'t, F>], mode: Mode) -> Output<'t, F> {
        forward(self, x, params, mode)
    }

    /// Moves the state, to what [`forward_with_state`](Model::forward_with_state) returned in training.
    ///
    /// # Panics
    /// When that is of another model.
    pub fn set_state(&mut self, state: Vec<Tensor<F>>) {
        let moving = (0..self.stack.layers.len()).filter(|&layer| !self.rests(layer));
        let moving: Vec<usize> = moving.flat_map(|layer| self.stack.layers[layer].params.clone()).collect();
        let mut state = state.into_iter();
        for param in moving {
            if self.params[param].role == Role::State {
                let value = state.next().expect("a new value for each parameter that is state");
                assert_eq!(value.shape(), self.params[param].value.shape(), "the state of {}", self.params[param].name);
                self.params[param].value = value;
            }
        }
    }

    /// The mode of a layer.
    fn mode_of(&self, layer: usize, mode: Mode) -> Mode {
        if self.rests(layer) { Mode::Eval } else { mode.child(layer) }
    }

    /// Whether a layer with state keeps it, since all of its weights are frozen.
    fn rests(&self, layer: usize) -> bool {
        let own = &self.params[self.stack.layers[layer].params.clone()];
        let has = |role| own.iter().any(|p| p.role == role);
        has(Role::State) && has(Role::Frozen) && !has(Role::Trained)
    }

    /// Outputs (n, outputs) of any number of feature rows, each row's in row-major order: logits, where rows have classes.
    ///
    /// # Panics
    /// When a row has another number of features.
    pub fn logits<T: Scalar>(&self, x: ArrayView2<T>) -> Array2<F> {
        let outputs = self.output().iter().product();
        let mut logits = Array2::zeros((x.nrows(), outputs));
        let rows = (VALUES_AT_ONCE / self.stack.values.max(1)).clamp(1, ROWS_AT_ONCE);
        let mut run = || {
            for (x, mut out) in x.axis_chunks_iter(Axis(0), rows).zip(logits.axis_chunks_iter_mut(Axis(0), rows)) {
                let tape = Tape::new();
                let params: Vec<_> = self.params.iter().map(|p| tape.constant(p.value.clone())).collect();
                let y = self.forward(tape.constant(self.batch(x)), &params, Mode::Eval);
                out.assign(&y.into_value().reshape([x.nrows(), outputs]).view::<Ix2>());
            }
        };
        match self.is_worth_a_thread(x.nrows()) {
            // On a thread of the pool: others join in at once.
            true => rayon::scope(|_| run()),
            // The way to a thread of the pool and back would take longer than a small network does.
            false => run(),
        }
        logits
    }

    /// Whether any operation on so many rows would be shared by threads.
    fn is_worth_a_thread(&self, rows: usize) -> bool {
        let products = self.stack.layers.iter().map(|placed| {
            let kernel = self.params[placed.params.clone()].iter().map(|p| p.value.len()).max().unwrap_or_default();
            kernel * placed.output.iter().rev().skip(1).product::<usize>()
        });
        rows > EXAMPLES_OF_A_THREAD || products.into_iter().any(|product| rows * product >= 2 * WORTH_A_THREAD)
    }

    /// Predictions (n, outputs) for any number of feature rows, standardised as the training rows were: what the
    /// [`loss`](Model::loss) makes of the outputs. The probabilities of all classes, the probability of the second of two, or
    /// numbers; NaN for a row with a NaN in it.
    ///
    /// # Panics
    /// Where [`Model::try_predict`] has an error.
    pub fn predict<T: Scalar>(&self, x: ArrayView2<T>) -> Array2<F> {
        self.try_predict(x).unwrap_or_else(|error| panic!("{error}"))
    }

    /// As [`Model::predict`], for programs that must not end on a request that does not fit.
    ///
    /// # Errors
    /// When a row has another number of features; when the network's outputs are no predictions under its loss, such as
    /// a single logit under cross-entropy.
    pub fn try_predict<T: Scalar>(&self, x: ArrayView2<T>) -> Result<Array2<F>> {
        Ok(self.loss.predictions(self.sound_outputs(x)?))
    }

    /// The probability of every class, (n, classes): what [`Model::predict`] says of classes, with both columns where there are
    /// two.
    ///
    /// # Errors
    /// As [`Model::try_predict`]; when the network predicts numbers.
    pub fn probabilities<T: Scalar>(&self, x: ArrayView2<T>) -> Result<Array2<F>> {
        self.loss.probabilities(self.sound_outputs(x)?)
    }

    /// Outputs for rows that fit, of which predictions can be made.
    pub(crate) fn sound_outputs<T: Scalar>(&self, x: ArrayView2<T>) -> Result<Array2<F>> {
        self.fits(x)?;
        self.suits(self.loss)?;
        Ok(self.logits(x))
    }

    /// Whether rows have as many features as the network's input.
    pub(super) fn fits<T: Scalar>(&self, x: ArrayView2<T>) -> Result<()> {
        let features: usize = self.input().iter().product();
        match x.ncols() == features {
            true => Ok(()),
            false => Err(Error::shape("Model")
                .found(format!("rows of {} features", x.ncols()))
                .wanted(features.to_string())
                .fix("build the network for these rows")),
        }
    }

    /// The sum of the penalties of all parameters that are trained.
    pub fn penalty(&self) -> f64 {
        penalty(&self.params)
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
        let mut x = Output::from(tape.constant(x));
        for (i, placed) in self.stack.layers.iter().enumerate() {
            x = self.stack.run(i..i + 1, x, &params, |layer| self.mode_of(layer, mode));
            if !x.value.value().is_finite() {
                return Some(format!("{}: an output is not finite", placed.name));
            }
        }
        None
    }
}

impl Model<f32> {
    /// The layers in inference as nodes of ONNX, added to a graph whose value is a batch, signals channels first.
    ///
    /// # Errors
    /// A layer that does not say what it is there.
    pub fn onnx(&self, graph: &mut Graph) -> Result<()> {
        self.stack.onnx(graph, &self.params, self.input())
    }
}

concrete! {
    fn forward<'t, F>(model: &Model<F>, x: Var<'t, F>, params: &[Var<'t, F>], mode: Mode) -> Output<'t, F> = forward_here;
}

fn forward_here<'t, F: Scalar>(model: &Model<F>, x: Var<'t, F>, params: &[Var<'t, F>], mode: Mode) -> Output<'t, F> {
    model.stack.forward(x, params, |layer| model.mode_of(layer, mode))
}

concrete! {
    fn penalty<F>(params: &[Param<F>]) -> f64 = penalty_here;
}

fn penalty_here<F: Scalar>(params: &[Param<F>]) -> f64 {
    let tape = Tape::new();
    let trained = params.iter().filter(|p| p.is_trained());
    let terms = trained.filter_map(|p| p.penalty.of(&tape.constant(p.value.clone())));
    terms.map(|term| term.value().item().as_f64()).sum()
}
