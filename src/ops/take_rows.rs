//! Rows by their indices: the lookup of an embedding.
//!
//! ```text
//! y[j, ...] = x[index[j], ...]        dx[index[j], ...] += dy[j, ...]
//! ```
//!
//! A row that is taken twice gets both gradients; one that is never taken gets none.

use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};
use std::sync::Arc;

/// x (n, ...) to (j, ...), by j indices below n.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakeRows {
    /// Which row of the input each row of the output is.
    pub index: Arc<[usize]>,
}

impl<F: Scalar> Op<F, 1> for TakeRows {
    /// Elements in a row.
    type Saved = usize;

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, usize) {
        let mut shape = x.shape().to_vec();
        assert!(!shape.is_empty(), "take_rows: found shape [], wanted rows; use reshape");
        let rows = std::mem::replace(&mut shape[0], self.index.len());
        if let Some(row) = self.index.iter().find(|&&row| row >= rows) {
            panic!("take_rows: found row {row}, wanted one below {rows}");
        }
        let width = x.row_len();
        let mut y = Tensor::scratch(&shape[..]);
        for (y, &row) in y.as_mut_slice().chunks_exact_mut(width.max(1)).zip(&*self.index) {
            y.copy_from_slice(&x.as_slice()[row * width..][..width]);
        }
        (y, width)
    }

    fn backward(&self, &width: &usize, dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        dx.accumulate(|dx| {
            for (dy, &row) in dy.as_slice().chunks_exact(width.max(1)).zip(&*self.index) {
                let dx = &mut dx.as_mut_slice()[row * width..][..width];
                dx.iter_mut().zip(dy).for_each(|(dx, &dy)| *dx += dy);
            }
        });
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// The rows of the first axis with these indices, see [`TakeRows`].
    pub fn take_rows(self, index: impl Into<Arc<[usize]>>) -> Var<'t, F> {
        self.tape().apply(TakeRows { index: index.into() }, [self])
    }
}

case!(TakeRows, |d| {
    // Some rows are taken twice and some never.
    let index = (0..d.outputs).map(|j| (j * 7 + (d.seed >> 32) as usize) % d.batch).collect();
    multilinear(TakeRows { index }, [d.normal(&d.signal(), 0)])
});
