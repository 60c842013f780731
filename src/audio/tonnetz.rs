//! `tonnetz`: tonal centroids, where a chord lies on the circles of fifths, minor thirds and major thirds (Harte, Sandler
//! and Gasser 2006).
//!
//! ```text
//! z      = the twelve classes of chroma_cens in a frame, divided by their sum
//! row d  = R[d] sum over p of cos(pi (s[d] p - o[d])) z[p]
//! s      = 7/6, 7/6, 3/2, 3/2, 2/3, 2/3       fifths, minor thirds, major thirds
//! o      = 1/2, 0, 1/2, 0, 1/2, 0             sine and cosine of each
//! R      = 1, 1, 1, 1, 1/2, 1/2
//!
//!        G . C . F
//!      D           Bb         C and G are neighbours on the first circle;
//!      A     x     Eb         a chord of both lies between them
//!        E . B . F#
//! ```
//!
//! Values lie from -1 to 1, the last two rows from -1/2 to 1/2; they are 0 where nothing sounds, and where all classes do.

use super::cqt::TONES;
use super::rows::Rows;
use std::f64::consts::PI;

const S: [f64; 6] = [7.0 / 6.0, 7.0 / 6.0, 3.0 / 2.0, 3.0 / 2.0, 2.0 / 3.0, 2.0 / 3.0];
const O: [f64; 6] = [0.5, 0.0, 0.5, 0.0, 0.5, 0.0];
const R: [f64; 6] = [1.0, 1.0, 1.0, 1.0, 0.5, 0.5];

/// The rows of the family, of chroma rows.
pub fn tonnetz(chroma: &Rows) -> Rows {
    let phi: [[f64; TONES]; 6] =
        std::array::from_fn(|d| std::array::from_fn(|p| R[d] * (PI * (S[d] * p as f64 - O[d])).cos()));
    let mut rows = Rows::new(6);
    for t in 0..chroma.frames() {
        let z: [f64; TONES] = chroma.frame(t);
        let sum: f64 = z.iter().map(|z| z.abs()).sum();
        let sum = if sum >= f64::MIN_POSITIVE { sum } else { 1.0 };
        rows.push(phi.map(|phi| phi.iter().zip(z).map(|(phi, z)| phi * (z / sum)).sum()));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_class_lies_on_the_circles_and_all_classes_in_the_middle() {
        let mut chroma = Rows::new(TONES);
        chroma.push((0..TONES).map(|p| f64::from(u8::from(p == 7))));
        chroma.push([0.3; TONES]);
        let rows = tonnetz(&chroma);
        let g: [f64; 6] = rows.frame(0);
        for (pair, radius) in [(0, 1.0), (2, 1.0), (4, 0.5)] {
            assert!((g[pair].hypot(g[pair + 1]) - radius).abs() < 1e-14);
        }
        assert!(rows.frame::<6>(1).iter().all(|v| v.abs() < 1e-14));
    }
}
