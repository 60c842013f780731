//! The audio front end against values that other programs computed, in a folder that is not part of the project:
//!
//! ```text
//! AUDIO_REFERENCES=folder cargo test --test suite audio_references -- --ignored --nocapture
//! ```
//!
//! The folder holds `clips/*.mp3` of FMA and `refs/`: `fma_clips`, `synthetic`, `librosa_test_data` and
//! `ntds2017_mfcc_means_4clips.csv`. Each test prints what it measured beside what is wanted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tonegrad::audio::chroma_cens::smooth;
use tonegrad::audio::mel::{MelBands, MelScale};
use tonegrad::audio::spectral_centroid::centroid;
use tonegrad::audio::spectral_contrast::valleys_and_peaks;
use tonegrad::audio::spectral_rolloff::rolloff_bins;
use tonegrad::audio::tonnetz::tonnetz;
use tonegrad::audio::{Decoding, Families, Family, Features, Rows, Signal, Song, Statistic, Target, columns, features};

fn folder() -> PathBuf {
    PathBuf::from(std::env::var("AUDIO_REFERENCES").expect("AUDIO_REFERENCES names the folder of the references"))
}

/// The rows of a table of 518 columns, by track.
fn table(path: &Path) -> BTreeMap<String, Vec<f64>> {
    let text = std::fs::read_to_string(path).unwrap();
    let row = |line: &str| {
        let (id, values) = line.split_once(',')?;
        Some((id.to_owned(), values.split(',').map(|v| v.parse().ok()).collect::<Option<Vec<f64>>>()?))
    };
    text.lines().filter_map(row).collect()
}

/// The largest differences over some songs.
#[derive(Default)]
struct Differences(BTreeMap<(&'static str, &'static str), f64>);

impl Differences {
    fn add(&mut self, found: &Features, wanted: &[f64]) {
        for (column, (found, wanted)) in columns().iter().zip(found.values.iter().zip(wanted)) {
            let off = (f64::from(*found) - wanted).abs();
            let worst = self.0.entry((column.family.name(), column.statistic.name())).or_default();
            *worst = worst.max(if off.is_nan() { f64::INFINITY } else { off });
        }
    }

    /// Prints all, and fails where the mean, or another statistic, is further off than allowed.
    fn show(&self, title: &str, allowed: impl Fn(Family) -> [f64; 2]) {
        let order = ["mean", "std", "median", "min", "max", "skew", "kurtosis"];
        println!("\n{title}\n| family | {} | allowed (mean; std, median, min, max) |", order.join(" | "));
        println!("|---|{}---|", "---|".repeat(order.len()));
        let mut failed = Vec::new();
        for &family in Family::ALL {
            let of = |statistic: &'static str| self.0[&(family.name(), statistic)];
            let [mean, other] = allowed(family);
            let cells: Vec<String> = order.iter().map(|s| format!("{:.1e}", of(s))).collect();
            println!("| {family} | {} | {mean:.0e}; {other:.0e} |", cells.join(" | "));
            if of("mean") > mean || order[1..5].iter().any(|s| of(s) > other) {
                failed.push(family.name());
            }
        }
        assert!(failed.is_empty(), "{title}: {failed:?}");
    }
}

/// Half a unit in the last place of the single precision in which the tables store their values.
fn rounding(family: Family) -> f64 {
    match family {
        Family::Mfcc => 3.1e-5,
        Family::SpectralBandwidth | Family::SpectralCentroid | Family::SpectralRolloff => 2.5e-4,
        Family::SpectralContrast => 2e-6,
        _ => 6e-8,
    }
}

fn differences(table_path: &str, target: Target, decoding: Decoding, songs: &[PathBuf]) -> Differences {
    let wanted = table(&folder().join(table_path));
    let mut differences = Differences::default();
    for path in songs {
        let name = path.file_stem().unwrap().to_str().unwrap().trim_start_matches('0');
        let mut song = Song::open_as(path, decoding).unwrap();
        differences.add(&features(&mut song, target, Families::all()).unwrap(), &wanted[name]);
    }
    differences
}

fn clips() -> Vec<PathBuf> {
    let mut clips: Vec<_> = std::fs::read_dir(folder().join("clips")).unwrap().map(|e| e.unwrap().path()).collect();
    clips.sort();
    clips
}

fn synthetic() -> Vec<PathBuf> {
    ["a_44100_stereo", "b_22050_mono"].map(|name| folder().join(format!("refs/synthetic/{name}.wav"))).to_vec()
}

