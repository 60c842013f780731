//! Exercise 12: repair the descent (chapter 4).
//!
//! It is to go down. Two things are wrong with a step of it: one shows at once, the other only where the variables depend on
//! each other.

/// `steps` steps of gradient descent from `start`, at the learning rate `rate`; `slopes` gives the gradient at a point.
pub fn descend(slopes: impl Fn(&[f64]) -> Vec<f64>, start: &[f64], rate: f64, steps: usize) -> Vec<f64> {
    let mut x = start.to_vec();
    for _ in 0..steps {
        let gradient = slopes(&x);
        x.iter_mut().zip(&gradient).for_each(|(x, slope)| *x -= rate * slope);
    }
    x
}
