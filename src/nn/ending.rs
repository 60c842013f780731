//! Whether a network ends in what a loss takes: for classes, a vector of logits, not yet normalised.

use super::activation::Activation;
use super::loss::Loss;
use super::model::Model;
use super::stack::Placed;
use crate::{Error, Result, Scalar};

impl<F: Scalar> Model<F> {
    /// Whether the outputs are what this loss takes.
    pub(crate) fn suits(&self, loss: Loss) -> Result<()> {
        loss.check()?;
        let placed = self.layers();
        let (true, Some(last)) = (loss.wants_classes(), placed.last()) else { return Ok(()) };
        if let Some((i, layer, activation)) = normalised(placed, loss) {
            let once = if loss == Loss::CrossEntropy { "softmax" } else { "sigmoid" };
            return Err(Error::shape(format!("layer {}, {}", i + 1, layer.name))
                .found(format!("{:?} at the end of the network", activation))
                .wanted("logits")
                .fix(format!(
                    "remove it: the loss and `predict` apply the {once} themselves, and twice would flatten the gradients"
                )));
        }
        let place = Error::shape(format!("layer {}, {}", placed.len(), last.name));
        match (loss, &last.output[..]) {
            (Loss::CrossEntropy, [1]) => Err(place
                .found("a single logit")
                .wanted("one for each class, two at least: the softmax of one is 1 for every row")
                .fix("choose Loss::BinaryCrossEntropy for two classes, Loss::SquaredError for numbers")),
            (Loss::CrossEntropy, [_]) | (Loss::BinaryCrossEntropy, [1]) => Ok(()),
            (Loss::CrossEntropy, output) => Err(place
                .found(format!("output {output:?}"))
                .wanted("a vector of one logit for each class")
                .fix("end with Flatten and Dense")),
            (_, output) => Err(place
                .found(format!("output {output:?}"))
                .wanted("a single logit, [1]: that of the second class")
                .fix("end with Dense::new(1), or choose Loss::CrossEntropy")),
        }
    }
}

/// The layer that makes probabilities of the logits, if one does, which the loss would do again. Layers that pass on their input
/// do not hide an activation before them.
fn normalised(placed: &[Placed], loss: Loss) -> Option<(usize, &Placed, Activation)> {
    let mut ends = placed.iter().enumerate().rev().filter_map(|(i, placed)| Some((i, placed, placed.layer.ends_in()?)));
    ends.next().filter(|(_, _, end)| match end {
        Activation::Sigmoid => loss == Loss::BinaryCrossEntropy,
        activation => activation.normalises(),
    })
}
