//! A signal that can be read more than once: samples in memory, or a file.

use crate::Result;

/// One channel of audio, which hands over its samples in pieces, from the beginning each time it is asked.
pub trait Signal {
    /// Samples a second.
    fn rate(&self) -> f64;

    /// Hands over all samples, in pieces of any length. Samples are finite.
    ///
    /// # Errors
    /// When they cannot be read.
    fn read(&mut self, each: &mut dyn FnMut(&[f32])) -> Result<()>;

    /// Whether reading is free, so that nothing need be remembered.
    fn is_in_memory(&self) -> bool {
        false
    }
}

/// Samples in memory.
#[derive(Clone, Copy, Debug)]
pub struct Samples<'x> {
    /// From -1 to 1.
    pub samples: &'x [f32],
    /// Samples a second.
    pub rate: f64,
}

/// Samples at a time: enough that a call costs nothing, few enough to stay in the cache.
const PIECE: usize = 8192;

impl Signal for Samples<'_> {
    fn rate(&self) -> f64 {
        self.rate
    }

    fn read(&mut self, each: &mut dyn FnMut(&[f32])) -> Result<()> {
        self.samples.chunks(PIECE).for_each(each);
        Ok(())
    }

    fn is_in_memory(&self) -> bool {
        true
    }
}
