//! The logits of a trained network moved or scaled, for good: by its last layer's weights, so that whatever writes or
//! exports the model takes it along.

use super::model::Model;
use crate::{Error, Result, Scalar, Tensor};

impl<F: Scalar> Model<F> {
    /// Adds `by[class]` to each class's logit, in the bias of the last layer, so that whatever writes or exports the model
    /// takes it along. To subtract the logarithm of the training prior is logit adjustment (Menon et al. 2021).
    ///
    /// ```
    /// use tonegrad::Seed;
    /// use tonegrad::nn::{Dense, Sequential};
    /// let mut model = Sequential::new([3]).then(Dense::new(2)).build::<f64>(Seed(0))?;
    /// let x = ndarray::array![[0.5, -1.0, 2.0]];
    /// let before = model.logits(x.view());
    /// model.shift_logits(&[1.0, -0.5])?;
    /// assert!((model.logits(x.view()) - before - ndarray::array![[1.0, -0.5]]).iter().all(|d| d.abs() < 1e-12));
    /// # Ok::<(), tonegrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// When there are more or fewer numbers than classes, one is not finite, or the last layer has no bias.
    pub fn shift_logits(&mut self, by: &[f64]) -> Result<()> {
        let outputs: usize = self.output().iter().product();
        if by.len() != outputs || by.iter().any(|shift| !shift.is_finite()) {
            return Err(Error::shape("network, logits")
                .found(format!("{} numbers to add, {by:?}", by.len()))
                .wanted(format!("{outputs} finite ones, one a class")));
        }
        match self.params_mut().last_mut() {
            Some(bias) if bias.name.ends_with(".bias") && bias.value.len() == outputs => {
                let shifted = bias.value.as_slice().iter().zip(by).map(|(&b, &by)| b + F::of(by)).collect();
                bias.value = Tensor::new([outputs], shifted);
                Ok(())
            }
            _ => Err(Error::shape("network, logits").found("a last layer without a bias").wanted("a dense one")),
        }
    }

    /// Multiplies every logit by the same number, by the weights and the bias of the last layer: 1/T is temperature
    /// scaling ([`temperature`](crate::metrics::temperature)).
    ///
    /// ```
    /// use tonegrad::Seed;
    /// use tonegrad::nn::{Dense, Sequential};
    /// let mut model = Sequential::new([3]).then(Dense::new(4).relu()).then(Dense::new(2)).build::<f64>(Seed(0))?;
    /// let x = ndarray::array![[0.5, -1.0, 2.0]];
    /// let before = model.logits(x.view());
    /// model.scale_logits(0.25)?;
    /// assert!((model.logits(x.view()) - before * 0.25).iter().all(|d| d.abs() < 1e-12));
    /// assert!(model.scale_logits(0.0).is_err());
    /// # Ok::<(), tonegrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the number is not positive, or the last layer has no bias.
    pub fn scale_logits(&mut self, by: f64) -> Result<()> {
        if !(by.is_finite() && by > 0.0) {
            return Err(Error::config("network, logits").found(format!("times {by}")).wanted("a positive number"));
        }
        let outputs: usize = self.output().iter().product();
        let last = self.params().last().filter(|bias| bias.value.len() == outputs);
        let Some(layer) = last.and_then(|bias| bias.name.strip_suffix("bias").map(str::to_owned)) else {
            return Err(Error::shape("network, logits").found("a last layer without a bias").wanted("a dense one"));
        };
        for param in self.params_mut().iter_mut().filter(|param| param.name.starts_with(&layer)) {
            let scaled = param.value.as_slice().iter().map(|&w| w * F::of(by)).collect();
            param.value = Tensor::new(param.value.shape().to_vec(), scaled);
        }
        Ok(())
    }
}
