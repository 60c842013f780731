//! `chroma_cqt`: how strong each of the twelve pitch classes is, whatever the octave, from the constant-Q transform.
//!
//! ```text
//! c[p, t] = sum over the 7 octaves of C[12 octave + p, t]        p = 0 is C
//! row p   = c[p, t] / max over p of c[p, t]
//!
//!    C7 .      B |
//!    B6 :        |  :: ::::
//!    ...    ->   |
//!    D1 .        |      ::
//!    C1 :      C | ::::::::
//! ```
//!
//! Values lie from 0 to 1, and the largest of a frame is 1; a silent frame is 0.

use super::cqt::TONES;
use super::rows::Rows;

/// The transform's rows, folded to pitch classes, not normalised: what chroma_cqt and chroma_cens are made of.
#[derive(Default)]
pub(super) struct Folded {
    classes: Vec<[f64; TONES]>,
}

impl Folded {
    /// Adds the tones of an octave in a frame.
    pub fn add(&mut self, frame: usize, tones: &[f64; TONES]) {
        if self.classes.len() <= frame {
            self.classes.resize(frame + 1, [0.0; TONES]);
        }
        self.classes[frame].iter_mut().zip(tones).for_each(|(class, tone)| *class += tone);
    }

    /// The classes of the first frames, those that every octave has.
    pub fn finish(mut self, frames: usize) -> Vec<[f64; TONES]> {
        self.classes.truncate(frames);
        self.classes
    }
}

/// The rows of the family, of classes that were folded.
pub fn chroma_cqt(classes: &[[f64; TONES]]) -> Rows {
    let mut rows = Rows::new(TONES);
    classes.iter().for_each(|classes| rows.push(by_largest(*classes)));
    rows
}

/// Divides a frame by its largest value, where that is not 0.
pub(super) fn by_largest(mut classes: [f64; TONES]) -> [f64; TONES] {
    let largest = classes.iter().copied().fold(0.0, f64::max);
    if largest >= f64::MIN_POSITIVE {
        classes.iter_mut().for_each(|class| *class /= largest);
    }
    classes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octaves_are_folded_and_the_largest_class_is_one() {
        let mut folded = Folded::default();
        let tone = |at: usize, value: f64| std::array::from_fn(|tone| if tone == at { value } else { 0.0 });
        folded.add(0, &tone(0, 1.0));
        folded.add(0, &tone(0, 1.0));
        folded.add(0, &tone(7, 1.0));
        folded.add(1, &tone(3, 0.0));
        folded.add(2, &tone(3, 5.0));
        let rows = chroma_cqt(&folded.finish(2));
        assert_eq!((rows.frames(), rows.as_slice()[0][0], rows.as_slice()[7][0]), (2, 1.0, 0.5));
        assert_eq!(rows.frame::<12>(1), [0.0; 12], "silence");
    }
}
