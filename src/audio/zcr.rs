//! `zcr`: the zero-crossing rate, how often the signal changes its sign. Noise does so often, a bass seldom.
//!
//! ```text
//! row = 1/2048 * how many of the 2047 pairs of neighbours in a frame differ in sign
//!
//!   x |  .-.     .-.
//!     |_/___\___/___\__     four crossings
//!     |      '-'     '-
//! ```
//!
//! Around the signal stand copies of its first and last sample, 1024 each, which never cross. A sample counts as negative
//! below -1e-10. Values lie from 0 to 2047 / 2048.

use super::rows::Rows;
use super::stft::{FRAME, HOP};
use crate::isa::vectorized;

/// The family, of a signal that arrives in pieces. A frame is four pieces of 512 samples without the first crossing, so
/// that the crossings of each piece are counted once.
#[derive(Default)]
pub(super) struct Zcr {
    received: usize,
    negative: bool,
    /// For each piece of [`HOP`] samples, how many differ from the one before, and whether the first does.
    pieces: Vec<(u16, bool)>,
}

impl Zcr {
    pub fn push(&mut self, samples: &[f32]) {
        if let (0, Some(first)) = (self.received, samples.first()) {
            self.negative = is_negative(*first);
        }
        let mut left = samples;
        while !left.is_empty() {
            if self.received.is_multiple_of(HOP) {
                self.pieces.push((0, is_negative(left[0]) != self.negative));
            }
            let (now, later) = left.split_at(left.len().min(HOP - self.received % HOP));
            if let Some((count, _)) = self.pieces.last_mut() {
                *count += u16::from(is_negative(now[0]) != self.negative) + crossings(now);
            }
            self.negative = is_negative(now[now.len() - 1]);
            self.received += now.len();
            left = later;
        }
    }

    pub fn finish(self) -> Rows {
        let piece = |at: Option<usize>| at.and_then(|at| self.pieces.get(at)).copied().unwrap_or_default();
        let mut rows = Rows::new(1);
        let frames = if self.received == 0 { 0 } else { 1 + self.received / HOP };
        for t in 0..frames {
            let all: u16 = (0..FRAME / HOP).map(|i| piece((t + i).checked_sub(2)).0).sum();
            let first = u16::from(piece(t.checked_sub(2)).1);
            rows.push([f64::from(all - first) / FRAME as f64]);
        }
        rows
    }
}

vectorized! {
    /// How many of at most [`HOP`] samples differ in sign from the one before them.
    fn crossings(x: &[f32]) -> u16 {
        x.iter().zip(&x[1..]).map(|(a, b)| u16::from(is_negative(*a) != is_negative(*b))).sum()
    }
}

#[inline(always)]
fn is_negative(sample: f32) -> bool {
    sample < -1e-10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_those_of_the_plain_definition() {
        for n in [1, 2, 511, 512, 513, 2048, 5000] {
            let x: Vec<f32> = (0..n).map(|i: i32| ((i * i * 37 + i * 11) % 101) as f32 - 50.0).collect();
            for piece in [1, 100, 10_000] {
                let mut zcr = Zcr::default();
                x.chunks(piece).for_each(|x| zcr.push(x));
                let row = zcr.finish().as_slice()[0].clone();
                let at = |i: isize| x[i.clamp(0, n as isize - 1) as usize] < -1e-10;
                let frame = |t: isize| {
                    let pairs = (1..FRAME as isize).map(|j| HOP as isize * t + j - 1024);
                    pairs.filter(|&i| at(i) != at(i - 1)).count() as f64 / 2048.0
                };
                let wanted: Vec<f64> = (0..=(n as isize / HOP as isize)).map(frame).collect();
                assert_eq!(row, wanted, "{n} samples");
            }
        }
    }
}
