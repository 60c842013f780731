//! From what a decoder hands over to samples of one channel, as the target's decoder would have had them.
//!
//! ```text
//! floating    x = mean over the channels of v                                         librosa today
//! 16 bits     i = v * 32768, rounded half to even and clipped to 16 bits; of more bits, the lowest dropped
//!             x = mean over the channels of i / 32768                                 ffmpeg, as FMA called it
//! fixed       i = floor(e + v * 32768), e = what that left, carried on                ffmpeg's MP3 decoder of 2017
//! ```
//!
//! FMA's MP3s were decoded in fixed point: that decoder truncates to 16 bits and carries the error on to the next sample,
//! which makes 3 dB more noise than rounding. `spectral_contrast` hears it above the low-pass of an MP3, where its last row
//! is 1.6 dB higher than FMA's with rounding, and within 0.1 dB with this decoding. Its samples come in blocks of 32, in the order 0, (1, 31), (2, 30), ... (15, 17), 16 of its synthesis filter.

use crate::names::named;

named! {
    "decoding",
    /// How a decoded sample becomes a number.
    pub enum Decoding {
        /// As it is.
        Float = "float",
        /// Rounded and clipped to 16 bits.
        Rounded = "16-bit",
        /// Truncated to 16 bits with the error carried on, in the order of a fixed-point MP3 decoder.
        FixedPoint = "fixed-point",
    }
}

/// Samples of the synthesis filter's blocks.
const BLOCK: usize = 32;

/// Where each turn of a block lies.
const fn order() -> [usize; BLOCK] {
    let mut order = [0; BLOCK];
    let mut i = 1;
    while i < BLOCK / 2 {
        (order[2 * i - 1], order[2 * i]) = (i, BLOCK - i);
        i += 1;
    }
    order[BLOCK - 1] = BLOCK / 2;
    order
}

const ORDER: [usize; BLOCK] = order();

/// Samples on their way to one channel.
pub(super) struct Mixer {
    decoding: Decoding,
    /// What truncation left, for each channel.
    carried: Vec<f32>,
    /// The position of the next sample in a block of the decoder, counted from before what was trimmed.
    position: usize,
    sum: Vec<f32>,
}

impl Mixer {
    pub fn new(decoding: Decoding) -> Mixer {
        Mixer { decoding, carried: Vec::new(), position: 0, sum: Vec::new() }
    }

    /// So many samples of every channel were trimmed here.
    pub fn skip(&mut self, samples: usize) {
        self.position += samples;
    }

    /// Begins a piece of so many samples.
    pub fn begin(&mut self, samples: usize) {
        self.sum.clear();
        self.sum.resize(samples, 0.0);
    }

    /// Adds a channel of floating-point samples.
    pub fn add_float(&mut self, channel: usize, samples: impl Iterator<Item = f32>) {
        match self.decoding {
            Decoding::Float => self.add(samples),
            Decoding::Rounded => self.add(samples.map(|v| rounded(v * 32768.0))),
            Decoding::FixedPoint => {
                let mut integers: Vec<f32> = samples.map(|v| v * 32768.0).collect();
                if self.carried.len() <= channel {
                    self.carried.resize(channel + 1, 0.0);
                }
                truncate(&mut integers, self.position % BLOCK, &mut self.carried[channel]);
                self.add(integers.into_iter().map(clipped));
            }
        }
    }

    /// Adds a channel of whole numbers of so many bits.
    pub fn add_integers(&mut self, bits: u32, samples: impl Iterator<Item = i32>) {
        match self.decoding {
            Decoding::Float => {
                let full = (1i64 << (bits - 1)) as f32;
                self.add(samples.map(|v| v as f32 / full));
            }
            _ if bits <= 16 => self.add(samples.map(|v| ((v << (16 - bits)) as f32) / 32768.0)),
            _ => self.add(samples.map(|v| ((v >> (bits - 16)) as f32) / 32768.0)),
        }
    }

    fn add(&mut self, samples: impl Iterator<Item = f32>) {
        self.sum.iter_mut().zip(samples).for_each(|(sum, sample)| *sum += sample);
    }

    /// The mean of so many channels.
    pub fn finish(&mut self, channels: usize) -> &[f32] {
        self.position += self.sum.len();
        if channels > 1 {
            self.sum.iter_mut().for_each(|sum| *sum /= channels as f32);
        }
        &self.sum
    }
}

/// A whole number as a sample of 16 bits. NaN stays what it is, and is refused later.
fn clipped(integer: f32) -> f32 {
    integer.clamp(-32768.0, 32767.0) / 32768.0
}

/// The nearest whole number, of two the even one, as a sample of 16 bits.
fn rounded(v: f32) -> f32 {
    // From 2^23 to 2^24, single precision has whole numbers only.
    const WHOLE: f32 = 12_582_912.0;
    ((v.clamp(-32768.0, 32767.0) + WHOLE) - WHOLE) / 32768.0
}

/// Rounds samples down, and carries on what that leaves; the first lies at a position in its block.
fn truncate(samples: &mut [f32], mut first: usize, carried: &mut f32) {
    let mut left = samples;
    while !left.is_empty() {
        let (block, rest) = left.split_at_mut(left.len().min(BLOCK - first));
        for at in ORDER {
            if let Some(sample) = at.checked_sub(first).and_then(|at| block.get_mut(at)) {
                let all = *carried + *sample;
                *sample = all.floor();
                *carried = all - *sample;
            }
        }
        (left, first) = (rest, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_position_of_a_block_has_its_turn() {
        assert_eq!(ORDER[..5], [0, 1, 31, 2, 30]);
        assert_eq!(ORDER[29..], [15, 17, 16]);
        let mut sorted = ORDER;
        sorted.sort();
        assert!(sorted.iter().enumerate().all(|(i, at)| i == *at));
    }

    #[test]
    fn truncation_keeps_the_mean() {
        let mut samples = vec![0.25f32; 32 * 100];
        let mut carried = 0.0;
        truncate(&mut samples, 0, &mut carried);
        assert!(samples.iter().all(|v| *v == 0.0 || *v == 1.0));
        assert_eq!(samples.iter().sum::<f32>(), 800.0);
    }

    #[test]
    fn rounding_is_half_to_even_and_keeps_what_is_no_number() {
        let found = [0.5, 1.5, -0.5, -2.5, 2.49, 32767.5, f32::INFINITY, -1e9].map(|v| rounded(v) * 32768.0);
        assert_eq!(found, [0.0, 2.0, 0.0, -2.0, 2.0, 32767.0, 32767.0, -32768.0]);
        assert!(rounded(f32::NAN).is_nan());
    }

    #[test]
    fn channels_are_rounded_before_they_are_mixed() {
        let mut mixer = Mixer::new(Decoding::Rounded);
        mixer.begin(2);
        mixer.add_float(0, [0.6 / 32768.0, 2.0].into_iter());
        mixer.add_float(1, [0.0, 0.0].into_iter());
        assert_eq!(mixer.finish(2), [0.5 / 32768.0, 32767.0 / 65536.0]);
        mixer.begin(1);
        mixer.add_integers(24, [-1].into_iter());
        assert_eq!(mixer.finish(1), [-1.0 / 32768.0], "the lowest bits are dropped, not rounded");
    }
}
