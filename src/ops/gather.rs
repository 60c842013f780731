//! Gathering: elements of the last axis by their indices, in another order, some of them, or some more than once.
//!
//! ```text
//! y[j] = x[index[j]]      dx[index[j]] += dy[j]
//! ```
//!
//! An element that is taken twice gets both gradients; one that is never taken gets none.

use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};
use std::sync::Arc;

/// x (..., i) to (..., j), by j indices below i.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gather {
    /// Which element of the last axis each output takes.
    pub index: Arc<[usize]>,
}

impl<F: Scalar> Op<F, 1> for Gather {
    /// The shape of the input.
    type Saved = Vec<usize>;

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, Vec<usize>) {
        let mut shape = x.shape().to_vec();
        let axis = shape.last_mut().expect("values along an axis");
        let width = std::mem::replace(axis, self.index.len());
        let mut y = Tensor::scratch(&shape[..]);
        let rows = x.as_slice().chunks_exact(width.max(1));
        for (y, x) in y.as_mut_slice().chunks_exact_mut(self.index.len().max(1)).zip(rows) {
            y.iter_mut().zip(&*self.index).for_each(|(y, &i)| *y = x[i]);
        }
        (y, x.shape().to_vec())
    }

    fn backward(&self, shape: &Vec<usize>, dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        let width = shape[shape.len() - 1];
        dx.accumulate(|dx| {
            let rows = dy.as_slice().chunks_exact(self.index.len().max(1));
            for (dx, dy) in dx.as_mut_slice().chunks_exact_mut(width.max(1)).zip(rows) {
                self.index.iter().zip(dy).for_each(|(&i, &dy)| dx[i] += dy);
            }
        });
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// The elements of the last axis with these indices, see [`Gather`].
    pub fn gather(self, index: Arc<[usize]>) -> Var<'t, F> {
        self.tape().apply(Gather { index }, [self])
    }
}

case!(Gather, |d| {
    // Some values are taken twice and some never.
    let index = (0..d.outputs).map(|j| (j * 7 + (d.seed >> 32) as usize) % d.channels).collect();
    multilinear(Gather { index }, [d.normal(&d.signal(), 0)]).by_example()
});
