//! An ensemble as a single network.

use super::activation::Activation;
use super::dense::Dense;
use super::model::Model;
use super::parallel::Parallel;
use super::row::Row;
use super::sequential::Sequential;
use crate::{Error, Result, Scalar, Tensor};

impl<F: Scalar> Model<F> {
    /// The ensemble of networks that differ in their weights alone: its outputs are the mean of theirs. Of logits that is the
    /// geometric mean of the probabilities, made to add up to 1.
    ///
    /// Everything before the last layer becomes a branch for each member, side by side. The last layers, which are linear, become
    /// one: with the members' hidden values h_1, ..., h_K one after the other,
    ///
    /// ```text
    /// (1/K) Σ_k (h_k W_k + b_k) = [h_1 ... h_K] [W_1; ...; W_K] / K + Σ_k b_k / K
    /// ```
    ///
    /// So it is a network like others, to be saved, calibrated and exported.
    ///
    /// ```
    /// use tonegrad::Seed;
    /// use tonegrad::nn::{Dense, Model, Sequential};
    /// let network = Sequential::new([3]).then(Dense::new(4).relu()).then(Dense::new(2));
    /// let members = [network.build::<f64>(Seed(0))?, network.build(Seed(1))?];
    /// let both = Model::ensemble(&members)?;
    /// let x = ndarray::array![[0.5, -1.0, 2.0]];
    /// let mean = (members[0].logits(x.view()) + members[1].logits(x.view())) / 2.0;
    /// assert!((both.logits(x.view()) - mean).iter().all(|d| d.abs() < 1e-12));
    /// # Ok::<(), tonegrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// When there is no member; when they differ in their layers or their loss; when the last layer is not a [`Dense`] one with a
    /// bias and no activation.
    pub fn ensemble(members: &[Model<F>]) -> Result<Model<F>> {
        let refused = |found: &str, wanted: &str| Err(Error::config("ensemble").found(found).wanted(wanted));
        let [first, others @ ..] = members else { return refused("no member", "at least one") };
        if others.iter().any(|other| (other.network(), other.loss()) != (first.network(), first.loss())) {
            return refused("members of different layers or losses", "the same network, trained several times");
        }
        let linear = |(last, _): &(Dense, _)| last.weights.activation == Activation::Linear && last.weights.bias;
        let last = first.network().layers().split_last();
        let last = last.and_then(|(last, trunk)| Some((*last.downcast_ref::<Dense>()?, trunk)));
        let Some((last, trunk)) = last.filter(linear) else {
            return refused(
                "a last layer of another kind",
                "a dense one with a bias and no activation: a mean of logits",
            );
        };
        if others.is_empty() {
            return Ok(first.clone());
        }
        let branch = trunk.iter().cloned().fold(Row::new(), Row::then);
        let network =
            Sequential::new(first.input()).then(Parallel::concatenate(vec![branch; members.len()])).then(last);
        // Parameters are asked for branch by branch, and then the last kernel and the last bias.
        let before = first.params().len() - 2;
        let mut trunks = members.iter().flat_map(|member| &member.params()[..before]);
        let share = F::of(1.0 / members.len() as f64);
        let of = |param: usize| members.iter().map(move |member| member.params()[param].value.as_slice());
        let model = network.assemble(|_, spec| match trunks.next() {
            Some(param) => Ok(param.value.clone()),
            None if spec.shape.len() == 2 => {
                let kernels = of(before).flatten().map(|&w| w * share).collect();
                Ok(Tensor::new(&spec.shape[..], kernels))
            }
            None => {
                let mut bias = vec![F::zero(); spec.shape[0]];
                of(before + 1).for_each(|own| bias.iter_mut().zip(own).for_each(|(sum, &b)| *sum += b * share));
                Ok(Tensor::new(&spec.shape[..], bias))
            }
        })?;
        model.with_loss(first.loss())
    }
}
