//! `chroma_cens`: chroma that does not hear loudness and ornaments (energy normalised statistics, Müller and Ewert 2011).
//!
//! ```text
//! c        folded classes of a frame, divided by their sum
//! q[p]     = 1/4 * how many of 0.05, 0.1, 0.2, 0.4 it exceeds
//! smooth   = sum over j of w[j] q[p, t + 21 - j],  w a Hann window of 43 frames with sum 1
//! row p    = smooth, divided by the Euclidean norm of the frame
//!
//!      c            q            smooth
//!    |   #         |   #        |   ##
//!    |.# # .   ->  | # #    ->  | ######
//! ```
//!
//! Values lie from 0 to 1, and the squares of a frame add up to 1; far from any sound, a frame is 0. For [`Target::Fma`] the
//! window is the periodic one; later versions have the symmetric one.

use super::cqt::TONES;
use super::rows::Rows;
use super::target::Target;
use super::window::{hann, symmetric_hann};

/// What a class must exceed for each quarter.
const STEPS: [f64; 4] = [0.05, 0.1, 0.2, 0.4];

/// Frames that are smoothed over: 41, and the two zeros at the ends of a window.
const SMOOTH: usize = 43;

/// The rows of the family, of classes that were folded.
pub fn chroma_cens(classes: &[[f64; TONES]], target: Target) -> Rows {
    let window = match target {
        Target::Fma => hann(SMOOTH),
        Target::Librosa => symmetric_hann(SMOOTH),
    };
    smooth(classes, &window)
}

/// The same with another window over time.
pub fn smooth(classes: &[[f64; TONES]], window: &[f64]) -> Rows {
    let all: f64 = window.iter().sum();
    let weights: Vec<f64> = window.iter().map(|weight| weight / all).collect();
    let quarters: Vec<[f64; TONES]> = classes.iter().map(quantised).collect();
    let mut rows = Rows::new(TONES);
    for t in 0..classes.len() {
        let mut sums = [0.0; TONES];
        // Where t + middle - j lies in the song.
        let end = t + weights.len() / 2 + 1;
        for j in end.saturating_sub(quarters.len())..end.min(weights.len()) {
            sums.iter_mut().zip(&quarters[end - 1 - j]).for_each(|(sum, quarter)| *sum += weights[j] * quarter);
        }
        let norm = sums.iter().map(|s| s * s).sum::<f64>().sqrt();
        rows.push(sums.map(|s| if norm >= f64::MIN_POSITIVE { s / norm } else { s }));
    }
    rows
}

fn quantised(classes: &[f64; TONES]) -> [f64; TONES] {
    let sum: f64 = classes.iter().sum();
    let sum = if sum >= f64::MIN_POSITIVE { sum } else { 1.0 };
    classes.map(|class| STEPS.iter().filter(|step| class / sum > **step).count() as f64 / 4.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lasting_chord_is_quantised_and_of_norm_one() {
        let mut chord = [0.0; TONES];
        (chord[0], chord[4], chord[7]) = (0.5, 0.15, 0.35);
        let rows = chroma_cens(&vec![chord; 100], Target::Librosa);
        let q = [1.0, 0.5, 0.75f64];
        let norm = q.iter().map(|q| q * q).sum::<f64>().sqrt();
        for (class, q) in [0, 4, 7].into_iter().zip(q) {
            assert!((rows.as_slice()[class][50] - q / norm).abs() < 1e-14);
        }
    }

    #[test]
    fn what_lies_outside_of_the_song_is_silence() {
        // Whatever is heard, the end of a song is smoothed with zeros, and the norm makes up for it.
        let rows = chroma_cens(&[[1.0; TONES]; 3], Target::Fma);
        let frame: [f64; TONES] = rows.frame(2);
        assert!(frame.iter().all(|v| (v - 12f64.sqrt().recip()).abs() < 1e-14));
    }
}
