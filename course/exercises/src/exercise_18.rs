//! A learning-rate schedule: warm-up, then half a cosine.
//!
//! During the first `warm_up` epochs the factor rises in a straight line from 0 to 1. From there to the end of training it
//! falls along half a cosine, from 1 to 0: after a share s of that way it is (1 + cos π s) / 2.

/// The factor of the learning rate at a time `epoch` (as 2.5 in the middle of the third) of `epochs`.
pub fn warm_up_and_cosine(epoch: f64, warm_up: f64, epochs: f64) -> f64 {
    todo!("two pieces that meet at `warm_up`")
}
