//! Chapter 6: how noisy a mini-batch is, the same run under four optimisers, and what Adam's correction corrects.

use ndarray::Axis;
use rand::seq::SliceRandom;
use tonegrad::fma::Split;
use tonegrad::pictures::Chart;
use tonegrad::prelude::*;
use tonegrad::train::{Objective, Targets};

fn main() -> Result<()> {
    let fma = Fma::open("examples/data/fma_echonest.zip")?;
    let parts = fma.split(Split::Official, Seed(0))?.standardized()?;
    let network = Sequential::new([8]).then(Dense::new(64).relu()).then(Dense::new(12));
    // The gradient of the kernel of the first layer, by some of the training rows.
    let model = network.build::<f32>(Seed(0))?;
    let gradient = |rows: &[usize]| {
        let objective = Objective::new(model.loss(), Targets::of(&parts.train, rows));
        let x = model.batch(parts.train.x().select(Axis(0), rows).view());
        model.gradients(x, tonegrad::nn::Mode::Eval, |outputs| objective.value(outputs)).values[0].as_slice().to_vec()
    };
    let mut rows: Vec<usize> = (0..parts.train.len()).collect();
    rows.shuffle(&mut Seed(0).stream("batches"));
    let whole = gradient(&rows);
    let norm = |v: &mut dyn Iterator<Item = f32>| v.map(|v| f64::from(v).powi(2)).sum::<f64>().sqrt();
    println!("rows in a batch   its gradient is off by   times the root");
    for size in [4, 16, 64, 256] {
        let off = |batch| norm(&mut gradient(batch).iter().zip(&whole).map(|(g, w)| g - w)).powi(2);
        let mean = rows.chunks_exact(size).take(28).map(off).sum::<f64>() / 28.0;
        let share = mean.sqrt() / norm(&mut whole.iter().copied());
        println!("{size:15} {:22.0} % {:16.1}", 100.0 * share, share * (size as f64).sqrt());
    }

    println!("\ntraining loss by epoch       1       3      10   validation accuracy");
    let mut chart = Chart::new("The same run under four optimisers", "epoch", "training loss");
    let cosine = Schedule::Cosine { warm_up: 1.0, floor: 0.0 };
    let runs = [
        ("SGD", Trainer::new(Sgd::new(0.03))),
        ("SGD, momentum 0.9", Trainer::new(Sgd::new(0.03).momentum(0.9))),
        ("Adam", Trainer::new(Adam::new(0.005))),
        ("Adam, cosine schedule", Trainer::new(Adam::new(0.005)).schedule(cosine)),
    ];
    for (name, trainer) in runs {
        let mut model = network.build::<f32>(Seed(0))?;
        let history = trainer.epochs(10).batch_size(128).fit(&mut model, &parts.train, &parts.valid, Seed(0))?;
        chart = chart.line(name, history.epochs.iter().map(|e| (e.epoch as f64, e.loss)));
        let losses = [1, 3, 10].map(|epoch| format!("{:8.3}", history.epochs[epoch - 1].loss)).concat();
        println!("{name:22}{losses} {:17.1} %", 100.0 * history.epochs[9].val_accuracy);
    }

    println!("\nAdam's step under a constant gradient, in learning rates, without its correction:");
    for t in [1, 10, 100, 1_000, 10_000] {
        let (m, v) = (1.0 - 0.9_f64.powi(t), 1.0 - 0.999_f64.powi(t));
        println!("step {t:5}   {:.2}", m / v.sqrt());
    }
    if let Some(folder) = std::env::args().nth(1) {
        std::fs::write(format!("{folder}/06-loop.svg"), chart.picture().to_svg()).expect("a folder to write to");
    }
    Ok(())
}
