//! The gated recurrent unit as a layer.

use super::init::Init;
use super::layer::{Layer, Mode, Output, compiled_here};
use super::onnx::{Attribute, Graph};
use super::param::{Param, ParamSpec};
use crate::autograd::Var;
use crate::{Error, Result, Scalar, Tensor};
use ndarray::Ix2;

/// A gated recurrent unit, which reads a signal step by step: (length, channels) to (units), its output at the last step.
/// In the form of Keras (`reset_after=True`), and with its names.
///
/// ```
/// use tonegrad::Seed;
/// use tonegrad::nn::{Dense, Gru, Sequential};
/// let network = Sequential::new([74, 7]).then(Gru::new(64)).then(Dense::new(16));
/// assert_eq!(network.build::<f32>(Seed(0))?.params()[1].name, "gru.recurrent_kernel");
/// # Ok::<(), tonegrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Gru {
    units: usize,
    sequences: bool,
}

impl Gru {
    /// So many units, and the output of the last step alone.
    pub fn new(units: usize) -> Self {
        Gru { units, sequences: false }
    }

    /// The outputs of all steps, (length, units), for another layer that reads a signal.
    pub fn sequences(self) -> Self {
        Gru { sequences: true, ..self }
    }
}

impl Layer for Gru {
    compiled_here!();

    fn kind(&self) -> (&'static str, &'static str) {
        ("gru", "GRU")
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
        match *input {
            _ if self.units == 0 => Err(Error::shape("").found("0 units").wanted("at least one")),
            [length, _] if length > 0 && self.sequences => Ok(vec![length, self.units]),
            [length, _] if length > 0 => Ok(vec![self.units]),
            _ => Err(Error::shape("").found(format!("input {input:?}")).wanted("a signal (length, channels)")),
        }
    }

    fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        // What is too large is refused where the network is built.
        let gates = self.units.saturating_mul(3);
        vec![
            ParamSpec::new("kernel", [input[1], gates]).init(Init::GlorotUniform),
            ParamSpec::new("recurrent_kernel", [self.units, gates]).init(Init::Orthogonal),
            ParamSpec::new("bias", [2, gates]),
        ]
    }

    fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, params: &[Var<'t, F>], _: Mode) -> Output<'t, F> {
        let (n, steps) = (x.shape()[0], x.shape()[1]);
        let [kernel, recurrent, bias] = params else { panic!("a gated recurrent unit has three parameters") };
        let y = x.gru(kernel.clone(), recurrent.clone(), bias.clone());
        match self.sequences {
            true => y.into(),
            false => y.slice_axis(1, steps - 1..steps).reshape([n, self.units]).into(),
        }
    }

    /// Three gates, their candidate's part of h, and the outputs, at each step.
    fn inside(&self, input: &[usize]) -> usize {
        input[0].saturating_mul(self.units).saturating_mul(5)
    }

    fn onnx(&self, graph: &mut Graph, params: &[Param<f32>], _: &[usize]) -> Result<()> {
        let turned = |p: &Param<f32>| {
            let turned = Tensor::copy_of(p.value.view::<Ix2>().t());
            let shape = [&[1], turned.shape()].concat();
            turned.reshape(&shape[..])
        };
        let biases = params[2].value.clone().reshape([1, 6 * self.units]);
        let more = [
            graph.tensor(params[0].name.as_str(), &turned(&params[0])),
            graph.tensor(params[1].name.as_str(), &turned(&params[1])),
            graph.tensor(params[2].name.as_str(), &biases),
        ];
        graph.then("Transpose", &[], vec![("perm", Attribute::sizes(&[2, 0, 1]))]);
        let units = Attribute::Int(self.units as i64);
        graph.then("GRU", &more, vec![("hidden_size", units), ("linear_before_reset", Attribute::Int(1))]);
        // Its outputs: (steps, directions, rows, units) of all steps, and (directions, rows, units) of the last.
        let directions = graph.integers("axes", &[1], &[usize::from(self.sequences)]);
        if let Some(gru) = graph.nodes.last_mut().filter(|_| !self.sequences) {
            gru.outputs.insert(0, String::new());
        }
        graph.then("Squeeze", &[directions], vec![]);
        if self.sequences {
            graph.then("Transpose", &[], vec![("perm", Attribute::sizes(&[1, 2, 0]))]);
        }
        Ok(())
    }
}
