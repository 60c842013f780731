//! Exercise 35: one step of a gated recurrent unit (chapter 13).

use tonegrad::autograd::Var;

/// The next h (n, units), for x (n, features), h (n, units), W (features, 3 units), U (units, 3 units) and two biases of
/// 3 units, b and c. The gates stand side by side, in the order z, r, candidate:
///
/// ```text
/// z = σ(x·Wz + bz + h·Uz + cz)      r = σ(x·Wr + br + h·Ur + cr)
/// k = tanh(x·Wk + bk + r (h·Uk + ck))
/// h' = z h + (1 - z) k
/// ```
pub fn gru_step<'t>(
    x: Var<'t, f64>,
    h: Var<'t, f64>,
    [w, u]: [Var<'t, f64>; 2],
    [b, c]: [Var<'t, f64>; 2],
) -> Var<'t, f64> {
    let units = h.shape()[1];
    let (of_x, of_h) = (x.dense(w, b), h.clone().dense(u, c));
    let part = |of: &Var<'t, f64>, i: usize| of.clone().slice_axis(1, i * units..(i + 1) * units);
    let z = (part(&of_x, 0) + part(&of_h, 0)).sigmoid();
    let r = (part(&of_x, 1) + part(&of_h, 1)).sigmoid();
    let k = (part(&of_x, 2) + r * part(&of_h, 2)).tanh();
    &z * h + (1.0 - &z) * k
}
