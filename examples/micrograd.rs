//! The program of micrograd's README: an expression of two numbers and its derivatives by backpropagation.
//!
//! ```text
//! cargo run --example micrograd
//! ```
//!
//! Prints 24.7041, 138.8338 and 645.5773, as <https://github.com/karpathy/micrograd> does.

use tonegrad::{Tensor, autograd::Tape};

fn main() {
    let tape = Tape::new();
    let a = tape.leaf(Tensor::scalar(-4.0));
    let b = tape.leaf(Tensor::scalar(2.0));
    let mut c = &a + &b;
    let mut d = &a * &b + b.clone().powi(3);
    c += &c + 1.0;
    c += 1.0 + &c + (-&a);
    d += &d * 2.0 + (&b + &a).relu();
    d += 3.0 * &d + (&b - &a).relu();
    let e = &c - &d;
    let f = e.powi(2);
    let mut g = &f / 2.0;
    g += 10.0 / &f;
    println!("{:.4}", g.value().item()); // the outcome of this forward pass
    let gradients = tape.gradients(&g);
    println!("{:.4}", gradients.of(&a).item()); // dg/da
    println!("{:.4}", gradients.of(&b).item()); // dg/db
}
