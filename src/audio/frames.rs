//! A signal that arrives in pieces, cut into overlapping frames that are centred on their time.
//!
//! ```text
//! frame t = padded[t hop .. t hop + length]      centred on sample t hop
//! frames  = 1 + floor(samples / hop)
//!
//!      half              x               half
//!   . . . . | x0 x1 x2 . . . . . x(n-1) | . . . .
//!   [   frame 0   ]
//!         [   frame 1   ]
//! ```
//!
//! Before the first sample and after the last stand `length / 2` more: silence, or the signal mirrored at its end. Memory
//! does not depend on the length of the signal.

/// What stands before a signal and after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// The signal mirrored, its last sample not repeated: ... x2 x1 | x0 x1 x2 ...; again and again where it is too short.
    Reflect,
    /// Silence.
    Zeros,
}

impl Padding {
    /// What stands at position `i` of a signal of so many samples, `i` negative or beyond its end.
    fn at(self, x: &[f64], i: isize) -> f64 {
        let n = x.len() as isize;
        if (0..n).contains(&i) {
            return x[i as usize];
        }
        match self {
            Padding::Zeros => 0.0,
            Padding::Reflect if n == 1 => x[0],
            Padding::Reflect => {
                let at = i.rem_euclid(2 * (n - 1));
                x[at.min(2 * (n - 1) - at) as usize]
            }
        }
    }
}

/// Cuts frames of `length` samples, `hop` apart.
pub(super) struct Frames {
    length: usize,
    hop: usize,
    padding: Padding,
    /// The padded signal from `origin` on.
    buffer: Vec<f64>,
    origin: usize,
    /// The position of the next frame in the padded signal.
    next: usize,
    /// Whether the padding before the signal is in the buffer. Mirroring it takes half a frame and one sample more.
    begun: bool,
}

impl Frames {
    pub fn new(length: usize, hop: usize, padding: Padding) -> Frames {
        Frames { length, hop, padding, buffer: Vec::new(), origin: 0, next: 0, begun: false }
    }

    /// Takes a piece of the signal, and hands over the frames that it completes.
    pub fn push(&mut self, samples: &[f64], mut each: impl FnMut(&[f64])) {
        self.buffer.extend_from_slice(samples);
        let half = self.length / 2;
        if !self.begun && self.buffer.len() > half {
            let before: Vec<f64> =
                (0..half).map(|i| self.padding.at(&self.buffer, i as isize - half as isize)).collect();
            self.buffer.splice(..0, before);
            self.begun = true;
        }
        if self.begun {
            self.emit(&mut each);
        }
    }

    /// The end of the signal: hands over the frames that are left.
    pub fn finish(mut self, mut each: impl FnMut(&[f64])) {
        let half = self.length / 2;
        if !self.begun {
            let x = std::mem::take(&mut self.buffer);
            if x.is_empty() {
                return;
            }
            let padded = -(half as isize)..(x.len() + half) as isize;
            self.buffer = padded.map(|i| self.padding.at(&x, i)).collect();
        } else {
            // The last half frame and one sample are always kept, which is what mirroring takes.
            let tail = self.buffer[self.buffer.len() - half - 1..].to_vec();
            self.buffer.extend((0..half).map(|i| self.padding.at(&tail, (half + 1 + i) as isize)));
        }
        self.emit(&mut each);
    }

    fn emit(&mut self, each: &mut impl FnMut(&[f64])) {
        let end = self.origin + self.buffer.len();
        while self.next + self.length <= end {
            let at = self.next - self.origin;
            each(&self.buffer[at..at + self.length]);
            self.next += self.hop;
        }
        // What no frame wants any more goes, when it has become much: moving the rest costs as well.
        let done = self.next.min(end - self.length / 2 - 1).saturating_sub(self.origin);
        if done > 8 * self.length {
            self.buffer.drain(..done);
            self.origin += done;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(x: &[f64], length: usize, hop: usize, padding: Padding) -> Vec<Vec<f64>> {
        let half = length as isize / 2;
        let frame = |t: usize| (0..length).map(|j| padding.at(x, (t * hop + j) as isize - half)).collect();
        (0..=x.len() / hop).map(frame).collect()
    }

    #[test]
    fn any_pieces_give_the_frames_of_the_whole() {
        for (length, hop) in [(8, 2), (8, 16), (4, 1), (16, 5)] {
            for n in (1..40).chain([500]) {
                let x: Vec<f64> = (0..n).map(|i| ((i * i + 3) % 17) as f64).collect();
                for padding in [Padding::Reflect, Padding::Zeros] {
                    for piece in [1, 7, 1000] {
                        let (mut frames, mut found) = (Frames::new(length, hop, padding), Vec::new());
                        x.chunks(piece).for_each(|x| frames.push(x, |frame| found.push(frame.to_vec())));
                        frames.finish(|frame| found.push(frame.to_vec()));
                        assert_eq!(found, plain(&x, length, hop, padding), "{n} samples, {length}, {hop}, {padding:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn mirrors_do_not_repeat_the_edge() {
        let at = |x: &[f64]| (-4..6).map(|i| Padding::Reflect.at(x, i)).collect::<Vec<_>>();
        assert_eq!(at(&[1.0, 2.0, 3.0]), [1.0, 2.0, 3.0, 2.0, 1.0, 2.0, 3.0, 2.0, 1.0, 2.0]);
        assert_eq!(at(&[5.0]), [5.0; 10]);
    }
}
