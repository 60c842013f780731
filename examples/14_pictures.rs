//! Chapter 14: from a sound to a picture: a frame, a window, a Fourier transform, mel bands; and a network that reads it.

use ndarray::{Array2, Ix2};
use std::{f64::consts::TAU, ops::Range};
use tonegrad::audio::{LogMel, Samples};
use tonegrad::nn::{Conv2d, GlobalMaxPool2d, MaxPool2d};
use tonegrad::pictures::Heatmap;
use tonegrad::prelude::*;

/// |X[k]| of a frame, by the definition: a sum of products with a cosine, and with a sine.
fn spectrum(x: &[f64]) -> Vec<f64> {
    let angle = |k: usize, i: usize| TAU * (k * i) as f64 / x.len() as f64;
    let sum = |k: usize, wave: fn(f64) -> f64| x.iter().enumerate().map(|(i, x)| x * wave(angle(k, i))).sum::<f64>();
    (0..=x.len() / 2).map(|k| sum(k, f64::cos).hypot(sum(k, f64::sin))).collect()
}

/// Half a second that glides by an octave, up if i is even, else down: its log-mel spectrogram, 32 bands by 32 frames.
fn glide(i: usize) -> Result<Array2<f32>> {
    let low = 300.0 + 5.0 * i as f64;
    let phase = |t: f64| TAU * low * if i.is_multiple_of(2) { t + t * t } else { 2.0 * t - t * t };
    let x: Vec<f32> = (0..4000).map(|n| phase(f64::from(n) / 8000.0).sin() as f32).collect();
    let mel = LogMel { rate: 8000, frame: 512, hop: 128, bands: 32, low: 100.0, high: 4000.0, ..LogMel::librosa() };
    Ok(mel.spectrogram(&mut Samples { samples: &x, rate: 8000.0 })?.mapv(|decibels| decibels / 40.0 + 1.0))
}

fn glides(range: Range<usize>) -> Result<Dataset> {
    let pictures = range.clone().map(glide).collect::<Result<Vec<_>>>()?;
    let x = Array2::from_shape_vec((range.len(), 32 * 32), pictures.iter().flatten().copied().collect());
    Dataset::new(x.expect("pictures of one size"), range.map(|i| i % 2).collect(), ["up", "down"])
}

fn main() -> Result<()> {
    let tone: Vec<f64> = (0..64).map(|i| (TAU * 8.5 * f64::from(i) / 64.0).sin()).collect();
    let window = |i: usize| 0.5 - 0.5 * (TAU * i as f64 / 64.0).cos();
    let faded: Vec<f64> = tone.iter().enumerate().map(|(i, x)| x * window(i)).collect();
    println!("bin       4     6     7     8     9    10    11    13    20    30");
    for (name, bins) in [("cut out", spectrum(&tone)), ("window", spectrum(&faded))] {
        println!("{name:<7}{}", [4, 6, 7, 8, 9, 10, 11, 13, 20, 30].map(|k| format!("{:6.2}", bins[k])).concat());
    }
    let conv = || Conv2d::new(8, [3, 3]).same().relu();
    let network = Sequential::new([32, 32, 1]).then(conv()).then(MaxPool2d::new([2, 2])).then(conv());
    let mut model = network.then(GlobalMaxPool2d {}).then(Dense::new(2)).build::<f32>(Seed(1))?;
    let (train, test) = (glides(0..80)?, glides(80..120)?);
    Trainer::new(Adam::new(0.01)).epochs(15).batch_size(20).fit(&mut model, &Train::new(train), &test, Seed(1))?;
    println!("\n{} parameters, test accuracy {:.3}", model.parameters(), model.evaluate(&test)?.accuracy());
    if let Some(folder) = std::env::args().nth(1) {
        let saliency = model.saliency(test.x(), 0)?.mapv(f32::abs);
        for (name, title, all) in [("spectrogram", "A glide", test.x()), ("saliency", "Saliency", saliency.view())] {
            let picture = Tensor::copy_of(all.row(0)).reshape([32, 32]).to_array::<Ix2>();
            let map = Heatmap::new(title, "frame", "mel band", picture.view());
            map.picture().write(format!("{folder}/14-{name}.svg"))?;
        }
    }
    Ok(())
}
