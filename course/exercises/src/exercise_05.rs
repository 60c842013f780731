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
    todo!("J u is about (f(x + h u) - f(x - h u)) / 2h; <a, b> is the sum of the products")
}
