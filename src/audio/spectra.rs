//! The spectra of a signal that arrives in pieces, and the families that need nothing but the spectrum of a frame.

use super::family::{Families, Family};
use super::frames::Frames;
use super::mfcc::Mfcc;
use super::moments::moments;
use super::rmse::Rmse;
use super::rows::Rows;
use super::spectral_bandwidth::SpectralBandwidth;
use super::spectral_centroid::SpectralCentroid;
use super::spectral_contrast::SpectralContrast;
use super::spectral_rolloff::SpectralRolloff;
use super::stft::{BINS, FRAME, HOP, Stft};
use super::target::Target;
use super::tuning::Peaks;

/// The rate in the formulas to which FMA's script passes none: librosa's default, whatever the file's.
pub(super) const NOMINAL: f64 = 22050.0;

/// The magnitudes of each frame.
pub(super) struct Spectra {
    frames: Frames,
    stft: Stft,
}

impl Spectra {
    pub fn new(target: Target) -> Spectra {
        Spectra { frames: Frames::new(FRAME, HOP, target.padding()), stft: Stft::new() }
    }

    pub fn push(&mut self, piece: &[f64], mut each: impl FnMut(&[f32])) {
        let Spectra { frames, stft } = self;
        frames.push(piece, |frame| each(stft.magnitudes(frame)));
    }

    pub fn finish(self, mut each: impl FnMut(&[f32])) {
        let Spectra { frames, mut stft } = self;
        frames.finish(|frame| each(stft.magnitudes(frame)));
    }
}

/// The families that need the magnitudes of a frame and no tuning, and the peaks that give the tunings.
pub(super) struct SpectralFamilies {
    power: Vec<f32>,
    /// Of the magnitudes at the file's rate for the constant-Q transform, and of the powers at the nominal one for
    /// chroma_stft.
    peaks: [Option<Peaks>; 2],
    mfcc: Option<Mfcc>,
    rmse: Option<Rmse>,
    bandwidth: Option<SpectralBandwidth>,
    centroid: Option<SpectralCentroid>,
    contrast: Option<SpectralContrast>,
    rolloff: Option<SpectralRolloff>,
}

impl SpectralFamilies {
    pub fn new(target: Target, rate: f64, families: Families) -> SpectralFamilies {
        let wants = |family| families.has(family);
        SpectralFamilies {
            power: vec![0.0; BINS],
            peaks: [
                families.wants_cqt().then(|| Peaks::new(rate)),
                wants(Family::ChromaStft).then(|| Peaks::new(NOMINAL)),
            ],
            mfcc: wants(Family::Mfcc).then(|| Mfcc::new(rate)),
            rmse: wants(Family::Rmse).then(|| Rmse::new(target)),
            bandwidth: wants(Family::SpectralBandwidth).then(|| SpectralBandwidth::new(NOMINAL)),
            centroid: wants(Family::SpectralCentroid).then(|| SpectralCentroid::new(NOMINAL)),
            contrast: wants(Family::SpectralContrast).then(|| SpectralContrast::new(NOMINAL)),
            rolloff: wants(Family::SpectralRolloff).then(|| SpectralRolloff::new(NOMINAL)),
        }
    }

    /// Takes the magnitudes of a frame.
    pub fn frame(&mut self, s: &[f32]) {
        let SpectralFamilies { power, peaks, mfcc, rmse, bandwidth, centroid, contrast, rolloff } = self;
        let moments = moments(s, power);
        let [magnitude_peaks, power_peaks] = peaks;
        magnitude_peaks.iter_mut().for_each(|peaks| peaks.frame(s, moments.largest));
        power_peaks.iter_mut().for_each(|peaks| peaks.frame(power, moments.largest * moments.largest));
        mfcc.iter_mut().for_each(|mfcc| mfcc.frame(power));
        rmse.iter_mut().for_each(|rmse| rmse.frame(power, moments.power));
        bandwidth.iter_mut().for_each(|bandwidth| bandwidth.frame(&moments));
        centroid.iter_mut().for_each(|centroid| centroid.frame(&moments));
        contrast.iter_mut().for_each(|contrast| contrast.frame(s));
        rolloff.iter_mut().for_each(|rolloff| rolloff.frame(s));
    }

    /// The two tunings, where there were peaks and the tuning is wanted; and the rows.
    pub fn finish(self, target: Target) -> ([Option<f64>; 2], Vec<(Family, Rows)>) {
        let tunings = self.peaks.map(|peaks| peaks?.tuning(target.tuning_bins()));
        let rows = [
            (Family::Mfcc, self.mfcc.map(Mfcc::finish)),
            (Family::Rmse, self.rmse.map(Rmse::finish)),
            (Family::SpectralBandwidth, self.bandwidth.map(SpectralBandwidth::finish)),
            (Family::SpectralCentroid, self.centroid.map(SpectralCentroid::finish)),
            (Family::SpectralContrast, self.contrast.map(SpectralContrast::finish)),
            (Family::SpectralRolloff, self.rolloff.map(SpectralRolloff::finish)),
        ];
        (tunings, rows.into_iter().filter_map(|(family, rows)| Some((family, rows?))).collect())
    }
}
