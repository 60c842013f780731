//! Exercise 11: the slopes of a line's loss, by hand (chapter 4).

/// d loss / d w and d loss / d b for loss = the mean of (w x + b - y)² over the points (x, y).
pub fn slopes(points: &[(f64, f64)], w: f64, b: f64) -> (f64, f64) {
    let share = |f: &dyn Fn(f64, f64) -> f64| points.iter().map(|&(x, e)| f(x, w * x + b - e)).sum::<f64>();
    let n = points.len() as f64;
    (2.0 / n * share(&|x, error| error * x), 2.0 / n * share(&|_, error| error))
}
