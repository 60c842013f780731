//! The check of an operation, and of any function of variables.

use super::check::{Check, Claim};
use super::contract::Rules;
use super::failure::Failure;
use crate::Tensor;
use crate::autograd::op::{Op, Slot};
use crate::autograd::tape::{Tape, Var};

/// Checks the gradients of a smooth operation on these inputs: [`Check`] in one line.
///
/// ```
/// use tonegrad::autograd::gradcheck::{gradcheck, normal};
/// gradcheck(&tonegrad::ops::Softmax, [normal([2, 5], 0)]).unwrap();
/// ```
/// # Errors
/// When the backward rule is not the transposed derivative of the forward rule, or breaks the contract of [`Op`].
pub fn gradcheck<const N: usize>(op: &impl Op<f64, N>, inputs: [Tensor<f64>; N]) -> Result<(), Failure> {
    Check::smooth().run(op, inputs)
}

impl Check {
    /// Checks the gradients of an operation: the duality above, and the contract of [`Op::backward`]: it adds, leaves unwanted slots
    /// alone, sends zero to zero, and gives the same bits twice.
    ///
    /// # Errors
    /// The first law that does not hold.
    pub fn run<const N: usize>(&self, op: &impl Op<f64, N>, inputs: [Tensor<f64>; N]) -> Result<(), Failure> {
        let array = |x: Vec<Tensor<f64>>| -> [Tensor<f64>; N] { x.try_into().expect("N inputs") };
        let backward = |x, dy, slots: &mut [Slot<f64>]| {
            let (_, saved) = op.forward(array(x));
            op.backward(&saved, dy, slots.try_into().expect("a slot for each input"));
        };
        self.rules(&Rules { forward: &|x| op.forward(array(x)).0, backward: &backward }, &inputs)
    }

    fn rules(&self, rules: &Rules, inputs: &[Tensor<f64>]) -> Result<(), Failure> {
        let transpose = |dy| {
            let slots = inputs.iter().map(|x| Slot::wanted(x.shape(), None)).collect();
            let zeros = |x: &Tensor<f64>| Tensor::zeros(x.shape());
            rules
                .backward(inputs, dy, slots)
                .into_iter()
                .zip(inputs)
                .map(|(g, x)| g.unwrap_or_else(|| zeros(x)))
                .collect()
        };
        let claim = Claim { inputs, forward: &|x| (rules.forward)(x.to_vec()), transpose: &transpose };
        self.duality(&claim)?;
        self.contract(rules, &claim)
    }

    /// Checks the gradients of any function of variables.
    ///
    /// # Errors
    /// When the gradients that the tape returns are not those of the function.
    pub fn function<const N: usize>(
        &self,
        f: impl for<'t> Fn([Var<'t, f64>; N]) -> Var<'t, f64>,
        inputs: [Tensor<f64>; N],
    ) -> Result<(), Failure> {
        self.function_of(|x| f(std::array::from_fn(|i| x[i].clone())), &inputs)
    }

    /// [`Check::function`] of any number of variables: of all parameters of a network, for instance.
    ///
    /// # Errors
    /// When the gradients that the tape returns are not those of the function.
    pub fn function_of(
        &self,
        f: impl for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64>,
        inputs: &[Tensor<f64>],
    ) -> Result<(), Failure> {
        let forward = |x: &[Tensor<f64>]| {
            let tape = Tape::new();
            let constants: Vec<_> = x.iter().map(|x| tape.constant(x.clone())).collect();
            f(&constants).into_value()
        };
        let transpose = |dy| {
            let tape = Tape::new();
            let leaves: Vec<_> = inputs.iter().map(|x| tape.leaf(x.clone())).collect();
            let gradients = tape.backward(&f(&leaves), dy);
            leaves.iter().map(|leaf| gradients.of(leaf)).collect()
        };
        self.duality(&Claim { inputs, forward: &forward, transpose: &transpose })
    }
}
