//! Chapter 4: learning: a line through points, by gradient descent on the squared error.

use tonegrad::ndarray::Array2;
use tonegrad::pictures::Heatmap;
use tonegrad::{Result, Tensor, autograd::Tape};

/// 20 points near the line y = 3x - 1, a little above it and below it in turn.
fn points() -> [Tensor<f64>; 2] {
    let x: Vec<f64> = (0..20).map(|i| f64::from(i) / 10.0 - 0.5).collect();
    let y = x.iter().enumerate().map(|(i, x)| 3.0 * x - 1.0 + if i % 2 == 0 { 0.1 } else { -0.1 }).collect();
    [Tensor::new([20, 1], x), Tensor::new([20, 1], y)]
}

/// The mean squared error of the line w·x + b, and its slopes with respect to w and b.
fn loss(w: f64, b: f64) -> (f64, [f64; 2]) {
    let tape = Tape::new();
    let [x, y] = points().map(|values| tape.constant(values));
    let (w, b) = (tape.leaf(Tensor::new([1, 1], vec![w])), tape.leaf(Tensor::new([1], vec![b])));
    let error = x.dense(w.clone(), b.clone()) - y;
    let loss = (&error * &error).mean();
    let gradients = tape.gradients(&loss);
    (loss.value().item(), [gradients.of(&w).item(), gradients.of(&b).item()])
}

/// Gradient descent: the line at each step.
fn descend(rate: f64, steps: usize) -> Vec<(f64, f64)> {
    let step = |&(w, b): &(f64, f64)| {
        let (_, [dw, db]) = loss(w, b);
        Some((w - rate * dw, b - rate * db))
    };
    std::iter::successors(Some((-1.0, -2.5)), step).take(steps + 1).collect()
}

fn main() -> Result<()> {
    let path = descend(0.2, 60);
    for (step, &(w, b)) in path.iter().enumerate().step_by(10) {
        println!("step {step:2}   loss {:.5}   y = {w:.3} x {b:+.3}", loss(w, b).0);
    }
    println!("\nrate   loss after 20 steps");
    for rate in [0.01, 0.1, 0.5, 0.75, 0.9] {
        let &(w, b) = descend(rate, 20).last().expect("a path has steps");
        println!("{rate:<4}   {:.5}", loss(w, b).0);
    }
    // The surface that it goes down on: ln of the loss, so that the bottom is seen too.
    let (w, b) = (|j: usize| -2.0 + 7.0 * (j as f64 + 0.5) / 70.0, |i: usize| -3.0 + 5.0 * (i as f64 + 0.5) / 50.0);
    let surface = Array2::from_shape_fn((50, 70), |(i, j)| loss(w(j), b(i)).0.ln());
    let map = Heatmap::new("ln of the loss of a line", "weight w", "bias b", surface.view());
    let map = map.over(-2.0..=5.0, -3.0..=2.0).path("gradient descent", path);
    std::env::args().nth(1).map_or(Ok(()), |folder| map.picture().write(folder + "/04-surface.svg"))
}
