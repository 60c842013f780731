//! One song: its features, its tags, and a fingerprint of its samples.

use crate::audio::{Decoding, Families, Features, Signal, Song, Tags, Target, features};
use crate::{Error, Result};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// How songs are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whose numbers are to be met.
    pub target: Target,
    /// How a decoded sample becomes a number; the target's way where not given.
    pub decoding: Option<Decoding>,
    /// What is computed.
    pub families: Families,
}

/// What is known about a song.
#[derive(Clone, Debug)]
pub struct Extracted {
    /// Its 518 columns.
    pub features: Features,
    /// What the file says about itself.
    pub tags: Tags,
    /// Two songs with the same samples have the same one, whatever their names, tags or containers.
    pub fingerprint: u64,
    /// Packets that could not be decoded.
    pub damaged: usize,
}

/// Reads a song.
///
/// # Errors
/// When it cannot be read or decoded. A panic in a decoder, which no file should bring about, is an error as well: one of a
/// hundred thousand songs must not end the work on all others.
pub fn extract(path: impl AsRef<Path>, settings: &Settings) -> Result<Extracted> {
    let path = path.as_ref();
    catch_unwind(AssertUnwindSafe(|| read(path, settings))).unwrap_or_else(|_| {
        Err(Error::data(path.display().to_string())
            .found("a panic in the decoder")
            .wanted("audio that can be decoded")
            .fix("convert the file, and report it"))
    })
}

fn read(path: &Path, settings: &Settings) -> Result<Extracted> {
    let mut song = match settings.decoding {
        Some(decoding) => Song::open_as(path, decoding)?,
        None => Song::open(path, settings.target)?,
    };
    let mut marked = Marked { song: &mut song, fingerprint: None };
    let features =
        features(&mut marked, settings.target, settings.families).map_err(|e| e.within(&path.display().to_string()))?;
    let fingerprint = marked.fingerprint.unwrap_or_default();
    Ok(Extracted { features, tags: song.tags().clone(), fingerprint, damaged: song.damaged() })
}

/// A song whose samples are hashed at the first reading.
struct Marked<'s> {
    song: &'s mut Song,
    fingerprint: Option<u64>,
}

impl Signal for Marked<'_> {
    fn rate(&self) -> f64 {
        self.song.rate()
    }

    fn read(&mut self, each: &mut dyn FnMut(&[f32])) -> Result<()> {
        // FNV-1a, a sample at a time.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ self.song.rate().to_bits();
        self.song.read(&mut |piece| {
            for sample in piece {
                hash = (hash ^ u64::from(sample.to_bits())).wrapping_mul(0x100_0000_01b3);
            }
            each(piece);
        })?;
        self.fingerprint.get_or_insert(hash);
        Ok(())
    }
}
