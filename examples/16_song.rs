//! Chapter 16: a song, from file to genre: written, decoded, measured, and told by a model of real tracks.

use ndarray::Array2;
use std::f64::consts::TAU;
use std::path::Path;
use tonegrad::audio::{Families, Family, Signal, Song, Target, features};
use tonegrad::fma::{Series, card, songs::choice};
use tonegrad::prelude::*;

/// A WAV file: a header of 44 bytes, then samples of 16 bits.
fn wav(samples: &[f64], rate: u32) -> Vec<u8> {
    let size = 2 * samples.len() as u32;
    let mut file = [&b"RIFF"[..], &(36 + size).to_le_bytes(), b"WAVEfmt ", &16u32.to_le_bytes()].concat();
    file.extend([1u16, 1].iter().flat_map(|v| v.to_le_bytes())); // PCM, one channel
    file.extend([rate, 2 * rate].iter().flat_map(|v| v.to_le_bytes())); // samples and bytes a second
    file.extend([2u16, 16].iter().flat_map(|v| v.to_le_bytes())); // bytes of a sample, its bits
    file.extend([b"data", &size.to_le_bytes()[..]].concat());
    file.extend(samples.iter().flat_map(|s| ((s * 32767.0) as i16).to_le_bytes()));
    file
}

/// Ten seconds: a chord of four notes every half second, and a drum on each beat.
fn tune(n: usize) -> f64 {
    let t = n as f64 / 22050.0;
    let (beat, since) = ((t * 2.0) as usize, t % 0.5);
    let chord = [[0, 4, 7], [5, 9, 12], [7, 11, 14], [0, 4, 7]][beat / 4 % 4];
    let notes = chord.map(|note| (TAU * 220.0 * 2f64.powf(f64::from(note) / 12.0) * t).sin());
    let drum = (TAU * 60.0 * since).sin() * (-since * 20.0).exp();
    0.12 * notes.iter().sum::<f64>() * (-since * 3.0).exp() + 0.5 * drum
}

fn main() -> Result<()> {
    let fma = Fma::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/fma_mfcc.zip"))?;
    let parts = fma.split(Split::Official, Seed(0))?.standardized()?;
    let network = networks::tonegrad(&Series::of(fma.columns())?, fma.dataset().classes().len());
    let mut model = network.build::<f32>(Seed(0))?;
    Trainer::new(Adam::new(1e-3)).epochs(5).batch_size(128).fit(&mut model, &parts.train, &parts.valid, Seed(0))?;
    println!("Hip-Hop or Rock, test accuracy {:.3}", model.evaluate(&parts.test)?.accuracy());

    let path = std::env::temp_dir().join(format!("tonegrad-course-{}.wav", std::process::id()));
    let file = wav(&(0..220_500).map(tune).collect::<Vec<_>>(), 22050);
    std::fs::write(&path, file).map_err(|e| Error::io(path.display(), &e))?;
    let mut song = Song::open(&path, Target::Fma)?;
    let measured = features(&mut song, Target::Fma, Families::of([Family::Mfcc]))?;
    println!("{:.1} seconds at {} Hz", measured.seconds(), song.rate());
    drop((song, std::fs::remove_file(&path)));

    let standardize = parts.standardize.expect("the parts were standardised");
    let classifier = Classifier::new(model, standardize, card(&fma, "tonegrad", Seed(0), "honest"))?;
    let raw = choice(classifier.card())?.of(&measured)?;
    let scale = classifier.standardize().mean().iter().zip(classifier.standardize().scale());
    let distance = (raw.iter().zip(scale).map(|(v, (m, s))| ((v - m) / s).powi(2)).sum::<f32>() / 140.0).sqrt();
    let raw = Array2::from_shape_vec((1, 140), raw).expect("one song");
    let tell = |how: &str, p: Array2<f32>| println!("{how}: Hip-Hop {:.3}, Rock {:.3}", p[[0, 0]], p[[0, 1]]);
    tell("standardised as the training tracks", classifier.probabilities(raw.clone())?);
    println!("distance from the training tracks {distance:.1}, where 1 is usual");
    tell("not standardised, a mistake", classifier.model().probabilities(raw.view())?);
    Ok(())
}
