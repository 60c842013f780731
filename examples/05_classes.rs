//! Chapter 5: classes: Hip-Hop or Rock, by the 140 MFCC statistics of real tracks: softmax regression, by hand.

use tonegrad::autograd::{Tape, Var};
use tonegrad::ops::SoftmaxCrossEntropy;
use tonegrad::pictures::Chart;
use tonegrad::prelude::*;

/// ln Σ e^z: as the formula says, and with the largest z taken out first.
fn log_sum_exp(z: &[f64]) -> [f64; 2] {
    let largest = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum = |shift: f64| z.iter().map(|z| (z - shift).exp()).sum::<f64>();
    [sum(0.0).ln(), largest + sum(largest).ln()]
}

/// Cross-entropy and accuracy of the classes that `logits` name.
fn judge<'t>(logits: Var<'t, f64>, rows: &Dataset) -> (Var<'t, f64>, f64) {
    let right = logits.value().as_slice().chunks(2).zip(rows.y()).filter(|(z, y)| usize::from(z[1] > z[0]) == **y);
    let share = right.count() as f64 / rows.len() as f64;
    (logits.cross_entropy(SoftmaxCrossEntropy::new(rows.y())), share)
}

fn main() -> Result<()> {
    for z in [[1.0, 2.0, 3.0], [1001.0, 1002.0, 1003.0]] {
        let [formula, shifted] = log_sum_exp(&z);
        println!("log-sum-exp of {z:?}: {formula:.4} by the formula, {shifted:.4} shifted");
    }
    let fma = Fma::open("examples/data/fma_mfcc.zip")?;
    let parts = fma.split(Split::Official, Seed(0))?.standardized()?;
    let x = |rows: &Dataset| Tensor::copy_of(rows.x().mapv(f64::from).view());
    let (train, valid) = (x(&parts.train), x(&parts.valid));
    let (mut w, mut b) = (Tensor::zeros([140, 2]), Tensor::zeros([2]));
    let (mut losses, rate) = ([Vec::new(), Vec::new()], 0.05);
    println!("\n{} tracks to learn from, {} to check\n", parts.train.len(), parts.valid.len());
    for step in 0..=200 {
        let tape = Tape::new();
        let (weight, bias) = (tape.leaf(w.clone()), tape.leaf(b.clone()));
        let logits = |x: &Tensor<f64>| tape.constant(x.clone()).dense(weight.clone(), bias.clone());
        let (loss, right) = judge(logits(&train), &parts.train);
        let (valid_loss, valid_right) = judge(logits(&valid), &parts.valid);
        for (curve, loss) in losses.iter_mut().zip([&loss, &valid_loss]) {
            curve.push((f64::from(step), loss.value().item()));
        }
        if step % 40 == 0 {
            let [loss, valid_loss] = [&loss, &valid_loss].map(|loss| loss.value().item());
            println!("step {step:3}   loss {loss:.4} {valid_loss:.4}   accuracy {right:.3} {valid_right:.3}");
        }
        let gradients = tape.gradients(&loss);
        for (parameter, gradient) in [(&mut w, gradients.of(&weight)), (&mut b, gradients.of(&bias))] {
            parameter.as_mut_slice().iter_mut().zip(gradient.as_slice()).for_each(|(p, g)| *p -= rate * g);
        }
    }
    let [train, valid] = losses;
    let chart = Chart::new("Cross-entropy by step", "step", "loss").line("training", train).line("validation", valid);
    std::env::args().nth(1).map_or(Ok(()), |folder| chart.picture().write(folder + "/05-loss.svg"))
}
