//! Layers without weights or windows: dropout, flatten, and an activation function by itself.

use super::activation::Activation;
use super::layer::{Describe, Mode};
use crate::autograd::Var;
use crate::{Error, Result, Scalar, ops};

/// Dropout: while training, sets each element to zero with a probability.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Dropout {
    rate: f64,
}

impl Dropout {
    /// Dropout of each element with probability `rate`, at least 0 and below 1.
    pub fn new(rate: f64) -> Self {
        Dropout { rate }
    }
}

impl Describe for Dropout {
    fn kind(&self) -> (&'static str, &'static str) {
        ("dropout", "Dropout")
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
        if !(0.0..1.0).contains(&self.rate) {
            let found = format!("a rate of {}", self.rate);
            return Err(Error::shape("")
                .found(found)
                .wanted("at least 0 and below 1")
                .fix("a rate of 1 would drop everything"));
        }
        Ok(input.to_vec())
    }

    fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, _: &[Var<'t, F>], mode: Mode) -> Var<'t, F> {
        match mode {
            Mode::Train(key) if self.rate > 0.0 => x.dropout(ops::Dropout { rate: self.rate, key }),
            _ => x,
        }
    }
}

/// Flattens a signal into a vector: (length, channels) to (length · channels).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Flatten {}

impl Describe for Flatten {
    fn kind(&self) -> (&'static str, &'static str) {
        ("flatten", "Flatten")
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
        Ok(vec![input.iter().product()])
    }

    fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, _: &[Var<'t, F>], _: Mode) -> Var<'t, F> {
        x.flatten()
    }
}

impl Describe for Activation {
    fn kind(&self) -> (&'static str, &'static str) {
        ("activation", "Activation")
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
        Ok(input.to_vec())
    }

    fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, _: &[Var<'t, F>], _: Mode) -> Var<'t, F> {
        Activation::forward(*self, x)
    }
}
