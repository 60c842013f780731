//! From where a track lies in the space of sounds to its 518 features.

use super::catalogue::SyntheticTrack;
use super::genres::{AXES, GENRES};
use crate::Seed;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use std::f64::consts::PI;

/// How far apart the genres lie, in standard deviations of a track about its genre.
const SEPARATION: f64 = 1.34;

/// How much of where a track lies it shares with the others of its artist; squared, the share of the variance.
const ARTIST: f64 = 0.3;

/// Axes that have nothing to do with genre: key, room, level of the recording.
const NUISANCES: usize = 6;
const LATENT: usize = AXES + NUISANCES;

/// Noise of a single trait, beside loadings of length one.
const COLUMN_NOISE: f64 = 0.5;

/// Columns of `features.csv`, beside the id.
pub(super) const COLUMNS: usize = 518;

/// FMA's order.
const STATISTICS: [&str; 7] = ["kurtosis", "max", "mean", "median", "min", "skew", "std"];

/// Neighbouring series of one family whose values have the same range.
struct Band {
    family: &'static str,
    /// Series of the whole family, and which of them these are.
    size: usize,
    numbers: [usize; 2],
    /// What no value can leave.
    range: [f64; 2],
    /// Of the mean over a track: its typical value, and how far tracks differ.
    mean: [f64; 2],
    /// Of the standard deviation within a track: its typical value.
    std: f64,
}

const fn band(
    family: &'static str,
    size: usize,
    numbers: [usize; 2],
    range: [f64; 2],
    mean: [f64; 2],
    std: f64,
) -> Band {
    Band { family, size, numbers, range, mean, std }
}

/// The series in FMA's order, with the ranges that librosa's values have on music.
const BANDS: [Band; 15] = [
    band("chroma_cens", 12, [1, 12], [0.0, 1.0], [0.24, 0.07], 0.12),
    band("chroma_cqt", 12, [1, 12], [0.0, 1.0], [0.38, 0.11], 0.22),
    band("chroma_stft", 12, [1, 12], [0.0, 1.0], [0.42, 0.11], 0.27),
    band("mfcc", 20, [1, 1], [-750.0, 150.0], [-150.0, 68.0], 80.0),
    band("mfcc", 20, [2, 2], [-120.0, 300.0], [140.0, 27.0], 36.0),
    band("mfcc", 20, [3, 6], [-180.0, 180.0], [9.0, 16.0], 20.0),
    band("mfcc", 20, [7, 20], [-120.0, 120.0], [0.0, 5.0], 8.5),
    band("rmse", 1, [1, 1], [0.0, 1.0], [0.12, 0.06], 0.045),
    band("spectral_bandwidth", 1, [1, 1], [0.0, 5_500.0], [1_500.0, 330.0], 290.0),
    band("spectral_centroid", 1, [1, 1], [0.0, 11_025.0], [1_250.0, 400.0], 480.0),
    band("spectral_contrast", 7, [1, 6], [0.0, 80.0], [17.5, 2.0], 4.0),
    band("spectral_contrast", 7, [7, 7], [0.0, 110.0], [42.0, 8.0], 4.8),
    band("spectral_rolloff", 1, [1, 1], [0.0, 11_025.0], [2_500.0, 850.0], 950.0),
    band("tonnetz", 6, [1, 6], [-1.0, 1.0], [0.0, 0.03], 0.08),
    band("zcr", 1, [1, 1], [0.0, 1.0], [0.06, 0.025], 0.04),
];

/// The three cells above a column.
pub(super) struct ColumnTitle {
    pub family: &'static str,
    pub statistic: &'static str,
    pub number: usize,
}

/// All columns in FMA's order: family, then statistic, then number.
pub(super) fn columns() -> Vec<ColumnTitle> {
    let mut columns = Vec::with_capacity(COLUMNS);
    for Band { family, size, .. } in BANDS.iter().filter(|b| b.numbers[0] == 1) {
        for statistic in STATISTICS {
            columns.extend((1..=*size).map(|number| ColumnTitle { family, statistic, number }));
        }
    }
    columns
}

/// What a series of values over a track is drawn from: six values of about variance one.
const TRAITS: usize = 6;

/// How much of each trait follows the sound of the track; the rest is noise.
const SIGNAL: [f64; TRAITS] = [1.0, 0.7, 0.6, 0.4, 0.3, 0.3];

/// Everything that tracks have in common.
pub(super) struct World {
    seed: Seed,
    artists: Vec<[f64; LATENT]>,
    series: Vec<SeriesModel>,
}

/// How the values of one series of coefficients are drawn.
struct SeriesModel {
    band: &'static Band,
    number: usize,
    loadings: [[f64; LATENT]; TRAITS],
}

