//! Layer normalisation (Ba, Kiros and Hinton 2016): the channels of each position are brought to mean 0 and variance 1,
//! then to deviations γ and means β that are learned.
//!
//! For each row x of c channels:
//!
//! ```text
//! μ = 1/c Σ x      σ² = 1/c Σ (x - μ)²      x̂ = (x - μ) / √(σ² + ε)      y = γ x̂ + β
//!
//! dβ = Σ rows of dy       dγ = Σ rows of dy x̂
//! g  = γ dy               dx = (g - mean of g - x̂ · mean of g x̂) / √(σ² + ε)
//! ```

use super::channel_affine::{add_products, channels};
use super::dense::add_rows;
use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};

/// x (..., channels), γ (channels), β (channels) to γ x̂ + β, where x̂ has mean 0 and variance 1 along the last axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerNorm {
    /// ε, which is added to the variance.
    pub epsilon: f64,
}

impl<F: Scalar> Op<F, 3> for LayerNorm {
    /// x̂, γ, and 1/√(σ² + ε) of each row.
    type Saved = (Tensor<F>, Tensor<F>, Vec<F>);

    fn forward(&self, [mut x, gamma, beta]: [Tensor<F>; 3]) -> (Tensor<F>, Self::Saved) {
        let channels = channels("layer_norm", &x, [("gamma", &gamma), ("beta", &beta)]);
        let (count, epsilon) = (F::of(channels as f64), F::of(self.epsilon));
        let mut y = Tensor::scratch(x.shape());
        let mut scales = Vec::with_capacity(x.len() / channels);
        for (x, y) in x.as_mut_slice().chunks_exact_mut(channels).zip(y.as_mut_slice().chunks_exact_mut(channels)) {
            let mean = x.iter().copied().sum::<F>() / count;
            let variance = x.iter().map(|&x| (x - mean) * (x - mean)).sum::<F>() / count;
            let scale = F::one() / (variance + epsilon).sqrt();
            for (((x, y), &gamma), &beta) in x.iter_mut().zip(y).zip(gamma.as_slice()).zip(beta.as_slice()) {
                *x = (*x - mean) * scale;
                *y = gamma * *x + beta;
            }
            scales.push(scale);
        }
        (y, (x, gamma, scales))
    }

    fn backward(&self, (xhat, gamma, scales): &Self::Saved, mut dy: Tensor<F>, [dx, dgamma, dbeta]: &mut [Slot<F>; 3]) {
        let channels = gamma.len();
        let count = F::of(channels as f64);
        dbeta.accumulate(|dbeta| add_rows(dy.as_slice(), dbeta.as_mut_slice()));
        dgamma.accumulate(|dgamma| add_products(dy.as_slice(), xhat.as_slice(), dgamma.as_mut_slice()));
        if dx.is_wanted() {
            let rows = dy.as_mut_slice().chunks_exact_mut(channels).zip(xhat.as_slice().chunks_exact(channels));
            for ((dy, xhat), &scale) in rows.zip(scales) {
                dy.iter_mut().zip(gamma.as_slice()).for_each(|(dy, &gamma)| *dy *= gamma);
                let mean = dy.iter().copied().sum::<F>() / count;
                let along = dy.iter().zip(xhat).map(|(&dy, &xhat)| dy * xhat).sum::<F>() / count;
                dy.iter_mut().zip(xhat).for_each(|(dy, &xhat)| *dy = scale * (*dy - mean - xhat * along));
            }
            dx.add(dy);
        }
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// γ x̂ + β, normalised along the last axis, see [`LayerNorm`].
    pub fn layer_norm(self, op: LayerNorm, gamma: Var<'t, F>, beta: Var<'t, F>) -> Var<'t, F> {
        self.tape().apply(op, [self, gamma, beta])
    }
}

case!(LayerNorm, |d| {
    // An ε that keeps two equal channels from being a kink.
    let channels = [d.channels];
    let inputs = [d.normal(&d.signal(), 0), d.normal(&channels, 1), d.normal(&channels, 2)];
    jointly_smooth(LayerNorm { epsilon: 0.5 }, inputs).by_example()
});
