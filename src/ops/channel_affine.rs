//! A scale and a shift for each channel.
//!
//! ```text
//! y[.., c] = x[.., c] a[c] + b[c]        dx = dy a        da = Σ rows of dy x        db = Σ rows of dy
//! ```

use super::dense::add_rows;
use crate::autograd::{Op, Slot, Var};
use crate::isa::vectorized;
use crate::{Scalar, Tensor};

/// x (..., channels), a (channels), b (channels) to x a + b.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelAffine;

vectorized! {
    /// Makes x a + b of every row, in place.
    fn affine<F: Scalar>(x: &mut [F], a: &[F], b: &[F]) {
        for row in x.chunks_exact_mut(a.len().max(1)) {
            row.iter_mut().zip(a).zip(b).for_each(|((x, &a), &b)| *x = *x * a + b);
        }
    }
}

vectorized! {
    /// Adds dy x of every row to the sums.
    pub(super) fn add_products<F: Scalar>(dy: &[F], x: &[F], sums: &mut [F]) {
        let channels = sums.len().max(1);
        for (dy, x) in dy.chunks_exact(channels).zip(x.chunks_exact(channels)) {
            sums.iter_mut().zip(dy).zip(x).for_each(|((sum, &dy), &x)| *sum += dy * x);
        }
    }
}

/// Refuses vectors that are not of one value for each channel of x.
pub(super) fn channels<F: Scalar>(operation: &str, x: &Tensor<F>, vectors: [(&str, &Tensor<F>); 2]) -> usize {
    let channels = x.shape().last().copied().unwrap_or(0);
    assert!(channels > 0, "{operation}: x has shape {:?}, wanted channels on its last axis", x.shape());
    for (name, values) in vectors {
        let found = values.shape();
        assert!(found == [channels], "{operation}: {name} has shape {found:?}, wanted [{channels}], one a channel");
    }
    channels
}

impl<F: Scalar> Op<F, 3> for ChannelAffine {
    type Saved = (Tensor<F>, Tensor<F>);

    fn forward(&self, [x, a, b]: [Tensor<F>; 3]) -> (Tensor<F>, Self::Saved) {
        channels("channel_affine", &x, [("a", &a), ("b", &b)]);
        let mut y = x.clone();
        affine(y.as_mut_slice(), a.as_slice(), b.as_slice());
        (y, (x, a))
    }

    fn backward(&self, (x, a): &Self::Saved, mut dy: Tensor<F>, [dx, da, db]: &mut [Slot<F>; 3]) {
        da.accumulate(|da| add_products(dy.as_slice(), x.as_slice(), da.as_mut_slice()));
        db.accumulate(|db| add_rows(dy.as_slice(), db.as_mut_slice()));
        if dx.is_wanted() {
            let rows = dy.as_mut_slice().chunks_exact_mut(a.len());
            rows.for_each(|dy| dy.iter_mut().zip(a.as_slice()).for_each(|(dy, &a)| *dy *= a));
            dx.add(dy);
        }
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// A scale and a shift for each channel of the last axis, see [`ChannelAffine`].
    pub fn channel_affine(self, a: Var<'t, F>, b: Var<'t, F>) -> Var<'t, F> {
        self.tape().apply(ChannelAffine, [self, a, b])
    }
}

case!(ChannelAffine, |d| {
    let channels = [d.channels];
    multilinear(ChannelAffine, [d.normal(&d.signal(), 0), d.normal(&channels, 1), d.normal(&channels, 2)]).by_example()
});