#[test]
#[ignore = "needs references that are not part of the project"]
fn the_same_samples_as_librosa_0_5_0() {
    let path = "refs/synthetic/expected_518_librosa0.5.0.csv";
    differences(path, Target::Fma, Decoding::Rounded, &synthetic()).show("librosa 0.5.0, same samples", |family| {
        let [mean, other] = match family {
            Family::ChromaCqt => [4e-7, 8e-6],
            Family::ChromaStft => [2e-7, 2e-7],
            Family::Mfcc => [8e-6, 8e-6],
            Family::Rmse => [4e-6, 4e-6],
            Family::SpectralCentroid | Family::SpectralBandwidth => [2e-5, 2e-5],
            Family::SpectralContrast => [1.4e-6, 1.4e-6],
            Family::SpectralRolloff => [2.5e-2, 2.5e-2],
            _ => [2e-14, 2e-14],
        };
        [mean + rounding(family), other + rounding(family)]
    });
}

#[test]
#[ignore = "needs references that are not part of the project"]
fn the_same_samples_as_librosa_0_11() {
    let path = "refs/synthetic/expected_518_librosa0.11.0.csv";
    differences(path, Target::Librosa, Decoding::Float, &synthetic()).show("librosa 0.11, same samples", |family| {
        let [mean, other] = match family {
            // Where a signal falls silent, soxr rounds to single precision, and chroma divides that by itself.
            Family::ChromaCqt => [6e-5, 2e-4],
            Family::ChromaCens => [6e-8, 6e-8],
            Family::Tonnetz => [2e-8, 2e-8],
            Family::ChromaStft => [2e-6, 2e-6],
            Family::Mfcc => [1e-4, 1e-4],
            Family::SpectralRolloff => [2.5e-2, 2.5e-2],
            Family::SpectralCentroid | Family::SpectralBandwidth => [2e-5, 2e-5],
            _ => [2e-6, 2e-6],
        };
        [mean + rounding(family), other + rounding(family)]
    });
}

#[test]
#[ignore = "needs references that are not part of the project"]
fn clips_as_fma_decoded_them_in_2017() {
    let path = "refs/fma_clips/features_librosa0.5.0_ffmpeg-fixed-s16.csv";
    differences(path, Target::Fma, Decoding::Rounded, &clips()).show(
        "clips, rounded to 16 bits",
        |family| match family {
            Family::Mfcc => [4e-3, 0.24],
            Family::SpectralCentroid => [0.6, 8.0],
            Family::SpectralBandwidth => [2.8, 18.0],
            Family::SpectralContrast => [3.2, 20.0],
            Family::SpectralRolloff => [0.5, 0.5],
            Family::Zcr => [4e-5, 4e-3],
            Family::Rmse => [2e-5, 2e-5],
            _ => [4e-4, 4e-4],
        },
    );
    // Twice in a hundred clips, the fullest bin of the tuning is another than with the decoder's own noise.
    differences(path, Target::Fma, Decoding::FixedPoint, &clips()).show("clips, as a fixed-point decoder", |family| {
        match family {
            Family::Mfcc => [4e-3, 0.24],
            Family::SpectralCentroid => [0.024, 1.0],
            Family::SpectralBandwidth => [0.06, 5.0],
            Family::SpectralContrast => [0.14, 16.0],
            Family::SpectralRolloff => [0.5, 0.5],
            Family::ChromaCqt | Family::ChromaCens | Family::Tonnetz => [1e-2, 5e-2],
            Family::Zcr => [4e-5, 4e-3],
            Family::Rmse => [2e-5, 2e-5],
            _ => [4e-4, 4e-4],
        }
    });
}

#[test]
#[ignore = "needs references that are not part of the project"]
fn clips_as_librosa_0_11_has_them() {
    // librosa's decoder mutes the first frames of three clips, which ours decodes: minima and maxima are theirs.
    let path = "refs/fma_clips/features_librosa0.11.0_mpg123-f32_bpo12.csv";
    let all = clips();
    differences(path, Target::Librosa, Decoding::Float, &all).show("clips, librosa 0.11", |family| match family {
        Family::Mfcc => [0.4, 400.0],
        Family::SpectralCentroid | Family::SpectralBandwidth => [0.1, 1.0],
        Family::SpectralContrast => [0.05, 5.0],
        Family::SpectralRolloff => [0.5, 0.5],
        Family::Rmse => [2e-4, 5e-2],
        Family::Zcr => [1e-4, 1e-2],
        _ => [1e-3, 4e-3],
    });
}

