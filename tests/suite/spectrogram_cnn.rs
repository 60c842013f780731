//! Pieces of music from outside: what `spectrogram_cnn` prints and writes, and how it takes bad input.

use crate::fma_cnn::example;
use serde_json::Value;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Output};
use tonegrad::data::Images;
use tonegrad::{Seed, store::Classifier};

fn run(folder: &Path, args: &[&str]) -> Output {
    Command::new(example("spectrogram_cnn")).current_dir(folder).args(args).output().unwrap()
}

/// A folder of 12 x 10 grey pictures, bright above or below, forty of each.
fn pictures() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (class, name) in ["above", "below"].iter().enumerate() {
        fs::create_dir_all(folder.path().join("data").join(name)).unwrap();
        for i in 0..40 {
            let path = folder.path().join(format!("data/{name}/{i:04}.png"));
            let mut encoder = png::Encoder::new(File::create(path).unwrap(), 10, 12);
            encoder.set_color(png::ColorType::Grayscale);
            let pixels: Vec<u8> = (0..120).map(|p| if (p / 60) == class { 200 } else { (p * i % 37) as u8 }).collect();
            encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
        }
    }
    folder
}

#[test]
fn a_folder_of_pictures_is_learned_reported_and_gone_on_with() {
    let folder = pictures();
    let args = ["--data", "data", "--model", "witt-binary", "--epochs", "6", "--learning-rate", "0.01"];
    let whole = run(folder.path(), &[&args[..], &["--out", "whole"]].concat());
    let (out, err) = (String::from_utf8_lossy(&whole.stdout), String::from_utf8_lossy(&whole.stderr));
    assert!(whole.status.success(), "{err}");
    for text in ["80 pieces of 12 x 10 x 1", "the last fifth", "Whole recordings, by the vote", "of no group that"] {
        assert!(out.contains(text), "no \"{text}\" in\n{out}");
    }
    let file = |out: &str, name: &str| fs::read(folder.path().join(out).join(name)).unwrap();
    let report: Value = serde_json::from_slice(&file("whole", "report.json")).unwrap();
    assert_eq!((&report["rows"]["train"], &report["rows"]["test"]), (&56.into(), &16.into()));
    assert_eq!((&report["test"]["accuracy"], &report["votes"][1]["taken"]), (&1.0.into(), &1.into()));
    let page = String::from_utf8(file("whole", "report.html")).unwrap();
    roxmltree::Document::parse(page.strip_prefix("<!DOCTYPE html>\n").unwrap()).unwrap();
    for heading in ["Whole recordings", "Examples", "Saliency", "Kernels of the first convolution"] {
        assert!(page.contains(heading), "no {heading}");
    }
    let model = Classifier::<f32>::load(folder.path().join("whole/model.safetensors")).unwrap();
    let images = Images::read(folder.path().join("data")).unwrap();
    let test = images.dataset().select(&images.partition(Seed(0)).test);
    assert!(
        model.probabilities(test.x().to_owned()).unwrap().rows().into_iter().zip(test.y()).all(|(p, &y)| p[y] > 0.5)
    );

    let half = [&args[..4], &["--learning-rate", "0.01", "--out", "parts", "--quiet", "--epochs"]].concat();
    assert!(run(folder.path(), &[&half[..], &["3"]].concat()).status.success());
    assert!(run(folder.path(), &[&half[..], &["6", "--resume"]].concat()).status.success());
    assert!(file("parts", "model.safetensors") == file("whole", "model.safetensors"), "not the same bits");
}

#[test]
fn bad_input_ends_with_one_line_and_two() {
    let folder = pictures();
    fs::create_dir(folder.path().join("empty")).unwrap();
    fs::create_dir(folder.path().join("data/hollow")).unwrap();
    for (args, wanted) in [
        (&["--data", "data"][..], "hollow: found a class without a picture"),
        (&["--data", "empty"], "found no class"),
        (&["--data", "nowhere"], "nowhere"),
        (&["--data", "data", "--model", "fma-raw-mlp"], "wanted a network for pictures"),
        (&["--data", "data", "--seconds", "3"], "wanted music"),
        (&["--seconds", "NaN"], "--seconds"),
        (&["--model", "vgg"], "possible values"),
    ] {
        let output = run(folder.path(), args);
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && err.contains(wanted), "{args:?}: {err}");
    }
}
