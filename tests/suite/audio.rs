//! Features of sound, against librosa 0.5.0 and 0.11 on a signal of four seconds; decoders; files that are none.
//!
//! `b_22050_mono.flac` was generated: notes, noise, a chirp, silence. `expected.csv` has its 518 columns as librosa gives
//! them, a row for each version. The tones are of the crate rosa, see LICENSE-tones.

use std::path::PathBuf;
use tonegrad::audio::{
    Decoding, Families, Family, Features, Samples, Signal, Song, Statistic, Target, columns, features,
};

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/suite/audio").join(name)
}

/// The largest difference in a family's columns, of all statistics but skewness and kurtosis, and of these two.
fn off(found: &Features, wanted: &[f64], family: Family) -> (f64, f64) {
    let pairs = columns().into_iter().zip(found.values.iter().zip(wanted)).filter(|(c, _)| c.family == family);
    let mut off = (0.0, 0.0);
    for (column, (found, wanted)) in pairs {
        let difference = (f64::from(*found) - wanted).abs();
        assert!(difference.is_finite(), "{column}");
        let of = match column.statistic {
            Statistic::Skew | Statistic::Kurtosis => &mut off.1,
            _ => &mut off.0,
        };
        *of = f64::max(*of, difference);
    }
    off
}

fn expected(version: &str) -> Vec<f64> {
    let text = std::fs::read_to_string(file("expected.csv")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("librosa {version},"))).unwrap();
    line.split(',').map(|value| value.parse().unwrap()).collect()
}

/// Values that are stored in single precision can be no closer than this.
fn rounding(family: Family) -> f64 {
    match family {
        Family::Mfcc => 3.1e-5,
        Family::SpectralBandwidth | Family::SpectralCentroid | Family::SpectralRolloff => 2.5e-4,
        Family::SpectralContrast => 2e-6,
        _ => 6e-8,
    }
}

#[test]
fn every_family_is_that_of_librosa_0_5_0() {
    let mut song = Song::open(file("b_22050_mono.flac"), Target::Fma).unwrap();
    let found = features(&mut song, Target::Fma, Families::all()).unwrap();
    assert!(found.stopped.is_none() && found.samples == 88_200);
    let wanted = expected("0.5.0");
    for &family in Family::ALL {
        let tolerance = match family {
            Family::ChromaCqt => (8e-6, 3e-5),
            Family::ChromaStft => (2e-7, 4e-6),
            Family::Rmse => (4e-6, 1e-6),
            _ => (0.0, 1e-6),
        };
        let (values, shapes) = off(&found, &wanted, family);
        assert!(values <= tolerance.0 + rounding(family) && shapes <= tolerance.1, "{family}: {values:e}, {shapes:e}");
    }
}

#[test]
fn every_family_is_that_of_librosa_0_11() {
    let mut song = Song::open(file("b_22050_mono.flac"), Target::Librosa).unwrap();
    let found = features(&mut song, Target::Librosa, Families::all()).unwrap();
    let wanted = expected("0.11.0");
    for &family in Family::ALL {
        // librosa decimates with soxr in single precision: where the signal falls silent, chroma is a ratio of what was
        // rounded.
        let tolerance = match family {
            Family::ChromaCqt => (2e-4, 4e-3),
            Family::ChromaCens => (6e-8, 5e-6),
            Family::ChromaStft => (1.3e-6, 7e-5),
            Family::Mfcc => (1e-4, 5e-6),
            _ => (2e-8, 2e-6),
        };
        let (values, shapes) = off(&found, &wanted, family);
        assert!(values <= tolerance.0 + rounding(family) && shapes <= tolerance.1, "{family}: {values:e}, {shapes:e}");
    }
}

#[test]
fn every_decoder_gives_every_sample() {
    let wav = Song::open(file("test_tone.wav"), Target::Fma).unwrap().samples().unwrap();
    assert_eq!(wav.len(), 11_025);
    for (name, tolerance) in [("test_tone.flac", 0.0), ("test_tone.ogg", 0.03), ("test_tone.mp3", 0.03)] {
        for decoding in [Decoding::Float, Decoding::Rounded, Decoding::FixedPoint] {
            let mut song = Song::open_as(file(name), decoding).unwrap();
            assert_eq!(song.rate(), 22_050.0);
            let samples = song.samples().unwrap();
            assert_eq!(samples.len(), 11_025, "{name}");
            let off = samples.iter().zip(&wav).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(off <= tolerance, "{name}, {decoding}: {off}");
            assert_eq!(song.samples().unwrap(), samples, "{name}: a second reading gives the same");
        }
    }
}

#[test]
fn wanting_less_gives_the_same_numbers() {
    let x = Song::open(file("b_22050_mono.flac"), Target::Fma).unwrap().samples().unwrap();
    let of = |families| features(&mut Samples { samples: &x, rate: 22_050.0 }, Target::Fma, families).unwrap();
    let all = of(Families::all());
    for &family in Family::ALL {
        let one = of(Families::of([family]));
        for (column, (one, all)) in columns().into_iter().zip(one.values.iter().zip(&all.values)) {
            match column.family == family {
                true => assert_eq!(one.to_bits(), all.to_bits(), "{column}"),
                false => assert!(one.is_nan(), "{column}"),
            }
        }
    }
}

