//! Gaussian noise: while training, adds a normal number to each element, so that no network can rely on the last digit.

use super::activation::Activation;
use super::layer::{Layer, Mode, Output, Scope, compiled_here};
use super::onnx::Graph;
use super::param::Param;
use crate::autograd::Var;
use crate::random::Key;
use crate::{Error, Result, Scalar, Tensor};
use std::f64::consts::TAU;

/// Gaussian noise: while training, adds a normal number of this deviation to each element.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct GaussianNoise {
    deviation: f64,
}

impl GaussianNoise {
    /// Noise of this standard deviation, at least 0.
    pub fn new(deviation: f64) -> Self {
        GaussianNoise { deviation }
    }

    /// The noise of a batch. As dropout's mask it is a hash of (key, row, element), so it does not depend on how a batch is
    /// cut.
    fn of<F: Scalar>(&self, shape: &[usize], key: Key) -> Tensor<F> {
        let mut noise = Tensor::scratch(shape);
        let width = noise.row_len();
        for (i, value) in noise.as_mut_slice().iter_mut().enumerate() {
            *value = F::of(self.deviation * normal(key.child(i % width).row_bits(i / width)));
        }
        noise
    }
}

/// A standard normal number from 64 random bits, by Box and Muller (1958): two uniform numbers are radius and angle of a
/// point whose coordinates are normal.
fn normal(bits: u64) -> f64 {
    let uniform = |bits: u64| ((bits as u32) as f64 + 0.5) / 2f64.powi(32);
    (-2.0 * uniform(bits).ln()).sqrt() * (TAU * uniform(bits >> 32)).cos()
}

impl Layer for GaussianNoise {
    compiled_here!();

    fn kind(&self) -> (&'static str, &'static str) {
        ("gaussian_noise", "GaussianNoise")
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
        Error::unless("standard deviation", self.deviation, 0.0..f64::INFINITY, "a finite number, at least 0")?;
        Ok(input.to_vec())
    }

    fn scope(&self) -> Scope {
        Scope::Either
    }

    fn ends_in(&self) -> Option<Activation> {
        None
    }

    fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, _: &[Var<'t, F>], mode: Mode) -> Output<'t, F> {
        match mode {
            Mode::Train(key) if self.deviation > 0.0 => {
                let noise = x.tape().constant(self.of(x.shape(), key));
                (x + noise).into()
            }
            _ => x.into(),
        }
    }

    /// There is none when a network is asked.
    fn onnx(&self, _: &mut Graph, _: &[Param<f32>], _: &[usize]) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;

    #[test]
    fn noise_is_normal_and_does_not_depend_on_how_a_batch_is_cut() {
        let (layer, key) = (GaussianNoise::new(2.0), Seed(1).key("noise"));
        let noise = layer.of::<f64>(&[200, 50, 2], key);
        let moment = |power| noise.as_slice().iter().map(|x| (x / 2.0f64).powi(power)).sum::<f64>() / 20_000.0;
        for (power, wanted, tolerance) in [(1, 0.0, 0.02), (2, 1.0, 0.03), (3, 0.0, 0.08), (4, 3.0, 0.2)] {
            assert!((moment(power) - wanted).abs() < tolerance, "moment {power} is {}", moment(power));
        }
        assert_eq!(layer.of::<f64>(&[20, 50, 2], key.below(30)), noise.rows(30, 50));
        assert_ne!(layer.of::<f64>(&[200, 50, 2], key.child(1)), noise);
    }
}
