//! The gradient check of a layer: its derivatives, and what it says about itself.

use super::layer::AnyLayer;
use super::layer::{Mode, Scope};
use super::param::Role;
use crate::autograd::gradcheck::normal;
use crate::autograd::{Check, Tape, Var};
use crate::{Error, Result, Seed, Tensor};

impl Check {
    /// Checks a layer on this batch: its derivatives with respect to the batch and all of its weights, in inference and in
    /// training, and that shapes, state and [`Scope`] are as it says.
    ///
    /// ```
    /// use tonegrad::autograd::Check;
    /// use tonegrad::autograd::gradcheck::normal;
    /// use tonegrad::nn::{Activation, Dense};
    /// Check::smooth().layer(Dense::new(4).activation(Activation::Tanh), normal([5, 3], 1))?;
    /// # Ok::<(), tonegrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the layer refuses the batch; the first law that does not hold.
    pub fn layer(&self, layer: impl Into<AnyLayer>, x: Tensor<f64>) -> Result<()> {
        let layer = layer.into();
        let kind = layer.kind().0;
        let broken = |law: &str, found: String| Err(Error::shape(format!("{kind}, {law}")).found(found));
        let (Some(&rows), Some(input)) = (x.shape().first(), x.shape().get(1..)) else {
            return Err(Error::shape(kind).found("a scalar").wanted("a batch, (rows, ...)"));
        };
        let output = layer.output(input).map_err(|e| e.under(kind))?;
        let specs = layer.params(input);

        // Away from zeros and ones, so that no term can hide.
        let shaken = specs.iter().zip(1..).map(|(spec, i)| {
            let mut value: Tensor<f64> = spec.init.sample(&spec.shape, spec.fans, Seed(i), &spec.name);
            let noise = normal(value.shape(), i);
            value.as_mut_slice().iter_mut().zip(noise.as_slice()).for_each(|(w, n)| *w += 0.1 * n.tanh());
            value
        });
        let values: Vec<_> = std::iter::once(x.clone()).chain(shaken).collect();
        let run = |x: &Tensor<f64>, mode| {
            let tape = Tape::new();
            let params: Vec<_> = values[1..].iter().map(|p| tape.constant(p.clone())).collect();
            let output = layer.forward(tape.constant(x.clone()), &params, mode);
            (output.value.into_value(), output.state)
        };

        for mode in [Mode::Eval, Mode::Train(Seed(0).key("check"))] {
            let (y, moved) = run(&x, mode);
            let wanted = [&[rows], &output[..]].concat();
            if y.shape() != wanted {
                return broken("the output's shape", format!("{:?}, where `output` says {wanted:?}", y.shape()));
            }
            let state = specs.iter().filter(|spec| spec.role == Role::State && mode != Mode::Eval);
            let (state, moved): (Vec<_>, Vec<_>) =
                (state.map(|spec| &spec.shape[..]).collect(), moved.iter().map(Tensor::shape).collect());
            if moved != state {
                return broken("the state's shapes", format!("{moved:?} in {mode:?}, where `params` says {state:?}"));
            }
            // State has no gradient: it enters as a constant.
            let weights: Vec<usize> =
                (0..values.len()).filter(|&i| i == 0 || specs[i - 1].role != Role::State).collect();
            let inputs: Vec<_> = weights.iter().map(|&i| values[i].clone()).collect();
            let failed = self.function_of(|vars| forward(&layer, &values, &weights, vars, mode), &inputs).err();
            if let Some(failure) = failed {
                return broken("the gradient check", format!("{failure}, in {mode:?}"));
            }
        }

        let whole = run(&x, Mode::Eval).0;
        let alone = |row: usize| run(&x.rows(row, row + 1), Mode::Eval).0;
        let differs = (0..rows).find(|&row| alone(row) != whole.rows(row, row + 1));
        match differs.filter(|_| layer.scope() != Scope::Batch) {
            Some(row) => broken("its scope", format!("{:?}, but row {row} depends on the others", layer.scope())),
            None => Ok(()),
        }
    }
}

/// The layer as a function of the batch and its weights, which stand at these indices among all values.
fn forward<'t>(
    layer: &AnyLayer,
    values: &[Tensor<f64>],
    weights: &[usize],
    vars: &[Var<'t, f64>],
    mode: Mode,
) -> Var<'t, f64> {
    let tape = vars[0].tape();
    let mut all: Vec<_> = values.iter().map(|value| tape.constant(value.clone())).collect();
    weights.iter().zip(vars).for_each(|(&i, var)| all[i] = var.clone());
    layer.forward(all[0].clone(), &all[1..], mode).value
}