/// A WAV file of 16 bits or of floating point, of interleaved samples.
fn wav(channels: u16, rate: u32, float: bool, samples: &[f32]) -> Vec<u8> {
    let data: Vec<u8> = match float {
        true => samples.iter().flat_map(|v| v.to_le_bytes()).collect(),
        false => samples.iter().flat_map(|v| ((v * 32768.0) as i16).to_le_bytes()).collect(),
    };
    let bytes = if float { 4 } else { 2 };
    let mut file = b"RIFF".to_vec();
    file.extend((36 + data.len() as u32).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0");
    file.extend([if float { 3 } else { 1 }, 0]);
    file.extend(channels.to_le_bytes());
    file.extend(rate.to_le_bytes());
    file.extend((rate * u32::from(channels) * bytes).to_le_bytes());
    file.extend((channels * bytes as u16).to_le_bytes());
    file.extend((8 * bytes as u16).to_le_bytes());
    file.extend(b"data");
    file.extend((data.len() as u32).to_le_bytes());
    file.extend(data);
    file
}

/// A tone of 880 Hz.
fn tone(rate: u32, seconds: f32) -> Vec<f32> {
    (0..(rate as f32 * seconds) as usize).map(|i| 0.5 * (i as f32 * 5529.2 / rate as f32).sin()).collect()
}

fn of_wav(bytes: &[u8], target: Target) -> tonegrad::Result<Features> {
    let folder = tempfile::tempdir().unwrap();
    // Not every song has the name of what it is.
    let path = folder.path().join("song.mp3");
    std::fs::write(&path, bytes).unwrap();
    features(&mut Song::open(&path, target)?, target, Families::all())
}

#[test]
fn unusual_files_have_values_or_a_reason() {
    let finite = |features: &Features| features.values.iter().filter(|v| v.is_finite()).count();
    for target in [Target::Fma, Target::Librosa] {
        let high = of_wav(&wav(1, 96_000, false, &tone(96_000, 0.5)), target).unwrap();
        assert_eq!((finite(&high), high.samples), (518, 48_000), "96 kHz");
        // Of so few bits that a sum of eight is exact.
        let tone: Vec<f32> = tone(44_100, 0.5).iter().map(|v| (v * 32_768.0).round() / 32_768.0).collect();
        let eight: Vec<f32> = tone.iter().flat_map(|&v| [v; 8]).collect();
        let (eight, one) = (wav(8, 44_100, true, &eight), wav(1, 44_100, true, &tone));
        let (eight, one) = (of_wav(&eight, target).unwrap(), of_wav(&one, target).unwrap());
        assert_eq!(eight.values, one.values, "eight equal channels are one");
    }
    let silent = wav(1, 44_100, false, &[0.0; 44_100]);
    let fma = of_wav(&silent, Target::Fma).unwrap();
    assert_eq!(finite(&fma), 7, "FMA's script leaves the zero-crossing rate alone");
    assert!(fma.stopped.unwrap().to_string().contains("tuning: found no peak"));
    assert_eq!(finite(&of_wav(&silent, Target::Librosa).unwrap()), 518);

    let sample = of_wav(&wav(1, 44_100, false, &[0.5]), Target::Fma).unwrap();
    assert_eq!((finite(&sample), sample.samples), (7, 1));
    let low = of_wav(&wav(1, 8_000, false, &tone(8_000, 1.0)), Target::Fma).unwrap();
    assert!(finite(&low) == 7 && low.stopped.unwrap().to_string().contains("8000 Hz"));
}

#[test]
fn what_is_no_audio_is_refused_with_its_name() {
    let mut nan = tone(44_100, 0.1);
    nan[441] = f32::NAN;
    let cut = &wav(1, 44_100, false, &tone(44_100, 0.1))[..20];
    let cases: [(&[u8], &str); 5] = [
        (b"", "an empty file"),
        (b"not audio at all, but text that goes on for a while and then ends", "no audio that is known"),
        (cut, "no audio that is known"),
        (&wav(1, 44_100, false, &[]), "a file without audio"),
        (&wav(1, 44_100, true, &nan), "second 0.010: found the sample NaN"),
    ];
    for (bytes, wanted) in cases {
        let error = of_wav(bytes, Target::Fma).unwrap_err().to_string();
        assert!(error.contains("song.mp3") && error.contains(wanted), "{error}");
    }
    let error = Song::open("nowhere.mp3", Target::Fma).err().unwrap().to_string();
    assert!(error.starts_with("nowhere.mp3: found "), "{error}");
    assert!(Song::open(file(""), Target::Fma).err().unwrap().to_string().contains("a folder"));
}

#[test]
fn a_file_that_is_cut_short_or_damaged_has_what_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(file("test_tone.mp3")).unwrap();
    let of = |bytes: &[u8]| {
        let path = folder.path().join("song");
        std::fs::write(&path, bytes).unwrap();
        let mut song = Song::open(&path, Target::Fma)?;
        song.samples().map(|samples| samples.len())
    };
    let cut = of(&bytes[..bytes.len() / 2]).unwrap();
    assert!((2_000..9_000).contains(&cut), "{cut}");
    let mut damaged = bytes.clone();
    damaged[bytes.len() / 2..bytes.len() / 2 + 60].fill(0x55);
    assert!(of(&damaged).is_ok_and(|samples| samples > 5_000));
}
