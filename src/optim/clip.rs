//! Gradient clipping by the global norm: one far-off batch must not throw the weights away.

use crate::scalar::concrete;
use crate::{Scalar, Tensor};

/// Clips gradients: scales all of them by one factor so that √(Σ g²), over all of them, is at most `max_norm`. Returns
/// the norm before.
///
/// ```
/// use tonegrad::{Tensor, optim::clip_global_norm};
/// let mut gradients = [Tensor::new([1], vec![3.0]), Tensor::new([1], vec![4.0])];
/// assert_eq!(clip_global_norm(&mut gradients, 1.0), 5.0);
/// assert_eq!((gradients[0].item(), gradients[1].item()), (0.6000000000000001, 0.8));
/// ```
pub fn clip_global_norm<F: Scalar>(gradients: &mut [Tensor<F>], max_norm: f64) -> f64 {
    let norm = gradients.iter().map(|g| squares(g.as_slice())).sum::<f64>().sqrt();
    if norm > max_norm {
        let factor = F::of(max_norm / norm);
        gradients.iter_mut().for_each(|g| scale(g.as_mut_slice(), factor));
    }
    norm
}

concrete! {
    fn squares<F>(g: &[F]) -> f64 = squares_here;
}

fn squares_here<F: Scalar>(g: &[F]) -> f64 {
    g.iter().map(|g| g.as_f64().powi(2)).sum()
}

concrete! {
    fn scale<F>(g: &mut [F], factor: F) = scale_here;
}

fn scale_here<F: Scalar>(g: &mut [F], factor: F) {
    g.iter_mut().for_each(|g| *g *= factor);
}
