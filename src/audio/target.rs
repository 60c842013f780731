//! Whose numbers are to be met: FMA's of 2017, or those of librosa today.

use super::frames::Padding;
use crate::names::named;

named! {
    "target",
    /// A version of librosa, with its conventions. A model knows only the numbers that it learned from.
    pub enum Target {
        /// librosa 0.5.0 as FMA's script called it in 2017: what `features.csv` holds, and every model trained on it
        /// expects. Audio has 16 bits, edges are mirrored.
        Fma = "fma",
        /// librosa 0.11 and 1.0, called by the same script, with twelve bins an octave where chroma is folded. Audio is
        /// floating point, edges are silent.
        Librosa = "librosa",
    }
}

/// In which respects the two differ, apart from decoding.
impl Target {
    /// What stands before the first sample and after the last, in every short-time transform (zeros since 0.9).
    pub(super) fn padding(self) -> Padding {
        match self {
            Target::Fma => Padding::Reflect,
            Target::Librosa => Padding::Zeros,
        }
    }

    /// Bins of the tuning histogram, each 0.01 of a semitone: the last one was dropped once (until 0.6.3).
    pub(super) fn tuning_bins(self) -> usize {
        match self {
            Target::Fma => 99,
            Target::Librosa => 100,
        }
    }

    /// The ratio of a constant-Q filter's frequency to its bandwidth (changed in 0.9).
    pub(super) fn q(self) -> f64 {
        match self {
            Target::Fma => 1.0 / (2f64.powf(1.0 / 12.0) - 1.0),
            Target::Librosa => (2f64.powf(1.0 / 6.0) + 1.0) / (2f64.powf(1.0 / 6.0) - 1.0),
        }
    }
}
