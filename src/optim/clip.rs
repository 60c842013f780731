//! Gradient clipping by the global norm: one far-off batch must not throw the weights away.

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
    let squares = |g: &Tensor<F>| g.as_slice().iter().map(|g| g.as_f64().powi(2)).sum::<f64>();
    let norm = gradients.iter().map(squares).sum::<f64>().sqrt();
    if norm > max_norm {
        let factor = F::of(max_norm / norm);
        gradients.iter_mut().for_each(|g| g.as_mut_slice().iter_mut().for_each(|g| *g *= factor));
    }
    norm
}
