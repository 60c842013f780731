//! Chapter 11: the genre CNN, whole: its parameters counted, then trained on real tracks.

use std::path::Path;
use tonegrad::pictures::Chart;
use tonegrad::prelude::*;
use tonegrad::train::{EarlyStopping, Epoch, Monitor};

/// (outputs, filters) of a convolution or a pooling, and its parameters, by the formulas of the chapter.
fn conv(length: usize, channels: usize, filters: usize, kernel: usize) -> (usize, usize) {
    (length - kernel + 1, (kernel * channels + 1) * filters)
}

fn main() -> Result<()> {
    let cnn = networks::genre_cnn(518, 16).build::<f32>(Seed(0))?;
    print!("{}", cnn.summary());

    // The same, counted by hand. `same` padding adds two zeros, so that 518 values come out.
    let (a, p) = conv(518 + 2, 1, 32, 3);
    let (b, q) = conv(a / 2, 32, 64, 3);
    let (c, r) = conv(b, 64, 128, 5);
    let flat = c / 2 * 128;
    let dense = [flat, 128, 64, 32, 16].windows(2).map(|w| (w[0] + 1) * w[1]).sum::<usize>();
    println!("By hand: {p} + {q} + {r} + {dense} = {}", p + q + r + dense);
    println!("The first dense layer alone: {:.1} %\n", 100.0 * ((flat + 1) * 128) as f64 / cnn.parameters() as f64);

    // Real tracks: Hip-Hop or Rock, by the 140 columns of the MFCC.
    let fma = Fma::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/fma_mfcc.zip"))?;
    let mut chart = Chart::new("Loss of the genre CNN on real tracks", "epoch", "loss");
    for split in [Split::Official, Split::Random] {
        let parts = fma.split(split, Seed(0))?.standardized()?;
        let mut cnn = networks::genre_cnn(fma.columns().len(), 2).build::<f32>(Seed(0))?;
        let stopping = EarlyStopping::on(Monitor::Accuracy);
        let mut trainer = Trainer::new(Adam::new(1e-3)).batch_size(100).epochs(6).early_stopping(stopping);
        let history = trainer.fit(&mut cnn, &parts.train, &parts.valid, Seed(0))?;
        println!("split {split}, {} parameters, {} tracks to learn from", cnn.parameters(), parts.train.len());
        for (i, e) in history.epochs.iter().enumerate() {
            let (loss, valid) = (e.loss, e.val_loss);
            println!("epoch {}  loss {loss:.3}  accuracy {:.3}  val_loss {valid:.3}", i + 1, e.accuracy);
        }
        let line = |loss: fn(&Epoch) -> f64| (1..).map(f64::from).zip(history.epochs.iter().map(loss));
        chart = chart.line(format!("training, {split}"), line(|e| e.loss));
        chart = chart.line(format!("validation, {split}"), line(|e| e.val_loss));
        println!("test accuracy {:.3} of {} tracks\n", cnn.evaluate(&parts.test)?.accuracy(), parts.test.len());
    }
    std::env::args().nth(1).map_or(Ok(()), |folder| chart.picture().write(folder + "/11-loss.svg"))
}
