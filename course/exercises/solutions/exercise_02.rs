//! Exercise 2: division on the tape of chapter 1.
//!
//! A number on that tape remembers its slope with respect to each number that it was made of. What does `a / b` remember?

/// The value of a / b, and its slopes with respect to a and to b.
pub fn divide(a: f64, b: f64) -> (f64, [f64; 2]) {
    (a / b, [1.0 / b, -a / (b * b)])
}
