//! Exercise 34: a faulty layer (chapter 12). It has three faults, and `Check::layer` finds one after the other. Repair it.

use tonegrad::autograd::Var;
use tonegrad::nn::{Init, Layer, Mode, Output, ParamSpec, Scope};
use tonegrad::{Result, Scalar};

/// A gate for each channel of a signal x (n, length, channels), that listens to the whole signal (Hu et al. 2018):
///
/// ```text
/// s = mean of x along the length      g = σ(s·W + b)      y[t] = g x[t]
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Gate;

impl Layer for Gate {
    fn kind(&self) -> (&'static str, &'static str) {
        ("gate", "Gate")
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
        Ok(input.to_vec())
    }

    fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        let channels = input[1];
        vec![
            ParamSpec::new("kernel", [channels, channels]).init(Init::GlorotUniform),
            ParamSpec::new("bias", [channels]),
        ]
    }

    /// Each example alone.
    fn scope(&self) -> Scope {
        Scope::Either
    }

    fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, params: &[Var<'t, F>], _: Mode) -> Output<'t, F> {
        let [n, length, channels] = [0, 1, 2].map(|axis| x.shape()[axis]);
        let [kernel, bias] = params else { panic!("a gate has two parameters") };
        let summary = x.clone().mean_axis(1);
        let gate = summary.dense(kernel.clone(), bias.clone()).sigmoid();
        (x * gate.reshape([n, 1, channels]).broadcast_to([n, length, channels])).into()
    }
}
