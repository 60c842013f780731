//! A learning-rate schedule: warm-up, then half a cosine.

/// The factor of the learning rate at a time `epoch` (as 2.5 in the middle of the third) of `epochs`.
pub fn warm_up_and_cosine(epoch: f64, warm_up: f64, epochs: f64) -> f64 {
    if epoch < warm_up {
        epoch / warm_up
    } else {
        let share = (epoch - warm_up) / (epochs - warm_up);
        (1.0 + (std::f64::consts::PI * share).cos()) / 2.0
    }
}
