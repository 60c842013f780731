//! Permuting axes, of which the transpose of a matrix is the simplest: the same elements in another order.
//!
//! ```text
//! y[i_axes[0], i_axes[1], ...] = x[i_0, i_1, ...]        dx = dy, permuted back
//! ```

use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};
use ndarray::IxDyn;

/// Any shape to the same axes in another order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermuteAxes {
    /// Which axis of the input each axis of the output is.
    pub axes: Vec<usize>,
}

impl<F: Scalar> Op<F, 1> for PermuteAxes {
    type Saved = ();

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, ()) {
        let (axes, count) = (&self.axes, x.shape().len());
        let fits = axes.len() == count && (0..count).all(|axis| axes.contains(&axis));
        assert!(
            fits,
            "permute_axes: found axes {axes:?} for shape {:?}, wanted each of the {count} axes once",
            x.shape()
        );
        (Tensor::copy_of(x.view::<IxDyn>().permuted_axes(&axes[..])), ())
    }

    fn backward(&self, (): &(), dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        let mut back = vec![0; self.axes.len()];
        self.axes.iter().enumerate().for_each(|(to, &from)| back[from] = to);
        dx.add(Tensor::copy_of(dy.view::<IxDyn>().permuted_axes(&back[..])));
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// The axes in this order, see [`PermuteAxes`].
    pub fn permute_axes(self, axes: impl Into<Vec<usize>>) -> Var<'t, F> {
        self.tape().apply(PermuteAxes { axes: axes.into() }, [self])
    }

    /// The transpose of a matrix, or of each matrix of a stack: the last two axes change places, see [`PermuteAxes`].
    ///
    /// # Panics
    /// When there are fewer than two axes.
    pub fn transpose(self) -> Var<'t, F> {
        let count = self.shape().len();
        assert!(count >= 2, "transpose: found shape {:?}, wanted at least two axes; use reshape", self.shape());
        let mut axes: Vec<usize> = (0..count).collect();
        axes.swap(count - 2, count - 1);
        self.permute_axes(axes)
    }
}

case!(PermuteAxes, |d| {
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    multilinear(PermuteAxes { axes: orders[d.size - 1].to_vec() }, [d.normal(&d.signal(), 0)])
});
