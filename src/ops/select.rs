//! Selection by a mask: from each two elements, one.
//!
//! ```text
//! y = mask ? a : b        da = mask ? dy : 0        db = mask ? 0 : dy
//! ```
//!
//! What is not selected has no influence, NaN and infinities included.

use super::elementwise::equal_shapes;
use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};
use std::sync::Arc;

/// a where the mask holds, b elsewhere, of equal shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Select {
    /// Whether each element, in row-major order, is that of a.
    pub mask: Arc<[bool]>,
}

impl Select {
    /// Sets to zero where the mask is not `kept`.
    fn masked<F: Scalar>(&self, mut dy: Tensor<F>, kept: bool) -> Tensor<F> {
        let pairs = dy.as_mut_slice().iter_mut().zip(&*self.mask);
        pairs.filter(|(_, mask)| **mask != kept).for_each(|(dy, _)| *dy = F::zero());
        dy
    }
}

impl<F: Scalar> Op<F, 2> for Select {
    type Saved = ();

    fn forward(&self, [mut a, b]: [Tensor<F>; 2]) -> (Tensor<F>, ()) {
        equal_shapes("select", &a, &b);
        let (found, wanted) = (self.mask.len(), a.len());
        assert!(
            found == wanted,
            "select: found a mask of {found} elements, wanted {wanted}, for shape {:?}",
            a.shape()
        );
        let pairs = a.as_mut_slice().iter_mut().zip(b.as_slice()).zip(&*self.mask);
        pairs.filter(|(_, mask)| !**mask).for_each(|((a, &b), _)| *a = b);
        (a, ())
    }

    fn backward(&self, (): &(), dy: Tensor<F>, [da, db]: &mut [Slot<F>; 2]) {
        if da.is_wanted() {
            da.add(self.masked(dy.clone(), true));
        }
        if db.is_wanted() {
            db.add(self.masked(dy, false));
        }
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// These elements where the mask holds, the other's elsewhere, see [`Select`].
    pub fn select(self, mask: impl Into<Arc<[bool]>>, other: Var<'t, F>) -> Var<'t, F> {
        self.tape().apply(Select { mask: mask.into() }, [self, other])
    }
}

case!(Select, |d| {
    let [a, b] = [0, 1].map(|which| d.normal(&d.signal(), which));
    let mask = d.normal(&d.signal(), 2).as_slice().iter().map(|x| *x > 0.0).collect();
    multilinear(Select { mask }, [a, b])
});
