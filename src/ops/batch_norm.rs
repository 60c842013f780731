//! Batch normalisation (Ioffe and Szegedy 2015): each channel is brought to mean 0 and variance 1 over the batch, then to a
//! deviation γ and a mean β that are learned.
//!
//! For x of n rows, all axes but the last taken together, and for each channel:
//!
//! ```text
//! μ = 1/n Σ x      σ² = 1/n Σ (x - μ)²      x̂ = (x - μ) / √(σ² + ε)      y = γ x̂ + β
//!
//! dβ = Σ dy        dγ = Σ dy x̂              dx = γ/√(σ² + ε) · (dy - dβ/n - x̂ dγ/n)
//! ```
//!
//! The last two terms of dx are what comes back through μ and σ²: a batch that moves as a whole, or that spreads, gives the
//! same y, and so dx is orthogonal to both, to 1 and to x̂.
//!
//! Sums over rows are taken over chunks of fixed size, then over the chunks in order: any number of threads gives the same
//! bits.

use super::channel_affine::{add_products, channels};
use super::dense::add_rows;
use crate::autograd::{Op, Slot, Var};
use crate::isa::vectorized;
use crate::{Scalar, Tensor};
use rayon::prelude::*;

/// x (..., channels), γ (channels), β (channels) to γ x̂ + β, where x̂ has mean 0 and variance 1 in each channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchNorm {
    /// ε, which is added to the variance.
    pub epsilon: f64,
}

/// The statistics of a batch, by channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments<F: Scalar> {
    /// μ.
    pub mean: Tensor<F>,
    /// σ², the population variance.
    pub variance: Tensor<F>,
}

/// What the backward rule needs.
pub struct Normalised<F: Scalar> {
    /// x̂.
    xhat: Tensor<F>,
    gamma: Tensor<F>,
    /// 1/√(σ² + ε).
    scale: Vec<F>,
    moments: Moments<F>,
}

/// Values in a chunk whose sums are taken together.
const CHUNK: usize = 1 << 12;

/// Values in a chunk of whole rows.
fn chunk(channels: usize) -> usize {
    channels * (CHUNK / channels).max(1)
}

vectorized! {
    /// Adds (x - μ)² of every row to the sums.
    fn add_squares<F: Scalar>(x: &[F], mean: &[F], sums: &mut [F]) {
        for row in x.chunks_exact(mean.len()) {
            for ((sum, &x), &mean) in sums.iter_mut().zip(row).zip(mean) {
                *sum += (x - mean) * (x - mean);
            }
        }
    }
}

vectorized! {
    /// Makes x̂ of x, in place, and y.
    fn normalise<F: Scalar>(x: &mut [F], y: &mut [F], mean: &[F], scale: &[F], gamma: &[F], beta: &[F]) {
        let channels = mean.len();
        for (x, y) in x.chunks_exact_mut(channels).zip(y.chunks_exact_mut(channels)) {
            for (c, (x, y)) in x.iter_mut().zip(y).enumerate() {
                *x = (*x - mean[c]) * scale[c];
                *y = gamma[c] * *x + beta[c];
            }
        }
    }
}

vectorized! {
    /// Makes dx of dy, in place: factor · (dy - dβ/n - x̂ dγ/n).
    fn send_back<F: Scalar>(dy: &mut [F], xhat: &[F], factor: &[F], dbeta: &[F], dgamma: &[F]) {
        let channels = factor.len();
        for (dy, xhat) in dy.chunks_exact_mut(channels).zip(xhat.chunks_exact(channels)) {
            for (c, (dy, &xhat)) in dy.iter_mut().zip(xhat).enumerate() {
                *dy = factor[c] * (*dy - dbeta[c] - xhat * dgamma[c]);
            }
        }
    }
}

/// Sums of every channel: those of each chunk, which `add` takes, then over the chunks in order.
fn sums<F: Scalar>(chunks: impl IndexedParallelIterator<Item = Vec<F>>, channels: usize) -> Vec<F> {
    let mut total = vec![F::zero(); channels];
    let chunks: Vec<Vec<F>> = chunks.collect();
    chunks.iter().for_each(|chunk| total.iter_mut().zip(chunk).for_each(|(sum, &part)| *sum += part));
    total
}

