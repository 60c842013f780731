//! Chapter 12: the gradient's norm by depth, with and without normalisation and shortcuts; and half a BatchNorm, refused.

use tonegrad::autograd::{Check, Var, gradcheck::normal};
use tonegrad::nn::{Mode, Row};
use tonegrad::pictures::Chart;
use tonegrad::prelude::*;

const DEPTH: usize = 24;
const WIDTH: usize = 32;

/// The norm of the gradient of each block's bias, from the first block to the last.
fn norms(block: impl Fn(Sequential) -> Sequential) -> Result<Vec<f64>> {
    let network = (0..DEPTH).fold(Sequential::new([WIDTH]), |net, _| block(net)).then(Dense::new(1));
    let model = network.build::<f64>(Seed(1))?;
    let mode = Mode::Train(Seed(0).key("step"));
    let gradients = model.gradients(normal([64, WIDTH], 2), mode, |y| (y - 1.0).powi(2).mean());
    let biases = gradients.iter().filter(|(name, _)| name.ends_with("bias"));
    let norm = |g: &Tensor<f64>| g.as_slice().iter().map(|g| g * g).sum::<f64>().sqrt();
    Ok(biases.take(DEPTH).map(|(_, g)| norm(g)).collect())
}

/// Mean 0 and variance 1 in each column; `detached` takes mean and deviation for constants, which they are not.
fn normalise<'t>(x: &Var<'t, f64>, detached: bool) -> Var<'t, f64> {
    let mean = x.clone().mean_axis(0);
    let deviation = (x.clone().var_axis(0) + 1e-5).sqrt();
    let [mean, deviation] = [mean, deviation].map(|v| match detached {
        true => x.tape().constant(v.into_value()),
        false => v,
    });
    (x - mean.broadcast_to(x.shape())) / deviation.broadcast_to(x.shape())
}

fn main() -> Result<()> {
    let dense = || Dense::new(WIDTH).relu();
    let inside = || Row::new().then(LayerNorm::new()).then(dense());
    let all = [
        ("plain", norms(|net| net.then(dense()))?),
        ("batch norm", norms(|net| net.then(dense()).then(BatchNorm::new()))?),
        ("shortcut", norms(|net| net.then(Residual::new(Row::new().then(dense()))))?),
        ("layer norm + shortcut", norms(|net| net.then(Residual::new(inside())))?),
    ];
    println!("gradient of the bias    {:>9} {:>9} {:>9}", "block 1", "block 12", "block 24");
    let mut chart = Chart::new("Gradient by depth, before training", "block", "norm of the bias's gradient").log_y();
    for (name, norms) in &all {
        chart = chart.line(*name, (1..).map(f64::from).zip(norms.iter().copied()));
        println!("{name:<22} {:>10.1e} {:>9.1e} {:>9.1e}", norms[0], norms[11], norms[23]);
    }

    let x = || [normal([4, 1], 3)];
    println!("\nboth statistics differentiated: {:?}", Check::smooth().function(|[x]| normalise(&x, false), x()));
    let failure = Check::smooth().function(|[x]| normalise(&x, true), x()).unwrap_err();
    println!("both taken for constants: {failure}");
    std::env::args().nth(1).map_or(Ok(()), |folder| chart.picture().write(folder + "/12-gradients.svg"))
}
