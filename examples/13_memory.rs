//! Chapter 13: a GRU by hand over the 74 series of a track, beside the library's, and how far back it remembers.

use tonegrad::autograd::{Var, gradcheck::normal};
use tonegrad::{fma::Series, pictures::Chart, prelude::*};

const UNITS: usize = 8;

/// x (n, features), h (n, units) to the next h. w, u and b hold z, r and the candidate side by side.
fn step<'t>(x: Var<'t, f64>, h: Var<'t, f64>, [w, u, b]: [&Var<'t, f64>; 3]) -> Var<'t, f64> {
    let bias = |row: usize| b.clone().slice_axis(0, row..row + 1).reshape([3 * UNITS]);
    let (of_x, of_h) = (x.dense(w.clone(), bias(0)), h.clone().dense(u.clone(), bias(1)));
    let part = |of: &Var<'t, f64>, i: usize| of.clone().slice_axis(1, i * UNITS..(i + 1) * UNITS);
    let z = (part(&of_x, 0) + part(&of_h, 0)).sigmoid();
    let r = (part(&of_x, 1) + part(&of_h, 1)).sigmoid();
    let k = (part(&of_x, 2) + r * part(&of_h, 2)).tanh();
    &z * h + (1.0 - &z) * k
}

/// The last output for signals x (n, steps, features), and its gradients: of x, w, u and b.
fn run(inputs: &[Tensor<f64>; 4], by_hand: bool) -> [Tensor<f64>; 5] {
    let tape = Tape::new();
    let [x, w, u, b] = inputs.each_ref().map(|value| tape.leaf(value.clone()));
    let [n, steps, features] = [0, 1, 2].map(|axis| x.shape()[axis]);
    let now = |t: usize| x.clone().slice_axis(1, t..t + 1).reshape([n, features]);
    let library = || x.clone().gru(w.clone(), u.clone(), b.clone()).slice_axis(1, steps - 1..steps);
    let hand = || (0..steps).fold(tape.constant(Tensor::zeros([n, UNITS])), |h, t| step(now(t), h, [&w, &u, &b]));
    let h = if by_hand { hand() } else { library().reshape([n, UNITS]) };
    let g = tape.gradients(&h.clone().sum());
    [h.into_value(), g.of(&x), g.of(&w), g.of(&u), g.of(&b)]
}

fn main() -> Result<()> {
    let fma = FmaReader::new().synthetic(Seed(1), 100)?;
    let (series, parts) = (Series::of(fma.columns())?, fma.split(Split::Random, Seed(0))?.standardized()?);
    let track = series.index.iter().map(|&column| f64::from(parts.test.x()[[0, column]])).collect();
    let small = |rows, seed| Tensor::from(normal([rows, 3 * UNITS], seed).to_array::<ndarray::Ix2>() * 0.3);
    let mut inputs = [Tensor::new([1, 74, 7], track), small(7, 1), small(UNITS, 2), small(2, 3)];
    let both = run(&inputs, true).into_iter().zip(run(&inputs, false));
    for (name, (a, b)) in ["h", "dx", "dw", "du", "db"].iter().zip(both) {
        let mut all = a.as_slice().iter().zip(b.as_slice());
        let close = all.clone().all(|(a, b)| (a - b).abs() < 1e-13);
        println!("{name:<3}{:>18.14?}  all within 1e-13: {close}", all.next_back().expect("a tensor has elements"));
    }
    let mut chart = Chart::new("What the last output owes to each step", "step", "norm of the gradient").log_y();
    println!("\nbias of z   norm of the gradient of step 1, 26, 50, 74");
    for bias in [-2.0, 0.0, 2.0, 4.0] {
        inputs[3].as_mut_slice()[..UNITS].fill(bias);
        let dx = &run(&inputs, false)[1];
        let norms: Vec<f64> = dx.as_slice().chunks(7).map(|dx| dx.iter().map(|g| g * g).sum::<f64>().sqrt()).collect();
        println!("{bias:>9}   {:.1e} {:.1e} {:.1e} {:.1e}", norms[0], norms[25], norms[49], norms[73]);
        chart = chart.line(format!("bias {bias}"), (1..).map(f64::from).zip(norms));
    }
    std::env::args().nth(1).map_or(Ok(()), |folder| chart.picture().write(folder + "/13-memory.svg"))
}
