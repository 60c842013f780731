//! Exercise 3: repair the walk (chapter 1).
//!
//! `made_of[i]` lists what number i was made of: pairs of another number's place, always below i, and the slope. The walk
//! below is right for some computations and wrong for others. Find both of its faults, and mend them.

/// The gradients of number `of` with respect to every number on the tape.
pub fn gradients(made_of: &[Vec<(usize, f64)>], of: usize) -> Vec<f64> {
    let mut gradients = vec![0.0; made_of.len()];
    gradients[of] = 1.0;
    for at in (0..=of).rev() {
        for &(input, slope) in &made_of[at] {
            gradients[input] += gradients[at] * slope;
        }
    }
    gradients
}
