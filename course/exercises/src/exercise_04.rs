//! Exercise 4: a slope by two values (chapter 2).

/// About f'(x), by the central difference quotient of step `h`.
pub fn central(f: impl Fn(f64) -> f64, x: f64, h: f64) -> f64 {
    todo!("a step forward, a step back, and the distance between them")
}

/// The step to take with it for a smooth function at an x around 1, if a number has the relative precision `epsilon`: where the
/// error of truncation, about h², is as large as that of rounding, about epsilon / h.
pub fn step(epsilon: f64) -> f64 {
    todo!("solve h² = epsilon / h for h")
}
