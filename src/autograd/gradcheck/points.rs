//! Random inputs for a gradient check, at a distance from kinks where need be.

use crate::{Seed, Tensor};
use rand_distr::{Distribution, StandardNormal, Uniform};

/// A tensor of normally distributed values.
pub fn normal(shape: impl AsRef<[usize]>, seed: u64) -> Tensor<f64> {
    let shape = shape.as_ref();
    let draws = StandardNormal.sample_iter(Seed(seed).stream("gradcheck"));
    Tensor::new(shape, draws.take(shape.iter().product()).collect())
}

/// A tensor of the values halfway between integers around zero, each once, in random order: no two are nearer than 1,
/// and none is nearer than one half to a kink at an integer, such as ReLU's.
pub fn grid(shape: impl AsRef<[usize]>, seed: u64) -> Tensor<f64> {
    let shape = shape.as_ref();
    let len: usize = shape.iter().product();
    let halfway = |i: usize| (i / 2) as f64 + 0.5;
    let mut values: Vec<f64> = (0..len).map(|i| if i % 2 == 0 { halfway(i) } else { -halfway(i) }).collect();
    let mut rng = Seed(seed).stream("gradcheck grid");
    for i in (1..len).rev() {
        let j = Uniform::new_inclusive(0, i).expect("0 is not above i").sample(&mut rng);
        values.swap(i, j);
    }
    Tensor::new(shape, values)
}

/// Signed directions of size at most 1, so that a step along one crosses no kink of a [`grid`].
pub(super) fn direction(shape: &[usize], seed: u64) -> Tensor<f64> {
    let draws = Uniform::new_inclusive(-1.0, 1.0).expect("-1 is below 1");
    let draws = draws.sample_iter(Seed(seed).stream("gradcheck direction"));
    Tensor::new(shape, draws.take(shape.iter().product()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_keeps_its_distances() {
        let mut values = grid([3, 7], 5).as_slice().to_vec();
        values.sort_by(f64::total_cmp);
        let wanted: Vec<f64> = (-10..=10).map(|i| f64::from(i) + 0.5).collect();
        assert_eq!(values, wanted);
        assert_ne!(grid([21], 5), grid([21], 6));
    }

    #[test]
    fn directions_have_both_signs_and_stay_within_one() {
        let u = direction(&[200], 1);
        assert!(u.as_slice().iter().all(|u| u.abs() <= 1.0));
        assert!(u.as_slice().iter().any(|&u| u > 0.9) && u.as_slice().iter().any(|&u| u < -0.9));
    }
}
