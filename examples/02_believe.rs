//! Chapter 2: believe nothing: difference quotients, the law of gradients, and a checked operation of one's own.

use tonegrad::autograd::gradcheck::normal;
use tonegrad::autograd::{Check, Op, Slot, Tape};
use tonegrad::pictures::Chart;
use tonegrad::{Result, Tensor};

fn cube(x: f64) -> f64 {
    x * x * x
}

/// x³, and the slope that its author believes in.
struct Cube(fn(f64) -> f64);

impl Op<f64, 1> for Cube {
    type Saved = Tensor<f64>;

    fn forward(&self, [x]: [Tensor<f64>; 1]) -> (Tensor<f64>, Tensor<f64>) {
        (Tensor::new(x.shape(), x.as_slice().iter().map(|&x| cube(x)).collect()), x)
    }

    fn backward(&self, x: &Tensor<f64>, mut dy: Tensor<f64>, [dx]: &mut [Slot<f64>; 1]) {
        dy.as_mut_slice().iter_mut().zip(x.as_slice()).for_each(|(dy, &x)| *dy *= self.0(x));
        dx.add(dy);
    }
}

fn main() -> Result<()> {
    let (x, slope) = (0.7, 3.0 * 0.7 * 0.7);
    let steps: Vec<f64> = std::iter::successors(Some(0.1), |h| Some(h * 0.1)).take(14).collect();
    let forward = |h: f64| ((cube(x + h) - cube(x)) / h - slope).abs();
    let central = |h: f64| ((cube(x + h) - cube(x - h)) / (2.0 * h) - slope).abs();
    println!("step     forward  central");
    steps.iter().step_by(2).for_each(|&h| println!("{h:.0e}     {:.0e}     {:.0e}", forward(h), central(h)));

    // The law, for y = tanh(x)·x of four numbers and directions u and v.
    let [x, u, v] = [1, 2, 3].map(|seed| normal([4], seed));
    let y = |t: f64| {
        let x = x.as_slice().iter().zip(u.as_slice()).map(|(x, u)| x + t * u);
        Tensor::new([4], x.map(|x| x.tanh() * x).collect())
    };
    let dot = |a: &Tensor<f64>, b: &Tensor<f64>| a.as_slice().iter().zip(b.as_slice()).map(|(a, b)| a * b).sum::<f64>();
    let (tape, h) = (Tape::new(), 1e-5);
    let leaf = tape.leaf(x.clone());
    let transposed = tape.backward(&(leaf.clone().tanh() * &leaf), v.clone()).of(&leaf);
    let moved = (dot(&v, &y(h)) - dot(&v, &y(-h))) / (2.0 * h);
    println!("\n<v, J u> = {moved:.8}    <Jt v, u> = {:.8}\n", dot(&transposed, &u));
    for (name, slope) in [("3x²", (|x| 3.0 * x * x) as fn(f64) -> f64), ("2x²", |x| 2.0 * x * x)] {
        let verdict = Check::smooth().run(&Cube(slope), [Tensor::new([2], vec![1.0, -2.0])]);
        println!("{name}: {}", verdict.map_or_else(|failure| failure.to_string(), |()| "the laws hold".into()));
    }
    let line = |error: &dyn Fn(f64) -> f64| steps.iter().map(|&h| (h, error(h))).collect::<Vec<_>>();
    let chart = Chart::new("Error of a difference quotient", "step h", "error").log_x().log_y();
    let chart = chart.line("forward", line(&forward)).line("central", line(&central));
    std::env::args().nth(1).map_or(Ok(()), |folder| chart.picture().write(folder + "/02-step-size.svg"))
}