#[test]
#[ignore = "needs references that are not part of the project"]
fn mfcc_means_that_fmas_authors_printed() {
    // Standard deviations of the 20 columns over the official table are 10 to 100; the least is taken.
    let text = std::fs::read_to_string(folder().join("refs/ntds2017_mfcc_means_4clips.csv")).unwrap();
    for decoding in [Decoding::Rounded, Decoding::FixedPoint] {
        let mut worst: f64 = 0.0;
        for line in text.lines().skip(1) {
            let cells: Vec<f64> = line.split(',').map(|cell| cell.parse().unwrap()).collect();
            let path = folder().join(format!("clips/{:06}.mp3", cells[0]));
            let found =
                features(&mut Song::open_as(path, decoding).unwrap(), Target::Fma, Families::of([Family::Mfcc]))
                    .unwrap();
            let means = columns().into_iter().zip(found.values);
            let means = means.filter(|(c, _)| c.family == Family::Mfcc && c.statistic == Statistic::Mean);
            worst = means.zip(&cells[1..]).map(|((_, a), b)| (f64::from(a) - b).abs()).fold(worst, f64::max);
        }
        println!("MFCC means of four clips, {decoding}: off by at most {worst:.1e}");
        assert!(
            worst < 0.006 * 4.0,
            "{worst}: 0.006 standard deviations, of which the smallest of a column is above 4"
        );
    }
}

#[test]
#[ignore = "needs references that are not part of the project"]
fn decoders_give_as_many_frames_as_they_should() {
    let text = std::fs::read_to_string(folder().join("refs/fma_clips/decode.json")).unwrap();
    let decode: serde_json::Value = serde_json::from_str(&text).unwrap();
    for path in clips() {
        let wanted = &decode[path.file_name().unwrap().to_str().unwrap()];
        let mut song = Song::open(&path, Target::Fma).unwrap();
        let samples = song.samples().unwrap().len();
        println!("{}: {samples} frames", path.display());
        assert_eq!((samples as u64, song.rate()), (wanted["frames"].as_u64().unwrap(), 44_100.0));
    }
}

/// An array of a .npy file, of f64 or f32, as rows.
fn npy(name: &str) -> Vec<Vec<f64>> {
    let bytes = std::fs::read(folder().join("refs/librosa_test_data").join(name)).unwrap();
    let length = u16::from_le_bytes([bytes[8], bytes[9]]) as usize;
    let (header, data) = (std::str::from_utf8(&bytes[10..10 + length]).unwrap(), &bytes[10 + length..]);
    let values: Vec<f64> = match header.contains("f4") {
        true => data.chunks_exact(4).map(|b| f64::from(f32::from_le_bytes(b.try_into().unwrap()))).collect(),
        false => data.chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect(),
    };
    let shape = header.split_once("'shape': (").unwrap().1.split_once(')').unwrap().0;
    let shape: Vec<usize> = shape.split(',').filter_map(|n| n.trim().parse().ok()).collect();
    let (rows, columns) = if shape.len() == 1 { (1, shape[0]) } else { (shape[0], shape[1]) };
    let fortran = header.contains("'fortran_order': True");
    let at = |r: usize, c: usize| values[if fortran { c * rows + r } else { r * columns + c }];
    (0..rows).map(|r| (0..columns).map(|c| at(r, c)).collect()).collect()
}

