//! What operations share: loops over elements, and what is demanded of shapes and axes.

use crate::{Scalar, Tensor};

/// Refuses two shapes that differ.
pub(super) fn equal_shapes<F: Scalar>(operation: &str, a: &Tensor<F>, b: &Tensor<F>) {
    let (a, b) = (a.shape(), b.shape());
    assert!(a == b, "{operation}: a has shape {a:?}, b has shape {b:?}, wanted equal shapes; use broadcast_to");
}

/// f of every element, in place.
pub(super) fn map<F: Scalar>(mut x: Tensor<F>, f: impl Fn(F) -> F) -> Tensor<F> {
    x.as_mut_slice().iter_mut().for_each(|x| *x = f(*x));
    x
}

/// f of every pair of elements, in the place of the first.
pub(super) fn zip<F: Scalar>(mut a: Tensor<F>, b: &Tensor<F>, f: impl Fn(F, F) -> F) -> Tensor<F> {
    a.as_mut_slice().iter_mut().zip(b.as_slice()).for_each(|(a, &b)| *a = f(*a, b));
    a
}

/// The rows, or columns, along one axis: element l of line (o, i) is at (o · len + l) · inner + i.
#[derive(Clone, Debug)]
pub struct Lines {
    /// The sizes of all axes.
    pub(super) shape: Vec<usize>,
    /// Which axis.
    axis: usize,
    /// Elements before the axis, along it, and after it.
    pub(super) outer: usize,
    pub(super) len: usize,
    pub(super) inner: usize,
}

impl Lines {
    /// The lines along `axis`.
    pub(super) fn new(operation: &str, shape: &[usize], axis: usize) -> Self {
        let axes = shape.len();
        assert!(axis < axes, "{operation}: found axis {axis} for shape {shape:?}, wanted one below {axes}");
        let size = |shape: &[usize]| shape.iter().product();
        Lines {
            shape: shape.to_vec(),
            axis,
            outer: size(&shape[..axis]),
            len: shape[axis],
            inner: size(&shape[axis + 1..]),
        }
    }

    /// The shape without the axis.
    pub(super) fn reduced(&self) -> Vec<usize> {
        [&self.shape[..self.axis], &self.shape[self.axis + 1..]].concat()
    }

    /// The shape with another length of the axis.
    pub(super) fn resized(&self, len: usize) -> Vec<usize> {
        let mut shape = self.shape.clone();
        shape[self.axis] = len;
        shape
    }

    /// Each element's index with that of its line, in row-major order.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let Lines { outer, len, inner, .. } = *self;
        (0..outer * len).flat_map(move |row| (0..inner).map(move |i| (row * inner + i, row / len * inner + i)))
    }

    /// The sum of each line.
    pub(super) fn sums<F: Scalar>(&self, x: &Tensor<F>) -> Tensor<F> {
        let mut y = Tensor::zeros(&self.reduced()[..]);
        let (from, to) = (x.as_slice(), y.as_mut_slice());
        self.pairs().for_each(|(at, line)| to[line] += from[at]);
        y
    }

    /// A tensor with the value of its line in every element.
    pub(super) fn spread<F: Scalar>(&self, y: &Tensor<F>) -> Tensor<F> {
        let mut x = Tensor::scratch(&self.shape[..]);
        let (from, to) = (y.as_slice(), x.as_mut_slice());
        self.pairs().for_each(|(at, line)| to[at] = from[line]);
        x
    }
}
