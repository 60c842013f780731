//! Exercise 36: attention with a mask (chapter 13).

use tonegrad::autograd::Var;

/// Scaled dot-product attention of one sequence: softmax(Q·Kᵀ / √d)·V for q, k, v (steps, d). Where `causal`, step t sees
/// the steps up to t and none after: those weights are 0.
///
/// A weight is 0 if its score was -1e9 before the softmax. (-∞ would do as well, until a row has nothing else: NaN.)
pub fn attention<'t>([q, k, v]: [Var<'t, f64>; 3], causal: bool) -> Var<'t, f64> {
    todo!("Var::matmul, Var::transpose, a constant of the tape for the mask, Var::softmax")
}
