//! Momentum: a step that remembers.

/// One step: moves the velocity `u` and the weights `w` by the gradients `g`.
pub fn momentum(w: &mut [f64], g: &[f64], u: &mut [f64], learning_rate: f64, mu: f64) {
    for ((w, g), u) in w.iter_mut().zip(g).zip(u) {
        *u = mu * *u - learning_rate * g;
        *w += *u;
    }
}
