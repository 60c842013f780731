//! From a signal to the rows of the families, in two passes: the first for what needs no tuning and for the tunings
//! themselves, the second for chroma.
//!
//! ```text
//!            .-> zcr
//! signal ----|              .-> rmse, centroid, bandwidth, rolloff, contrast, mfcc
//!   |        '-> spectra ---|
//!   |                       '-> peaks -> two tunings
//!   |        .-> spectra -----> chroma_stft                             (kept, or computed once more)
//!   '--------|
//!            '-> constant-Q transform -> chroma_cqt, chroma_cens -> tonnetz
//! ```
//!
//! A song of up to six minutes is kept for the second pass; a longer one is read twice, so that an hour takes no more
//! memory than its rows, one kilobyte a frame.

use super::chroma_cens::chroma_cens;
use super::chroma_cqt::{Folded, chroma_cqt};
use super::chroma_stft::ChromaStft;
use super::cqt::Cqt;
use super::family::{Families, Family};
use super::rows::Rows;
use super::signal::{Samples, Signal};
use super::spectra::{NOMINAL, Spectra, SpectralFamilies};
use super::stft::BINS;
use super::target::Target;
use super::tonnetz::tonnetz;
use super::zcr::Zcr;
use crate::{Error, Result};

/// Samples that are kept between the passes: six minutes at 44.1 kHz, 64 MiB.
const KEPT: usize = 1 << 24;

/// Frames whose spectra are kept as well, which is faster than computing them again: 95 seconds at 44.1 kHz, 32 MiB.
const KEPT_FRAMES: usize = 1 << 13;

/// The rows of a song.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// Samples of the song.
    pub samples: usize,
    /// Samples a second.
    pub rate: f64,
    /// What is off the concert pitch, in semitones: for the constant-Q transform, and for chroma_stft.
    pub tunings: [Option<f64>; 2],
    /// Why families are missing that were asked for.
    pub stopped: Option<Error>,
    rows: [Option<Rows>; Family::ALL.len()],
}

impl Analysis {
    /// The rows of a family, where it was asked for and could be computed.
    pub fn rows(&self, family: Family) -> Option<&Rows> {
        self.rows[family as usize].as_ref()
    }

    pub(super) fn take(&mut self, family: Family) -> Option<Rows> {
        self.rows[family as usize].take()
    }

    fn set(&mut self, family: Family, rows: Rows) {
        self.rows[family as usize] = Some(rows);
    }

    /// Leaves out what FMA's script would not have come to.
    fn stop(&mut self, error: Error, left: &[Family]) {
        for family in Family::ALL.iter().filter(|family| !left.contains(family)) {
            self.take(*family);
        }
        self.stopped = Some(error);
    }
}

/// Computes the rows of some families.
///
/// # Errors
/// When the signal cannot be read, or has no samples. What FMA's script would not survive (silence, which has no tuning; a
/// rate too low for seven octaves) is no error: the families before it have rows, and [`Analysis::stopped`] says why the
/// others have none. The script's order is zcr, those of the constant-Q transform, all others.
pub fn analyse(signal: &mut dyn Signal, target: Target, families: Families) -> Result<Analysis> {
    let rate = signal.rate();
    let (mut zcr, mut spectra) = (Zcr::default(), Spectra::new(target));
    let mut spectral = SpectralFamilies::new(target, rate, families);
    let keeps = families.wants_second_pass() && !signal.is_in_memory();
    let (mut kept, mut samples, mut wide) = (Vec::new(), 0, Vec::new());
    let mut spectra_kept = KeptSpectra { magnitudes: Vec::new(), all: families.has(Family::ChromaStft) };
    signal.read(&mut |piece| {
        samples += piece.len();
        match keeps && samples <= KEPT {
            true => kept.extend_from_slice(piece),
            false => kept = Vec::new(),
        }
        if families.has(Family::Zcr) {
            zcr.push(piece);
        }
        if families.wants_spectra() {
            spectra.push(widen(piece, &mut wide), |s| {
                spectra_kept.frame(s);
                spectral.frame(s);
            });
        }
    })?;
    if samples == 0 {
        return Err(Error::data("audio").found("no samples").wanted("at least one"));
    }
    spectra.finish(|s| {
        spectra_kept.frame(s);
        spectral.frame(s);
    });
    let (tunings, rows) = spectral.finish(target);
    let mut analysis = Analysis { samples, rate, tunings, stopped: None, rows: Default::default() };
    rows.into_iter().for_each(|(family, rows)| analysis.set(family, rows));
    if families.has(Family::Zcr) {
        analysis.set(Family::Zcr, zcr.finish());
    }
    if families.wants_second_pass() {
        let whole = kept.len() == samples;
        let mut memory = Samples { samples: &kept, rate };
        second_pass(if whole { &mut memory } else { signal }, target, families, &spectra_kept, &mut analysis)?;
    }
    Ok(analysis)
}

