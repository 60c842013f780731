//! Exercise 5: the law of gradients (chapter 2).

/// Both sides of the law `<v, J u> = <Jᵀ v, u>` for a function `f` of several numbers at x: the left by central differences
/// of f along u with step `h`, the right by `rule`, which claims to give `Jᵀ v`.
pub fn sides(
    f: impl Fn(&[f64]) -> Vec<f64>,
    rule: impl Fn(&[f64]) -> Vec<f64>,
    x: &[f64],
    u: &[f64],
    v: &[f64],
    h: f64,
) -> (f64, f64) {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let moved = |t: f64| f(&x.iter().zip(u).map(|(x, u)| x + t * u).collect::<Vec<_>>());
    ((dot(v, &moved(h)) - dot(v, &moved(-h))) / (2.0 * h), dot(&rule(v), u))
}