/// Each divided by n.
fn means<F: Scalar>(mut sums: Vec<F>, n: usize) -> Vec<F> {
    let n = F::of(n.max(1) as f64);
    sums.iter_mut().for_each(|sum| *sum /= n);
    sums
}

impl<F: Scalar> Op<F, 3> for BatchNorm {
    type Saved = Normalised<F>;

    fn forward(&self, [mut x, gamma, beta]: [Tensor<F>; 3]) -> (Tensor<F>, Normalised<F>) {
        let channels = channels("batch_norm", &x, [("gamma", &gamma), ("beta", &beta)]);
        let (n, size) = (x.len() / channels, chunk(channels));
        let zeros = || vec![F::zero(); channels];
        let of_chunk = |add: &(dyn Fn(&[F], &mut [F]) + Sync), x: &[F]| {
            let mut sums = zeros();
            add(x, &mut sums);
            sums
        };
        let mean = means(sums(x.as_slice().par_chunks(size).map(|x| of_chunk(&add_rows, x)), channels), n);
        let squares = |x: &[F], sums: &mut [F]| add_squares(x, &mean, sums);
        let variance = means(sums(x.as_slice().par_chunks(size).map(|x| of_chunk(&squares, x)), channels), n);
        let epsilon = F::of(self.epsilon);
        let scale: Vec<F> = variance.iter().map(|&variance| F::one() / (variance + epsilon).sqrt()).collect();

        let mut y = Tensor::scratch(x.shape());
        x.as_mut_slice().par_chunks_mut(size).zip(y.as_mut_slice().par_chunks_mut(size)).for_each(|(x, y)| {
            normalise(x, y, &mean, &scale, gamma.as_slice(), beta.as_slice());
        });
        let moments = Moments { mean: Tensor::new([channels], mean), variance: Tensor::new([channels], variance) };
        (y, Normalised { xhat: x, gamma, scale, moments })
    }

    fn backward(&self, saved: &Normalised<F>, mut dy: Tensor<F>, [dx, dgamma, dbeta]: &mut [Slot<F>; 3]) {
        let Normalised { xhat, gamma, scale, .. } = saved;
        let (channels, xhat) = (scale.len(), xhat.as_slice());
        let (n, size) = (xhat.len() / channels, chunk(channels));
        let of_dy = |dy: &[F]| {
            let mut sums = vec![F::zero(); channels];
            add_rows(dy, &mut sums);
            sums
        };
        let of_products = |(dy, xhat): (&[F], &[F])| {
            let mut sums = vec![F::zero(); channels];
            add_products(dy, xhat, &mut sums);
            sums
        };
        let b = sums(dy.as_slice().par_chunks(size).map(of_dy), channels);
        let g = sums(dy.as_slice().par_chunks(size).zip(xhat.par_chunks(size)).map(of_products), channels);
        dbeta.add(Tensor::new([channels], b.clone()));
        dgamma.add(Tensor::new([channels], g.clone()));
        if dx.is_wanted() {
            let factor: Vec<F> = scale.iter().zip(gamma.as_slice()).map(|(&scale, &gamma)| scale * gamma).collect();
            let (b, g) = (means(b, n), means(g, n));
            dy.as_mut_slice().par_chunks_mut(size).zip(xhat.par_chunks(size)).for_each(|(dy, xhat)| {
                send_back(dy, xhat, &factor, &b, &g);
            });
            dx.add(dy);
        }
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// γ x̂ + β and the statistics of the batch, see [`BatchNorm`].
    pub fn batch_norm(self, op: BatchNorm, gamma: Var<'t, F>, beta: Var<'t, F>) -> (Var<'t, F>, Moments<F>) {
        self.tape().apply_and_look(op, [self, gamma, beta], |saved| saved.moments.clone())
    }
}

case!(BatchNorm, |d| {
    // An ε that keeps the batch of two equal values from being a kink.
    let channels = [d.channels];
    jointly_smooth(
        BatchNorm { epsilon: 0.5 },
        [d.normal(&d.signal(), 0), d.normal(&channels, 1), d.normal(&channels, 2)],
    )
});