/// The spectra of a short song.
struct KeptSpectra {
    magnitudes: Vec<f32>,
    /// Whether these are all.
    all: bool,
}

impl KeptSpectra {
    fn frame(&mut self, s: &[f32]) {
        self.all &= self.magnitudes.len() < KEPT_FRAMES * BINS;
        match self.all {
            true => self.magnitudes.extend_from_slice(s),
            false => self.magnitudes = Vec::new(),
        }
    }
}

/// The families that need a tuning.
fn second_pass(
    signal: &mut dyn Signal,
    target: Target,
    families: Families,
    kept: &KeptSpectra,
    analysis: &mut Analysis,
) -> Result<()> {
    const CONSTANT_Q: [Family; 4] = [Family::Zcr, Family::ChromaCqt, Family::ChromaCens, Family::Tonnetz];
    let [cqt_tuning, stft_tuning] = analysis.tunings.map(|tuning| match target {
        Target::Fma => tuning,
        // librosa 0.11 only warns, and takes the concert pitch.
        Target::Librosa => Some(tuning.unwrap_or(0.0)),
    });
    let untuned = || Error::data("tuning").found("no peak in any spectrum, as in silence").wanted("sound with a pitch");
    let (mut cqt, mut folded) = (None, Folded::default());
    if families.wants_cqt() {
        match cqt_tuning.ok_or_else(untuned).and_then(|tuning| Cqt::new(target, tuning, signal.rate())) {
            Ok(transform) => cqt = Some(transform),
            Err(error) => {
                analysis.stop(error, &CONSTANT_Q[..1]);
                return Ok(());
            }
        }
    }
    let mut chroma = stft_tuning
        .filter(|_| families.has(Family::ChromaStft))
        .map(|tuning| (Spectra::new(target), ChromaStft::new(NOMINAL, tuning)));
    if cqt.is_some() || !kept.all {
        let (mut wide, mut samples) = (Vec::new(), 0);
        signal.read(&mut |piece| {
            samples += piece.len();
            let piece = widen(piece, &mut wide);
            if let (Some((spectra, chroma)), false) = (&mut chroma, kept.all) {
                spectra.push(piece, |s| chroma.frame(s));
            }
            if let Some(cqt) = &mut cqt {
                cqt.push(piece, |_, t, tones| folded.add(t, tones));
            }
        })?;
        if samples != analysis.samples {
            return Err(Error::data("audio")
                .found(format!("{samples} samples at a second reading"))
                .wanted(format!("{}, as at the first", analysis.samples))
                .fix("let nothing write the file meanwhile"));
        }
    }
    if let Some(cqt) = cqt {
        match cqt.finish(|_, t, tones| folded.add(t, tones)) {
            Ok(frames) => {
                let classes = folded.finish(frames);
                if families.has(Family::ChromaCqt) {
                    analysis.set(Family::ChromaCqt, chroma_cqt(&classes));
                }
                let cens = chroma_cens(&classes, target);
                if families.has(Family::Tonnetz) {
                    analysis.set(Family::Tonnetz, tonnetz(&cens));
                }
                if families.has(Family::ChromaCens) {
                    analysis.set(Family::ChromaCens, cens);
                }
            }
            Err(error) => {
                analysis.stop(error, &CONSTANT_Q[..1]);
                return Ok(());
            }
        }
    }
    match chroma {
        Some((spectra, mut chroma)) => {
            match kept.all {
                true => kept.magnitudes.chunks_exact(BINS).for_each(|s| chroma.frame(s)),
                false => spectra.finish(|s| chroma.frame(s)),
            }
            analysis.set(Family::ChromaStft, chroma.finish());
        }
        None if families.has(Family::ChromaStft) => analysis.stop(untuned(), &CONSTANT_Q),
        None => {}
    }
    Ok(())
}

/// The same samples in double precision, in which everything is computed.
fn widen<'w>(piece: &[f32], wide: &'w mut Vec<f64>) -> &'w [f64] {
    wide.clear();
    wide.extend(piece.iter().map(|x| f64::from(*x)));
    wide
}
