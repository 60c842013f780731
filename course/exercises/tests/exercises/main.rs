//! Grades the exercises, and says in words what is wrong: `cargo test exercise_01`.

// An exercise that is not done yet has inputs that nothing uses.
#![allow(unused)]

mod chapters_01_to_05;
mod chapters_06_to_10;
mod chapters_11_to_16;

use tonegrad::Tensor;
use tonegrad::autograd::gradcheck::Failure;

/// Refuses a tensor that is not the wanted one: names the first element that differs.
#[track_caller]
fn close(found: &Tensor<f64>, wanted: &Tensor<f64>, what: &str) {
    assert_eq!(
        found.shape(),
        wanted.shape(),
        "{what}: the left is the shape of your result, the right is the wanted one"
    );
    for (i, (f, w)) in found.as_slice().iter().zip(wanted.as_slice()).enumerate() {
        assert!((f - w).abs() <= 1e-9 * (1.0 + w.abs()), "{what}: element {i} of your result is {f}, wanted {w}");
    }
}

/// Refuses a number that is not the wanted one.
#[track_caller]
fn equal(found: f64, wanted: f64, what: &str) {
    assert!((found - wanted).abs() <= 1e-9 * (1.0 + wanted.abs()), "{what}: your answer is {found}, wanted {wanted}");
}

/// Refuses a rule that breaks a law of gradients: says which element of the derivative is wrong, and adds a hint.
#[track_caller]
fn lawful(checked: Result<(), Failure>, hint: &str) {
    if let Err(failure) = checked {
        panic!("{failure}\nhint: {hint}");
    }
}
