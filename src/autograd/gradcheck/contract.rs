//! What a backward rule promises besides computing the vector-Jacobian product: that it adds to its slots, and the
//! like.

use super::check::{Check, Claim};
use super::failure::Failure;
use super::points::normal;
use crate::Tensor;
use crate::autograd::{Op, Slot};

pub(super) const OWNED: &str = "inputs that share their storage with no other tensor give the same bits";
pub(super) const TWICE: &str = "the same call gives the same bits";
pub(super) const ZERO: &str = "a zero gradient is sent to zero";
pub(super) const UNWANTED: &str = "an unwanted slot stays empty";
pub(super) const ADDS: &str = "a rule adds to what is in the slot";

/// What the rule leaves in these slots.
pub(super) fn backward<const N: usize>(
    op: &impl Op<f64, N>,
    inputs: &[Tensor<f64>; N],
    dy: Tensor<f64>,
    mut slots: [Slot<f64>; N],
) -> [Option<Tensor<f64>>; N] {
    let (_, saved) = op.forward(inputs.clone());
    op.backward(&saved, dy, &mut slots);
    slots.map(|mut slot| slot.take())
}

/// The first pair of elements further apart than `bound`, or of which one is NaN.
fn differing(a: &Tensor<f64>, b: &Tensor<f64>, bound: f64) -> Option<(f64, f64)> {
    let agree = |a: f64, b: f64| (a - b).abs() <= bound * b.abs().max(1.0);
    let mut pairs = a.as_slice().iter().zip(b.as_slice()).map(|(&a, &b)| (a, b));
    pairs.find(|&(a, b)| !agree(a, b))
}

impl Check {
    pub(super) fn contract<const N: usize>(
        &self,
        op: &impl Op<f64, N>,
        inputs: &[Tensor<f64>; N],
        claim: &Claim,
    ) -> Result<(), Failure> {
        let fail = |law, input, (exact, numeric): (f64, f64)| {
            Err(Failure { law, input: Some(input), exact, numeric, ..self.failure(inputs) })
        };
        let y = op.forward(inputs.clone()).0;
        // A rule may overwrite an input in place, but only one whose storage no other tensor shares: both ways must
        // agree.
        let owned = op.forward(inputs.each_ref().map(|x| Tensor::new(x.shape(), x.as_slice().to_vec()))).0;
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
        for i in 0..N {
            let before = normal(inputs[i].shape(), self.seed.wrapping_add(2));
            let slots = std::array::from_fn(|j| match i == j {
                true => Slot::wanted(inputs[j].shape(), Some(before.clone())),
                false => Slot::unwanted(),
            });
            let gradients = backward(op, inputs, dy.clone(), slots);
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
