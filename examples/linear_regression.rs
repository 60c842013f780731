//! Linear regression by hand: the mean squared error of a line, and gradient descent in a loop of one's own.
//!
//! ```text
//! cargo run --example linear_regression
//! ```

use tonegrad::{Tensor, autograd::Tape};

fn main() {
    // 20 points near the line y = 3x - 1, a little above it and below it in turn.
    let x: Vec<f64> = (0..20).map(|i| f64::from(i) / 10.0 - 1.0).collect();
    let y = x.iter().enumerate().map(|(i, x)| 3.0 * x - 1.0 + if i % 2 == 0 { 0.1 } else { -0.1 }).collect();
    let (x, y) = (Tensor::new([20, 1], x), Tensor::new([20, 1], y));

    let (mut w, mut b) = (Tensor::zeros([1, 1]), Tensor::zeros([1]));
    let learning_rate = 0.3;
    for step in 0..=50 {
        let tape = Tape::new();
        let (weight, bias) = (tape.leaf(w.clone()), tape.leaf(b.clone()));
        let predicted = tape.constant(x.clone()).dense(weight.clone(), bias.clone());
        let loss = (predicted - tape.constant(y.clone())).powi(2).mean();
        if step % 10 == 0 {
            println!("step {step:2}   loss {:.6}", loss.value().item());
        }
        let gradients = tape.gradients(&loss);
        for (parameter, variable) in [(&mut w, &weight), (&mut b, &bias)] {
            let gradient = gradients.of(variable);
            let pairs = parameter.as_mut_slice().iter_mut().zip(gradient.as_slice());
            pairs.for_each(|(value, slope)| *value -= learning_rate * slope);
        }
    }
    println!("y = {:.3} x {:+.3}", w.item(), b.item());
}
