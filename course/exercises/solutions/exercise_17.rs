//! Adam's step, with the correction of its bias.

/// Adam's settings.
pub struct Adam {
    pub learning_rate: f64,
    pub beta1: f64,
    pub beta2: f64,
    pub epsilon: f64,
}

/// Step number `t` for a single weight: moves its moments `m` and `v`, and returns the new weight.
pub fn adam(rule: &Adam, t: i32, w: f64, g: f64, m: &mut f64, v: &mut f64) -> f64 {
    *m = rule.beta1 * *m + (1.0 - rule.beta1) * g;
    *v = rule.beta2 * *v + (1.0 - rule.beta2) * g * g;
    let mean = *m / (1.0 - rule.beta1.powi(t));
    let square = *v / (1.0 - rule.beta2.powi(t));
    w - rule.learning_rate * mean / (square.sqrt() + rule.epsilon)
}
