//! Zero padding of a picture: rows and columns of zeros around it.
//!
//! ```text
//! y[r + top, t + left]  = x[r, t], and 0 elsewhere
//! dx[r, t]             += dy[r + top, t + left]
//! ```

use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};
use ndarray::Ix4;

/// x (n, h, w, c) to (n, top + h + bottom, left + w + right, c).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZeroPad2d {
    /// Rows of zeros above and below.
    pub rows: (usize, usize),
    /// Columns of zeros on the left and on the right.
    pub columns: (usize, usize),
}

impl ZeroPad2d {
    /// Calls `line(x, y, len)` for each line of the pictures: where its `len` numbers lie in x and in y.
    fn lines(&self, [n, height, width, c]: [usize; 4], mut line: impl FnMut(usize, usize, usize)) {
        let (top, bottom) = self.rows;
        let (left, right) = self.columns;
        let wide = left + width + right;
        for example in 0..n {
            for row in 0..height {
                let (x, y) = (example * height + row, example * (top + height + bottom) + top + row);
                line(x * width * c, (y * wide + left) * c, width * c);
            }
        }
    }
}

impl<F: Scalar> Op<F, 1> for ZeroPad2d {
    /// The shape of the pictures.
    type Saved = [usize; 4];

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, Self::Saved) {
        let (n, height, width, c) = x.operand::<Ix4>("zero_pad2d: x", "(batch, height, width, channels)").dim();
        let shape = [n, height, width, c];
        let mut y = Tensor::zeros([n, self.rows.0 + height + self.rows.1, self.columns.0 + width + self.columns.1, c]);
        let to = y.as_mut_slice();
        self.lines(shape, |from, at, len| to[at..][..len].copy_from_slice(&x.as_slice()[from..][..len]));
        (y, shape)
    }

    fn backward(&self, shape: &Self::Saved, dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        dx.accumulate(|dx| {
            let dx = dx.as_mut_slice();
            self.lines(*shape, |at, from, len| {
                dx[at..][..len].iter_mut().zip(&dy.as_slice()[from..][..len]).for_each(|(dx, &dy)| *dx += dy);
            });
        });
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// Rows and columns of zeros around each picture, see [`ZeroPad2d`].
    pub fn zero_pad2d(self, op: ZeroPad2d) -> Var<'t, F> {
        self.tape().apply(op, [self])
    }
}

case!(ZeroPad2d, |d| {
    let op = ZeroPad2d { rows: (d.size - 1, d.stride - 1), columns: (d.dilation - 1, d.across.size - 1) };
    multilinear(op, [d.normal(&[d.batch, d.length.min(4), d.outputs, d.channels], 0)]).by_example()
});
