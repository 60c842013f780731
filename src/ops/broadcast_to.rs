//! Broadcasting: values repeated along axes of length 1, and along new axes in front.
//!
//! ```text
//! y[i, j] = x[j]        dx[j] = Σ_i dy[i, j]
//! ```
//!
//! Axes are matched from the last, as in NumPy and ndarray. Nothing else broadcasts in this crate: where values
//! are to be repeated, the program says so.

use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};

/// Any shape to a larger one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BroadcastTo {
    /// The new shape.
    pub shape: Vec<usize>,
}

impl BroadcastTo {
    /// For each element of the output, in row-major order, the index of the input's element that it repeats.
    fn sources(&self, from: &[usize]) -> Vec<usize> {
        let to = &self.shape;
        let new = to.len().checked_sub(from.len());
        let fits = new.is_some_and(|new| from.iter().zip(&to[new..]).all(|(from, to)| from == to || *from == 1));
        assert!(
            fits,
            "broadcast_to: found shape {from:?} for {to:?}, wanted each axis, from the last, equal or of length 1; \
             use reshape to add axes of length 1"
        );
        // Axis by axis from the last: the indices of the axes behind it, once for each of its positions.
        let (mut sources, mut stride) = (vec![0], 1);
        for (axis, &len) in to.iter().enumerate().rev() {
            let old = new.and_then(|new| axis.checked_sub(new)).map_or(1, |axis| from[axis]);
            let step = if old == 1 { 0 } else { stride };
            sources = (0..len).flat_map(|i| sources.iter().map(move |at| i * step + at)).collect();
            stride *= old;
        }
        sources
    }
}

impl<F: Scalar> Op<F, 1> for BroadcastTo {
    /// Which element of the input each of the output repeats.
    type Saved = Vec<usize>;

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, Vec<usize>) {
        let sources = self.sources(x.shape());
        let mut y = Tensor::scratch(&self.shape[..]);
        y.as_mut_slice().iter_mut().zip(&sources).for_each(|(y, &at)| *y = x.as_slice()[at]);
        (y, sources)
    }

    fn backward(&self, sources: &Vec<usize>, dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        dx.accumulate(|dx| {
            let dx = dx.as_mut_slice();
            sources.iter().zip(dy.as_slice()).for_each(|(&at, &dy)| dx[at] += dy);
        });
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// The values repeated to this shape, see [`BroadcastTo`].
    pub fn broadcast_to(self, shape: impl Into<Vec<usize>>) -> Var<'t, F> {
        self.tape().apply(BroadcastTo { shape: shape.into() }, [self])
    }
}

case!(BroadcastTo, |d| {
    let [n, l, c] = d.signal();
    let from = [vec![c], vec![l, 1], vec![n, 1, c], vec![1, l, c], vec![], vec![n, l, 1]];
    multilinear(BroadcastTo { shape: vec![n, l, c] }, [d.normal(&from[d.size - 1], 0)])
});
