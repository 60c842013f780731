//! Reshaping: the same elements under another shape. Nothing is computed and nothing is copied, in either direction.

use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};

/// Any shape to `shape`, in row-major order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reshape {
    /// The new shape.
    pub shape: Vec<usize>,
}

impl<F: Scalar> Op<F, 1> for Reshape {
    /// The old shape.
    type Saved = Vec<usize>;

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, Vec<usize>) {
        let old = x.shape().to_vec();
        (x.reshape(&self.shape[..]), old)
    }

    fn backward(&self, old: &Vec<usize>, dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        dx.add(dy.reshape(&old[..]));
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// The same values under another shape, see [`Reshape`].
    pub fn reshape(self, shape: impl Into<Vec<usize>>) -> Var<'t, F> {
        self.tape().apply(Reshape { shape: shape.into() }, [self])
    }

    /// (n, ...) to (n, everything else).
    pub fn flatten(self) -> Var<'t, F> {
        let (n, len) = (self.shape()[0], self.value().row_len());
        self.reshape([n, len])
    }
}

case!(Reshape, |d| {
    let shape = vec![d.channels, d.batch * d.length];
    multilinear(Reshape { shape }, [d.normal(&d.signal(), 0)])
});
