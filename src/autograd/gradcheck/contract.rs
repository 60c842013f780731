//! What a backward rule promises besides computing the vector-Jacobian product: that it adds to its slots, and the
//! like.

use super::check::{Check, Claim};
use super::failure::Failure;
use super::points::normal;
use crate::Tensor;
use crate::autograd::Slot;

pub(super) const OWNED: &str = "inputs that share their storage with no other tensor give the same bits";
pub(super) const TWICE: &str = "the same call gives the same bits";
pub(super) const ZERO: &str = "a zero gradient is sent to zero";
pub(super) const UNWANTED: &str = "an unwanted slot stays empty";
pub(super) const ADDS: &str = "a rule adds to what is in the slot";

/// The two rules of an operation. Its type is forgotten, so that what follows is compiled once and not for each operation.
pub(super) struct Rules<'a> {
    pub forward: &'a dyn Fn(Vec<Tensor<f64>>) -> Tensor<f64>,
    /// Runs the backward rule for these inputs and this gradient of the output, on these slots.
    pub backward: &'a Backward<'a>,
}

type Backward<'a> = dyn Fn(Vec<Tensor<f64>>, Tensor<f64>, &mut [Slot<f64>]) + 'a;

impl Rules<'_> {
    /// What the backward rule leaves in these slots.
    pub fn backward(
        &self,
        inputs: &[Tensor<f64>],
        dy: Tensor<f64>,
        mut slots: Vec<Slot<f64>>,
    ) -> Vec<Option<Tensor<f64>>> {
        (self.backward)(inputs.to_vec(), dy, &mut slots);
        slots.iter_mut().map(Slot::take).collect()
    }
}

/// The first pair of elements further apart than `bound`, or of which one is NaN.
fn differing(a: &Tensor<f64>, b: &Tensor<f64>, bound: f64) -> Option<(f64, f64)> {
    let agree = |a: f64, b: f64| (a - b).abs() <= bound * b.abs().max(1.0);
    let mut pairs = a.as_slice().iter().zip(b.as_slice()).map(|(&a, &b)| (a, b));
    pairs.find(|&(a, b)| !agree(a, b))
}

impl Check {
    pub(super) fn contract(&self, rules: &Rules, claim: &Claim) -> Result<(), Failure> {
        let inputs = claim.inputs;
        let fail = |law, input, (exact, numeric): (f64, f64)| {
            Err(Failure { law, input: Some(input), exact, numeric, ..self.failure(inputs) })
        };
        let y = (rules.forward)(inputs.to_vec());
        // A rule may overwrite an input in place, but only one whose storage no other tensor shares: both ways must
        // agree.
        let owned = (rules.forward)(inputs.iter().map(|x| Tensor::new(x.shape(), x.as_slice().to_vec())).collect());
        if let Some(pair) = differing(&owned, &y, 0.0) {
            return Err(Failure { law: OWNED, exact: pair.0, numeric: pair.1, ..self.failure(inputs) });
        }

        let dy = normal(y.shape(), self.seed.wrapping_add(1));
        let first = (claim.transpose)(dy.clone());
        for (i, (again, first)) in (claim.transpose)(dy.clone()).iter().zip(&first).enumerate() {
            if let Some(pair) = differing(again, first, 0.0) {
                return fail(TWICE, i, pair);
            }
        }
        for (i, zero) in (claim.transpose)(Tensor::zeros(y.shape())).iter().enumerate() {
            if let Some(pair) = differing(zero, &Tensor::zeros(zero.shape()), 0.0) {
                return fail(ZERO, i, pair);
            }
        }
        for i in 0..inputs.len() {
            let before = normal(inputs[i].shape(), self.seed.wrapping_add(2));
            let slot = |j: usize| match i == j {
                true => Slot::wanted(inputs[j].shape(), Some(before.clone())),
                false => Slot::unwanted(),
            };
            let gradients = rules.backward(inputs, dy.clone(), (0..inputs.len()).map(slot).collect());
            if let Some((j, Some(g))) = gradients.iter().enumerate().find(|(j, g)| *j != i && g.is_some()) {
                return fail(UNWANTED, j, (g.as_slice().first().copied().unwrap_or_default(), 0.0));
            }
            let mut sum = before.clone();
            sum.add(&first[i]);
            if let Some(pair) = differing(gradients[i].as_ref().unwrap_or(&before), &sum, 1e-12) {
                return fail(ADDS, i, pair);
            }
        }
        Ok(())
    }
}
