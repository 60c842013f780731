//! Features of sound, from an audio file to the 518 columns of the Free Music Archive's table (McFee et al. 2015,
//! Defferrard et al. 2017), without ffmpeg: the same bits every time, and close to a named version of librosa.
//!
//! ```no_run
//! use tonegrad::audio::{Families, Song, Target, features};
//! let mut song = Song::open("song.mp3", Target::Fma)?;
//! let features = features(&mut song, Target::Fma, Families::all())?;
//! println!("{:.0} seconds, {:?}", features.seconds(), features.values);
//! # Ok::<(), tonegrad::Error>(())
//! ```
//!
//! | file | idea |
//! |---|---|
//! | `target` | whose numbers are to be met |
//! | `song`, `sample` | a file decoded, its samples as the target wants them, its tags |
//! | `signal` | what can be read more than once: a file, or samples in memory |
//! | `frames`, `window`, [`stft`] | the short-time Fourier transform |
//! | `tuning` | how far the instruments are off the concert pitch |
//! | `decimate`, [`cqt`] | the constant-Q transform |
//! | [`mod@chroma_cqt`], [`mod@chroma_cens`], [`chroma_stft`], [`mod@tonnetz`] | families: pitch classes and harmony |
//! | [`mfcc`], [`mel`], `decibels` | family: the shape of the spectrum |
//! | `log_mel`, `root_spectrogram`, `resample` | what networks take that look at sound as at a picture |
//! | [`rmse`], [`zcr`] | families: loudness, crossings |
//! | [`spectral_centroid`], [`spectral_bandwidth`], [`spectral_contrast`], [`spectral_rolloff`], `moments` | families: where the spectrum lies |
//! | `spectra`, `analysis`, `rows` | all families in two passes over a song |
//! | [`mod@statistics`], `family`, `features` | seven statistics, 518 columns |

mod analysis;
pub mod chroma_cens;
pub mod chroma_cqt;
pub mod chroma_stft;
pub mod cqt;
mod decibels;
mod decimate;
mod family;
mod features;
mod frames;
mod log_mel;
pub mod mel;
pub mod mfcc;
mod moments;
mod resample;
pub mod rmse;
mod root_spectrogram;
mod rows;
mod sample;
mod signal;
mod song;
mod spectra;
pub mod spectral_bandwidth;
pub mod spectral_centroid;
pub mod spectral_contrast;
pub mod spectral_rolloff;
pub mod statistics;
pub mod stft;
mod target;
pub mod tonnetz;
mod tuning;
mod window;
pub mod zcr;

pub use analysis::{Analysis, analyse};
pub use family::{Column, Families, Family, columns};
pub use features::{Features, features, of_analysis};
pub use frames::Padding;
pub use log_mel::{Level, LogMel};
pub use resample::resampled;
pub use root_spectrogram::root_spectrogram;
pub use rows::Rows;
pub use sample::Decoding;
pub use signal::{Samples, Signal};
pub use song::{Song, Tags};
pub use statistics::{Statistic, statistics};
pub use target::Target;