impl World {
    pub fn new(seed: Seed, tracks: &[SyntheticTrack]) -> World {
        let rng = &mut seed.stream("synthetic artists");
        let artists = tracks.iter().map(|t| t.artist + 1).max().unwrap_or(0);
        let artists = (0..artists).map(|_| normals(rng)).collect();
        // How sounds become features is no matter of chance: it is the same for every seed.
        let rng = &mut Seed(0).stream("synthetic loadings");
        let mut series = Vec::new();
        let mut waves = Waves::new(rng);
        for band in &BANDS {
            if band.numbers[0] == 1 {
                waves = Waves::new(rng);
            }
            series.extend((band.numbers[0]..=band.numbers[1]).map(|number| SeriesModel {
                band,
                number,
                loadings: waves.at((number as f64 - 0.5) / band.size as f64),
            }));
        }
        World { seed, artists, series }
    }

    /// The 518 features of a track, in the order of [`columns`].
    pub fn features(&self, track: &SyntheticTrack) -> Vec<f64> {
        let rng = &mut self.seed.stream(&format!("synthetic track {}", track.id));
        let latent = self.latent(track, rng);
        let mut features = vec![0.0; COLUMNS];
        let mut family = 0;
        for SeriesModel { band, number, loadings } in &self.series {
            let noise: [f64; TRAITS] = normals(rng);
            let traits = std::array::from_fn(|t| {
                let signal: f64 = loadings[t].iter().zip(&latent).map(|(l, z)| l * z).sum();
                SIGNAL[t] * signal + COLUMN_NOISE * noise[t]
            });
            for (statistic, moment) in band.moments(traits).into_iter().enumerate() {
                features[family + statistic * band.size + number - 1] = moment;
            }
            if *number == band.size {
                family += STATISTICS.len() * band.size;
            }
        }
        features
    }

    fn latent(&self, track: &SyntheticTrack, rng: &mut ChaCha8Rng) -> [f64; LATENT] {
        let genre = &GENRES[track.sound];
        let noise: [f64; LATENT] = normals(rng);
        let artist = self.artists[track.artist];
        std::array::from_fn(|axis| {
            let own = ARTIST * artist[axis] + (1.0 - ARTIST * ARTIST).sqrt() * noise[axis];
            if axis < AXES { SEPARATION * genre.mean[axis] + genre.spread * own } else { own }
        })
    }
}

/// Loadings that vary smoothly along the numbers of a family, so that neighbouring columns are alike.
struct Waves([[[f64; 3]; LATENT]; TRAITS]);

impl Waves {
    fn new(rng: &mut ChaCha8Rng) -> Waves {
        Waves(std::array::from_fn(|_| std::array::from_fn(|_| normals(rng))))
    }

    /// At `x` in 0..1 of the way through the family; of length one over the latent axes.
    fn at(&self, x: f64) -> [[f64; LATENT]; TRAITS] {
        self.0.map(|latent| {
            let wave = |[a, b, c]: [f64; 3]| a + b * (PI * x).cos() + 0.5 * c * (2.0 * PI * x).cos();
            let loadings = latent.map(wave);
            let length = loadings.iter().map(|l| l * l).sum::<f64>().sqrt();
            loadings.map(|l| l / length)
        })
    }
}

impl Band {
    /// The seven statistics of a series, in the order of [`STATISTICS`], from its traits.
    ///
    /// They keep to what holds of every series: min <= median, mean <= max; the variance is at most
    /// (mean - lowest)(highest - mean); the excess kurtosis is at least skew^2 - 2.
    fn moments(&self, [level, width, lean, tail, above, below]: [f64; TRAITS]) -> [f64; 7] {
        let [lowest, highest] = self.range;
        let reach = highest - lowest;
        let [typical, spread] = self.mean;
        let share = (typical - lowest) / reach;
        let slope = spread / (reach * share * (1.0 - share));
        // Over all tracks the level has a variance of about two, signal and noise together.
        let logit = (share / (1.0 - share)).ln() + slope * level / 2_f64.sqrt();
        let mean = lowest + reach / (1.0 + (-logit).exp());

        let most = 0.9 * ((mean - lowest) * (highest - mean)).sqrt();
        let std = most * (self.std * (0.25 * width).exp() / most).tanh();
        let skew = 0.4 + (0.6 * lean).sinh();
        let kurtosis = skew * skew - 2.0 + (0.8 + 0.4 * tail).exp();
        let side = |room: f64, trait_: f64| room * (1.0 - (-3.0 * std * (0.25 * trait_).exp() / room).exp());
        let (max, min) = (mean + side(highest - mean, above), mean - side(mean - lowest, below));
        // Mean and median differ by less than a standard deviation.
        let median = (mean - 0.3 * std * skew.tanh()).clamp(min, max);
        [kurtosis, max, mean, median, min, skew, std]
    }
}

fn normals<const N: usize>(rng: &mut ChaCha8Rng) -> [f64; N] {
    std::array::from_fn(|_| rng.sample(StandardNormal))
}
