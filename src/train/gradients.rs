//! The gradients of one mini-batch by themselves: what a training loop of your own is made of.

use crate::autograd::{Tape, Var};
use crate::nn::{Mode, Model, Output, Param};
use crate::{Scalar, Tensor};

/// The loss of a mini-batch, and its gradient with respect to every parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchGradients<F: Scalar> {
    /// The loss, penalties included.
    pub loss: f64,
    /// The gradients, in the order of [`Model::params`], zeros for those that are not trained: what [`State::step`](crate::optim::State::step) takes.
    pub values: Vec<Tensor<F>>,
    /// In training, what the state of layers such as batch normalisation becomes: for [`Model::set_state`].
    pub state: Vec<Tensor<F>>,
    names: Vec<String>,
}

impl<F: Scalar> Model<F> {
    /// The gradients of a loss on a mini-batch, by backpropagation; no weight moves. `x` is (rows, the model's input), `loss`
    /// makes a single number of the outputs, to which the penalties of the parameters are added. `mode` says whether dropout is
    /// at work.
    ///
    /// ```
    /// use tonegrad::nn::{Dense, Init, Mode, Sequential};
    /// use tonegrad::{Seed, Tensor};
    /// let net = Sequential::new([2]).then(Dense::new(1).init(Init::Zeros)).build::<f64>(Seed(0))?;
    /// let x = Tensor::from([[1.0, 0.0], [3.0, 4.0]]);
    /// let gradients = net.gradients(x, Mode::Eval, |y| (y - 1.0).powi(2).sum());
    /// assert_eq!(gradients.loss, 2.0);
    /// assert_eq!(gradients.by_name("dense.kernel").unwrap().as_slice(), [-8.0, -8.0]);
    /// assert_eq!(gradients.norms_by_layer(), [("dense".to_string(), 12.0)]); // √(8² + 8² + 4²)
    /// # Ok::<(), tonegrad::Error>(())
    /// ```
    ///
    /// # Panics
    /// When `x` is not a batch of the model's input, or the loss is not a single number.
    pub fn gradients(
        &self,
        x: Tensor<F>,
        mode: Mode,
        loss: impl for<'t> FnOnce(Var<'t, F>) -> Var<'t, F> + Send,
    ) -> BatchGradients<F> {
        // On a thread of the pool: others join in at once, not anew for each operation.
        rayon::scope(|_| {
            let tape = Tape::new();
            let enter =
                |p: &Param<F>| if p.is_trained() { tape.leaf(p.value.clone()) } else { tape.constant(p.value.clone()) };
            let params: Vec<_> = self.params().iter().map(enter).collect();
            let Output { value: outputs, state } = self.forward_with_state(tape.constant(x), &params, mode);
            let trained = self.params().iter().zip(&params).filter(|(param, _)| param.is_trained());
            let penalties = trained.filter_map(|(param, var)| param.penalty.of(var));
            let loss = penalties.fold(loss(outputs), |loss, penalty| &loss + &penalty);
            let gradients = tape.gradients(&loss);
            let gradient = |(param, var): (&Param<F>, _)| match param.is_trained() {
                true => gradients.of(var),
                false => Tensor::zeros(param.value.shape()),
            };
            BatchGradients {
                loss: loss.value().item().as_f64(),
                values: self.params().iter().zip(&params).map(gradient).collect(),
                state,
                names: self.params().iter().map(|p| p.name.clone()).collect(),
            }
        })
    }
}

impl<F: Scalar> BatchGradients<F> {
    /// The gradient of the parameter of this name, `dense_1.kernel`.
    pub fn by_name(&self, name: &str) -> Option<&Tensor<F>> {
        self.iter().find(|(known, _)| *known == name).map(|(_, gradient)| gradient)
    }

    /// Each gradient with the name of its parameter.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tensor<F>)> {
        self.names.iter().map(String::as_str).zip(&self.values)
    }

    /// Gradient accumulation: adds `share` times the loss and the gradients of another mini-batch. With a share of 1/k for each of
    /// k mini-batches of one size the sums are those of all their rows at once. The state is that of the last mini-batch.
    ///
    /// # Panics
    /// When the gradients are of another model.
    pub fn accumulate(&mut self, share: f64, other: &BatchGradients<F>) {
        assert_eq!(self.names, other.names, "accumulate: wanted gradients of the same parameters");
        self.loss += share * other.loss;
        self.state.clone_from(&other.state);
        let factor = F::of(share);
        for (sum, g) in self.values.iter_mut().zip(&other.values) {
            assert_eq!(sum.shape(), g.shape(), "accumulate: wanted gradients of the same shapes");
            sum.as_mut_slice().iter_mut().zip(g.as_slice()).for_each(|(sum, &g)| *sum += factor * g);
        }
    }

    /// Nothing yet, to [accumulate](Self::accumulate) into: a loss of 0 and gradients of 0 for this model's parameters.
    pub fn zeros(model: &Model<F>) -> Self {
        BatchGradients {
            loss: 0.0,
            state: Vec::new(),
            values: model.params().iter().map(|p| Tensor::zeros(p.value.shape())).collect(),
            names: model.params().iter().map(|p| p.name.clone()).collect(),
        }
    }

    /// The gradient's norm by layer: √(Σ g²) over the parameters of each, in order, under the layer's name.
    pub fn norms_by_layer(&self) -> Vec<(String, f64)> {
        let mut squares: Vec<(String, f64)> = Vec::new();
        for (name, gradient) in self.iter() {
            let layer = name.rsplit_once('.').map_or(name, |(layer, _)| layer);
            let sum: f64 = gradient.as_slice().iter().map(|g| g.as_f64().powi(2)).sum();
            match squares.last_mut() {
                Some((last, squares)) if last == layer => *squares += sum,
                _ => squares.push((layer.into(), sum)),
            }
        }
        squares.into_iter().map(|(layer, sum)| (layer, sum.sqrt())).collect()
    }
}
