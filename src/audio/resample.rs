//! Another rate: by our own decimation where the old rate is 2, 4 or 8 times the new one, by the crate rubato elsewhere.

use super::decimate::Decimator;
use super::signal::Signal;
use super::target::Target;
use crate::{Error, Result};
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Indexing, Resampler, WindowFunction};

/// Samples that are resampled at a time.
const CHUNK: usize = 4096;

/// Hands over a signal at another rate, ceil(samples · rate / old rate) of them, in pieces.
///
/// # Errors
/// When the signal cannot be read, or a rate is no whole number of Hz.
pub fn resampled(signal: &mut dyn Signal, rate: u32, each: &mut dyn FnMut(&[f64])) -> Result<()> {
    let old = signal.rate();
    let widened = |piece: &[f32]| piece.iter().map(|x| f64::from(*x)).collect::<Vec<_>>();
    match old / f64::from(rate) {
        1.0 => signal.read(&mut |piece| each(&widened(piece))),
        factor @ (2.0 | 4.0 | 8.0) => {
            let mut decimator = Decimator::new(Target::Librosa, factor as usize, 1.0);
            signal.read(&mut |piece| each(decimator.push(&widened(piece))))?;
            each(&decimator.finish());
            Ok(())
        }
        _ => {
            let mut resampling = Resampling::new(old, rate)?;
            let mut failed = None;
            signal.read(&mut |piece| {
                if failed.is_none() {
                    failed = resampling.push(&widened(piece), each).err();
                }
            })?;
            failed.map_or_else(|| resampling.finish(each), Err)
        }
    }
}

/// A resampler between two rates, of a signal that arrives in pieces.
struct Resampling {
    rubato: Fft<f64>,
    input: Vec<f64>,
    output: Vec<f64>,
    received: usize,
    handed: usize,
    /// Outputs at the beginning that are only the filter's delay.
    delay: usize,
}

impl Resampling {
    fn new(old: f64, rate: u32) -> Result<Resampling> {
        let wrong = |found: String| Error::config("resampling").found(found).wanted("two rates in whole Hz");
        if old.fract() != 0.0 || !(1.0..=1e7).contains(&old) {
            return Err(wrong(format!("{old} Hz")));
        }
        let window = WindowFunction::BlackmanHarris2;
        let rubato = Fft::new_custom(old as usize, rate as usize, CHUNK, 2, 1, window, FixedSync::Input);
        let rubato = rubato.map_err(|e| wrong(e.to_string()))?;
        let (delay, room) = (rubato.output_delay(), rubato.output_frames_max());
        Ok(Resampling { rubato, input: Vec::new(), output: vec![0.0; room], received: 0, handed: 0, delay })
    }

    fn push(&mut self, samples: &[f64], each: &mut dyn FnMut(&[f64])) -> Result<()> {
        self.received += samples.len();
        self.input.extend_from_slice(samples);
        while self.input.len() >= self.rubato.input_frames_next() {
            self.step(None, usize::MAX, each)?;
        }
        Ok(())
    }

    /// The rest, with silence after the end until all is out.
    fn finish(mut self, each: &mut dyn FnMut(&[f64])) -> Result<()> {
        let all = (self.received as f64 * self.rubato.resample_ratio()).ceil() as usize;
        while self.handed < all {
            let left = self.input.len();
            self.step(Some(left), all - self.handed, each)?;
        }
        Ok(())
    }

    fn step(&mut self, partial: Option<usize>, most: usize, each: &mut dyn FnMut(&[f64])) -> Result<()> {
        let failed = |e: String| Error::data("resampling").found(e);
        self.input.resize(self.input.len().max(self.rubato.input_frames_next()), 0.0);
        let input = InterleavedSlice::new(&self.input, 1, self.input.len()).map_err(|e| failed(e.to_string()))?;
        let room = self.output.len();
        let mut output = InterleavedSlice::new_mut(&mut self.output, 1, room).map_err(|e| failed(e.to_string()))?;
        let mut indexing = Indexing::new();
        indexing.partial_len = partial;
        let done = self.rubato.process_into_buffer(&input, &mut output, Some(&indexing));
        let (read, written) = done.map_err(|e| failed(e.to_string()))?;
        match partial {
            Some(_) => self.input.clear(),
            None => drop(self.input.drain(..read)),
        }
        let skipped = self.delay.min(written);
        self.delay -= skipped;
        let end = written.min(skipped.saturating_add(most));
        self.handed += end - skipped;
        each(&self.output[skipped..end]);
        Ok(())
    }
}
