//! A network with fewer classes than it was trained for.

use super::dense::Dense;
use super::loss::Loss;
use super::model::Model;
use super::sequential::Sequential;
use crate::{Error, Result, Scalar, Tensor};

impl<F: Scalar> Model<F> {
    /// The same network with its first `classes` outputs alone: their logits stay what they are, and the softmax shares
    /// what the others had among them.
    ///
    /// ```
    /// use tonegrad::Seed;
    /// use tonegrad::nn::{Dense, Sequential};
    /// let all = Sequential::new([5]).then(Dense::new(8).relu()).then(Dense::new(161)).build::<f32>(Seed(0))?;
    /// let some = all.with_outputs(16)?;
    /// let x = ndarray::array![[1.0, -2.0, 0.0, 0.5, 3.0]];
    /// assert_eq!(some.logits(x.view()).row(0), all.logits(x.view()).slice(ndarray::s![0, ..16]));
    /// # Ok::<(), tonegrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// When there are fewer outputs than that, or none would be left; when the last layer is not [`Dense`]; when its
    /// outputs are no logits.
    pub fn with_outputs(&self, classes: usize) -> Result<Model<F>> {
        let outputs = self.output().iter().product();
        if classes == outputs {
            return Ok(self.clone());
        }
        let layers = self.network().layers();
        let last = layers.split_last().and_then(|(last, others)| Some((last.downcast_ref::<Dense>()?, others)));
        let keeps = self.loss() == Loss::CrossEntropy && classes < outputs;
        let (Some((last, others)), true) = (last, keeps) else {
            return Err(Error::shape("network, outputs")
                .found(format!("{outputs} outputs, and {classes} to keep"))
                .wanted("no more than there are, logits of a dense layer under cross-entropy"));
        };
        let trunk = others.iter().fold(Sequential::new(self.input()), |net, layer| net.then(layer.clone()));
        trunk.then(Dense { units: classes, ..*last }).assemble(|name, spec| {
            let param = self.params().iter().find(|param| param.name == name);
            let value = &param.ok_or_else(|| Error::shape(name).found("nothing").wanted("a parameter"))?.value;
            if value.shape() == spec.shape {
                return Ok(value.clone());
            }
            // The last layer's: outputs are the last axis, of the kernel as of the bias.
            let kept = value.as_slice().chunks_exact(outputs).flat_map(|row| &row[..classes]);
            Ok(Tensor::new(&spec.shape[..], kept.copied().collect()))
        })
    }
}
