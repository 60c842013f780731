//! Dropout (Srivastava et al. 2014): while training, each value is dropped with probability `rate`, so that no unit can
//! rely on another one being there.
//!
//! ```text
//! y = x·m      dx = dy·m      m = 1/(1 - rate) where kept, 0 where dropped
//! ```
//!
//! The survivors are scaled up ("inverted dropout"), so that the mean is kept and evaluation needs no correction.
//! The mask is never stored: it is a hash of (key, row, element), and the backward rule hashes again. That makes
//! dropout a pure, linear function of its input, like any other operation, and independent of the order of work.

use crate::autograd::{Op, Slot, Var};
use crate::isa::vectorized;
use crate::random::Key;
use crate::{Scalar, Tensor};

/// Drops values with probability `rate`, by `key`. Rows are those of the first axis.
#[derive(Clone, Copy, Debug)]
pub struct Dropout {
    /// Probability to drop a value: at least 0 and below 1.
    pub rate: f64,
    /// Where the randomness comes from.
    pub key: Key,
}

/// The 32 random bits of element `i` of a row, from the row's 64: an integer mixer by Wellons ("lowbias32", 2018), two
/// multiplications, which every vector unit has.
#[inline(always)]
fn hash(i: u32, row_bits: u64) -> u32 {
    let (low, high) = (row_bits as u32, (row_bits >> 32) as u32);
    let mut h = i.wrapping_mul(0x9E37_79B9).wrapping_add(low);
    h = (h ^ (h >> 16)).wrapping_mul(0x7FEB_352D) ^ high;
    h = (h ^ (h >> 15)).wrapping_mul(0x846C_A68B);
    h ^ (h >> 16)
}

vectorized! {
    /// Multiplies a row by its mask: an element is kept, and scaled, where its random bits are not below `dropped`.
    fn mask<F: Scalar>(row: &mut [F], row_bits: u64, dropped: u32, scale: F) {
        for (i, x) in row.iter_mut().enumerate() {
            *x = if hash(i as u32, row_bits) >= dropped { *x * scale } else { F::zero() };
        }
    }
}

impl Dropout {
    /// The definition of the mask: 1/(1 - rate) where element `i` of a row of the batch is kept, 0 where it is dropped.
    pub fn mask_of(&self, row: usize, i: usize) -> f64 {
        // A random number in [0, 1), by which every element stays with probability 1 - rate.
        let random = f64::from(hash(i as u32, self.key.row_bits(row))) / 2f64.powi(32);
        let dropped = (self.rate * 2f64.powi(32)).floor() / 2f64.powi(32);
        if random >= dropped { 1.0 / (1.0 - self.rate) } else { 0.0 }
    }

    fn apply<F: Scalar>(&self, mut x: Tensor<F>) -> Tensor<F> {
        assert!((0.0..1.0).contains(&self.rate), "a dropout rate of {} is not in [0, 1)", self.rate);
        let dropped = (self.rate * 2f64.powi(32)) as u32;
        let scale = F::of(1.0 / (1.0 - self.rate));
        let len = x.row_len().max(1);
        for (row, x) in x.as_mut_slice().chunks_exact_mut(len).enumerate() {
            mask(x, self.key.row_bits(row), dropped, scale);
        }
        x
    }
}

impl<F: Scalar> Op<F, 1> for Dropout {
    /// Nothing: the key is in the operation.
    type Saved = ();

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, ()) {
        (self.apply(x), ())
    }

    fn backward(&self, (): &(), dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        dx.add(self.apply(dy));
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// Drops values, see [`Dropout`].
    pub fn dropout(self, op: Dropout) -> Var<'t, F> {
        self.tape().apply(op, [self])
    }
}

case!(Dropout, |d| multilinear(Dropout { rate: d.fraction, key: d.key() }, [d.normal(&d.signal(), 0)]));

#[cfg(test)]
mod tests {
    use super::*;

    /// By a calculator: h of the first five elements where bits are 0x01234567_89ABCDEF. A value is kept from the rate on
    /// at which its hash is not below what is dropped, to the last bit.
    #[test]
    fn the_hash_is_lowbias32() {
        let hashes = [0xBCB7_CAFA, 0xCB3D_CE27, 0x136B_6C6E, 0x45AB_371B, 0x7D0B_1517];
        for (i, h) in hashes.into_iter().enumerate() {
            let kept = |dropped| {
                let mut row = [1.0f32; 5];
                mask(&mut row, 0x0123_4567_89AB_CDEF, dropped, 2.0);
                row[i]
            };
            assert_eq!((kept(h), kept(h + 1)), (2.0, 0.0), "element {i}");
        }
    }
}
