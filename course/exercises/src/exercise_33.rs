//! Exercise 33: a residual block (chapter 12).

use tonegrad::autograd::Var;

/// `x + relu(x·W₁ + b₁)·W₂ + b₂` for x (n, width): two dense layers, and a way around them.
///
/// `[w1, b1, w2, b2]` have the shapes (width, hidden), (hidden), (hidden, width), (width).
pub fn residual<'t>(x: Var<'t, f64>, [w1, b1, w2, b2]: [Var<'t, f64>; 4]) -> Var<'t, f64> {
    todo!("Var::dense(w, b), Var::relu, and +")
}
