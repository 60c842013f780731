//! Evaluation of a model on rows with known classes: loss, accuracy, confusion matrix.

use crate::autograd::Tape;
use crate::data::Dataset;
use crate::metrics::Evaluation;
use crate::nn::Model;
use crate::ops::SoftmaxCrossEntropy;
use crate::{Error, Result, Scalar, Tensor};
use ndarray::Array2;

impl<F: Scalar> Model<F> {
    /// Whether rows fit this model.
    ///
    /// # Errors
    /// When the number of features or of classes is another.
    pub fn check(&self, data: &Dataset) -> Result<()> {
        let features: usize = self.input().iter().product();
        let (found, wanted) = ((data.x().ncols(), data.classes().len()), (features, self.output()[0]));
        if found != wanted {
            return Err(Error::shape("dataset")
                .found(format!("{} features and {} classes", found.0, found.1))
                .wanted(format!("{} features and {} classes", wanted.0, wanted.1))
                .fix("build the model for this dataset"));
        }
        Ok(())
    }

    /// Evaluates the model on these rows: loss, accuracy, confusion matrix. The loss is the mean cross-entropy plus the
    /// penalties, as in Keras.
    ///
    /// # Errors
    /// When the rows do not fit the model, or there are none.
    pub fn evaluate(&self, data: &Dataset) -> Result<Evaluation> {
        self.check(data)?;
        let tape = Tape::new();
        let logits = tape.constant(Tensor::from(self.logits(data.x())));
        let loss =
            logits.clone().cross_entropy(SoftmaxCrossEntropy::new(data.y())).value().item().as_f64() + self.penalty();
        let probabilities: Array2<F> = logits.softmax().value().to_array();
        Evaluation::new(loss, probabilities.mapv(|p| p.as_f64() as f32).view(), data.y(), data.classes())
    }
}