fn close(what: &str, found: &[f64], wanted: &[f64], tolerance: f64) {
    assert_eq!(found.len(), wanted.len(), "{what}");
    let off = found.iter().zip(wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    println!("{what}: off by at most {off:.1e}, allowed {tolerance:.0e}");
    assert!(off <= tolerance, "{what}");
}

#[test]
#[ignore = "needs references that are not part of the project"]
fn filter_banks_of_matlab() {
    let text = std::fs::read_to_string(folder().join("refs/librosa_test_data/filterbanks.json")).unwrap();
    let banks: BTreeMap<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
    for (name, bank) in banks {
        let of = |key: &str| bank[key].as_f64().unwrap();
        let (rate, points, wanted) = (of("sr"), of("nfft") as usize, npy(&name));
        let mut found = vec![vec![0.0; points / 2 + 1]; wanted.len()];
        if name.starts_with("melfb") {
            let scale = if of("htk") == 1.0 { MelScale::Htk } else { MelScale::Slaney };
            let mel = MelBands::new(scale, true, rate, points, wanted.len(), of("fmin"), of("fmax"));
            for (row, (first, weights)) in found.iter_mut().zip(mel.bands()) {
                row[*first..first + weights.len()].copy_from_slice(weights);
            }
        } else {
            let bank = tonegrad::audio::chroma_stft::filter_bank(rate, points, 0.0, of("ctroct"), of("octwidth"));
            // Theirs begin with A, ours with C.
            bank.iter().enumerate().for_each(|(k, w)| (0..12).for_each(|c| found[(c + 3) % 12][k] = w[c]));
        }
        close(
            &name,
            &found.concat(),
            &wanted.iter().map(|row| &row[..points / 2 + 1]).collect::<Vec<_>>().concat(),
            1e-13,
        );
    }
}

#[test]
#[ignore = "needs references that are not part of the project"]
fn the_chroma_toolbox_and_msaf() {
    let cqt = npy("ct_cqt.npy");
    let frames = cqt[0].len();
    let mut classes = vec![[0.0; 12]; frames];
    // Row r is MIDI note r + 1; C is 0.
    for (r, row) in cqt.iter().enumerate() {
        row.iter().zip(&mut classes).for_each(|(v, classes)| classes[(r + 1) % 12] += v);
    }
    for (length, step) in [(9, 2), (21, 5), (41, 1)] {
        let points = length + 2;
        let hann = |j: usize| 0.5 - 0.5 * (std::f64::consts::TAU * j as f64 / (points - 1) as f64).cos();
        let rows = smooth(&classes, &(0..points).map(hann).collect::<Vec<_>>());
        let found: Vec<f64> = rows.as_slice().iter().flat_map(|row| row.iter().step_by(step).copied()).collect();
        let name = format!("ct_cens_{length}_{step}.npy");
        close(&name, &found, &npy(&name).concat(), 1e-14);
    }
    let (chroma, wanted) = (npy("tonnetz_chroma.npy"), npy("tonnetz_msaf.npy"));
    let by_class = chroma.len() == 12;
    let frames = if by_class { chroma[0].len() } else { chroma.len() };
    let mut rows = Rows::new(12);
    (0..frames).for_each(|t| rows.push((0..12).map(|c| if by_class { chroma[c][t] } else { chroma[t][c] })));
    let found = tonnetz(&rows);
    let found: Vec<f64> = match wanted.len() == 6 {
        true => found.as_slice().concat(),
        false => (0..frames).flat_map(|t| (0..6).map(move |d| (d, t))).map(|(d, t)| found.as_slice()[d][t]).collect(),
    };
    close("tonnetz_msaf.npy", &found, &wanted.concat(), 1e-14);
}

#[test]
#[ignore = "needs references that are not part of the project"]
fn metlab() {
    let x = Song::open_as(folder().join("refs/librosa_test_data/test1_22050.wav"), Decoding::Float)
        .unwrap()
        .samples()
        .unwrap();
    let centroids = npy("met_centroid.npy").concat();
    let hamming = |j: usize| 0.54 - 0.46 * (std::f64::consts::TAU * j as f64 / 511.0).cos();
    let window: Vec<f64> = (0..512).map(hamming).collect();
    let spectrum = |t: usize| -> Vec<f32> {
        let input: Vec<f64> = (0..512).map(|j| window[j] * f64::from(x[256 * t + j])).collect();
        let turn = |j: usize, k: usize| std::f64::consts::TAU * (j * k % 512) as f64 / 512.0;
        let part = |k: usize, of: fn(f64) -> f64| (0..512).map(|j| input[j] * of(turn(j, k))).sum::<f64>();
        let s: Vec<f64> = (0..=256).map(|k| part(k, f64::cos).hypot(part(k, f64::sin))).collect();
        let all = s[0] + 2.0 * s[1..].iter().sum::<f64>();
        s.iter().map(|s| if all > 0.0 { (s / all) as f32 } else { 0.0 }).collect()
    };
    let spectra: Vec<Vec<f32>> = (0..centroids.len()).map(spectrum).collect();
    let step = 22050.0 / 512.0;
    let found: Vec<f64> = spectra.iter().map(|s| centroid(s, step)).collect();
    // Magnitudes are single precision here.
    close("met_centroid.npy", &found, &centroids, 2e-3);
    for share in [80, 90, 95] {
        let wanted = npy(&format!("met_rolloff_{share}.npy")).concat();
        let mut sums = Vec::new();
        let found = spectra.iter().map(|s| step * rolloff_bins([s], share as f32 / 100.0, &mut sums)[0] as f64);
        let other = found.zip(&wanted).filter(|(a, b)| (a - **b).abs() > 1e-6).count();
        println!("met_rolloff_{share}.npy: {other} of {} frames in another bin", wanted.len());
        assert!(other <= wanted.len() / 200);
    }
    let contrast = npy("met_contrast_linear.npy");
    let found: Vec<[(f64, f64); 7]> = spectra.iter().map(|s| valleys_and_peaks(s, 22050.0)).collect();
    let found: Vec<f64> = (0..7).flat_map(|b| found.iter().map(move |f| f[b].1 - f[b].0)).collect();
    let wanted: Vec<f64> = match contrast.len() == 7 {
        true => contrast.concat(),
        false => (0..7).flat_map(|b| contrast.iter().map(move |row| row[b])).collect(),
    };
    close("met_contrast_linear.npy", &found, &wanted, 1e-2);
}
