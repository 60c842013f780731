//! Dense (affine): every output is a weighted sum of all inputs.
//!
//! For x (n, i), W (i, o) and b (o):
//!
//! ```text
//! y  = x·W + b
//! dx = dy·Wᵀ          since y is linear in x ...
//! dW = xᵀ·dy          ... and in W: dW[p][q] = Σ over rows of x[p]·dy[q]
//! db = Σ rows of dy
//! ```

use crate::autograd::{Op, Slot, Var};
use crate::isa::vectorized;
use crate::product::{Write, par_gemm};
use crate::{Scalar, Tensor};
use ndarray::Ix2;

/// x (n, i), W (i, o), b (o) to x·W + b (n, o).
#[derive(Clone, Copy, Debug)]
pub struct Dense;

vectorized! {
    /// Adds every row of `dy` to the gradient of the bias.
    pub(super) fn add_rows<F: Scalar>(dy: &[F], db: &mut [F]) {
        for row in dy.chunks_exact(db.len().max(1)) {
            db.iter_mut().zip(row).for_each(|(db, &dy)| *db += dy);
        }
    }
}

impl<F: Scalar> Op<F, 3> for Dense {
    type Saved = (Tensor<F>, Tensor<F>);

    fn forward(&self, [x, w, b]: [Tensor<F>; 3]) -> (Tensor<F>, Self::Saved) {
        let (rows, kernel) =
            (x.operand::<Ix2>("dense: x", "(rows, features)"), w.operand::<Ix2>("dense: W", "(features, outputs)"));
        let ((n, features), (inputs, outputs)) = (rows.dim(), kernel.dim());
        assert_eq!(features, inputs, "dense: x has {features} features, wanted {inputs}, as W has rows");
        assert_eq!(
            b.shape(),
            [outputs],
            "dense: b has shape {:?}, wanted one bias for each of {outputs} outputs",
            b.shape()
        );
        let mut y = Tensor::scratch([n, outputs]);
        par_gemm(Write::Bias(b.as_slice()), rows, kernel, y.view_mut());
        (y, (x, w))
    }

    fn backward(&self, (x, w): &Self::Saved, dy: Tensor<F>, [dx, dw, db]: &mut [Slot<F>; 3]) {
        dx.write(|write, dx| par_gemm(write, dy.view::<Ix2>(), w.view::<Ix2>().t(), dx.view_mut()));
        dw.write(|write, dw| par_gemm(write, x.view::<Ix2>().t(), dy.view(), dw.view_mut()));
        db.accumulate(|db| add_rows(dy.as_slice(), db.as_mut_slice()));
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// x·W + b, see [`Dense`].
    pub fn dense(self, w: Var<'t, F>, b: Var<'t, F>) -> Var<'t, F> {
        self.tape().apply(Dense, [self, w, b])
    }
}

case!(Dense, |d| {
    let shapes = ([d.batch, d.length], [d.length, d.outputs], [d.outputs]);
    multilinear(Dense, [d.normal(&shapes.0, 0), d.normal(&shapes.1, 1), d.normal(&shapes.2, 2)]).by_example()
});
