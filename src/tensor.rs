//! The tensor, the array that flows through a network: row-major, reference-counted, copied only when written while
//! shared.

use crate::Scalar;
use crate::buffer::Buffer;
use crate::scalar::concrete;
use ndarray::{Array, ArrayView, ArrayViewD, ArrayViewMut, Dimension, IntoDimension, IxDyn};
use std::fmt;
use std::ops::Index;
use std::sync::Arc;

/// A tensor: a row-major array of any number of axes. Cloning one counts a reference: a parameter enters a thousand
/// tapes without a copy.
///
/// ```
/// use tonegrad::Tensor;
/// let a = Tensor::new([2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
/// let mut b = a.clone();              // the same storage
/// b.as_mut_slice()[0] = 9.0;          // shared, so `b` gets its own first
/// assert_eq!((a.as_slice()[0], b.as_slice()[0]), (1.0, 9.0));
/// assert_eq!(a.reshape([3, 2])[[2, 1]], 6.0);
/// assert_eq!(Tensor::from([[1.0, 2.5], [3.0, 4.0]]).to_string(), "[[1, 2.5],\n [3, 4]] (2, 2)");
/// ```
#[derive(Clone)]
pub struct Tensor<F: Scalar> {
    shape: IxDyn,
    data: Arc<Buffer<F>>,
}

impl<F: Scalar> Tensor<F> {
    fn from_buffer(shape: impl IntoDimension<Dim: Dimension>, data: Buffer<F>) -> Self {
        let shape = shape.into_dimension().into_dyn();
        assert_eq!(shape.size(), data.len(), "a tensor of shape {:?} cannot hold {} values", shape.slice(), data.len());
        Tensor { shape, data: Arc::new(data) }
    }

    /// A tensor of this shape, its elements in row-major order.
    ///
    /// # Panics
    /// When the shape does not hold as many values.
    pub fn new(shape: impl IntoDimension<Dim: Dimension>, values: Vec<F>) -> Self {
        Self::from_buffer(shape, Buffer::copy_of(&values))
    }

    /// A tensor with `value` in every element.
    pub fn full(shape: impl IntoDimension<Dim: Dimension>, value: F) -> Self {
        let shape = shape.into_dimension();
        let data = filled(shape.size(), value);
        Self::from_buffer(shape, data)
    }

    /// A tensor of zeros.
    pub fn zeros(shape: impl IntoDimension<Dim: Dimension>) -> Self {
        Self::full(shape, F::zero())
    }

    /// An uninitialised tensor, recycled storage with left-over contents: write every element before reading one.
    /// Where debug assertions are on it is filled with NaN, so that a test sees an element that was forgotten.
    pub fn scratch(shape: impl IntoDimension<Dim: Dimension>) -> Self {
        if cfg!(debug_assertions) {
            return Self::full(shape, F::nan());
        }
        let shape = shape.into_dimension();
        let data = Buffer::scratch(shape.size());
        Self::from_buffer(shape, data)
    }

    /// A scalar: one element, shape `[]`.
    pub fn scalar(value: F) -> Self {
        Self::full([], value)
    }

    /// A copy of any array, whatever its strides, in row-major order.
    pub fn copy_of<D: Dimension>(array: ArrayView<F, D>) -> Self {
        match array.to_slice() {
            Some(values) => Self::from_buffer(array.raw_dim(), Buffer::copy_of(values)),
            None => Self::new(array.raw_dim(), array.iter().copied().collect()),
        }
    }

    /// Rows `from..to` of the first axis, copied.
    pub fn rows(&self, from: usize, to: usize) -> Self {
        let row = self.row_len();
        let mut shape = self.shape.clone();
        shape[0] = to - from;
        Self::from_buffer(shape, Buffer::copy_of(&self.data[from * row..to * row]))
    }

    /// Elements in one row of the first axis.
    pub fn row_len(&self) -> usize {
        self.shape().iter().skip(1).product()
    }

    /// The same elements under another shape, without a copy.
    ///
    /// # Panics
    /// When the new shape does not hold as many values.
    pub fn reshape(self, shape: impl IntoDimension<Dim: Dimension>) -> Self {
        let shape = shape.into_dimension().into_dyn();
        assert_eq!(shape.size(), self.len(), "cannot reshape {:?} to {:?}", self.shape.slice(), shape.slice());
        Tensor { shape, data: self.data }
    }

    /// The shape: sizes of the axes.
    pub fn shape(&self) -> &[usize] {
        self.shape.slice()
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// The elements in row-major order.
    pub fn as_slice(&self) -> &[F] {
        &self.data
    }

    /// The elements, to be changed; copied first where the storage is shared.
    pub fn as_mut_slice(&mut self) -> &mut [F] {
        if Arc::get_mut(&mut self.data).is_none() {
            self.data = Arc::new(Buffer::copy_of(&self.data));
        }
        Arc::get_mut(&mut self.data).expect("the storage was just made our own")
    }

    /// As an ndarray view with `D`'s number of axes.
    ///
    /// # Panics
    /// When the tensor has another number of axes.
    pub fn view<D: Dimension>(&self) -> ArrayView<'_, F, D> {
        let view =
            ArrayViewD::from_shape(self.shape.clone(), self.as_slice()).expect("row-major values fill their shape");
        view.into_dimensionality().unwrap_or_else(|_| self.refuse_axes::<D>("view"))
    }

    /// As a writable ndarray view with `D`'s number of axes; copied first where the storage is shared.
    ///
    /// # Panics
    /// When the tensor has another number of axes.
    pub fn view_mut<D: Dimension>(&mut self) -> ArrayViewMut<'_, F, D> {
        let shape = self.shape.clone();
        if D::NDIM.is_some_and(|axes| axes != shape.ndim()) {
            self.refuse_axes::<D>("view_mut");
        }
        let view = ndarray::ArrayViewMutD::from_shape(shape, self.as_mut_slice());
        let view = view.expect("row-major values fill their shape");
        view.into_dimensionality().expect("the number of axes was compared")
    }

    /// As [`view`](Tensor::view), for the operand of an operation: `operand` is both their names, "dense: x", and `wanted` the
    /// meaning of its axes, "(rows, features)".
    pub(crate) fn operand<D: Dimension>(&self, operand: &str, wanted: &str) -> ArrayView<'_, F, D> {
        let axes = D::NDIM.unwrap_or(self.shape().len());
        assert!(
            self.shape().len() == axes,
            "{operand} has shape {:?}, wanted {wanted}; reshape it first",
            self.shape()
        );
        self.view()
    }

    fn refuse_axes<D: Dimension>(&self, operation: &str) -> ! {
        let (shape, wanted) = (self.shape(), D::NDIM.unwrap_or_default());
        panic!("{operation}: the tensor has shape {shape:?}, {} axes, wanted {wanted}; reshape it first", shape.len())
    }

    /// As an array of ndarray's with `D`'s number of axes, copied.
    pub fn to_array<D: Dimension>(&self) -> Array<F, D> {
        self.view().to_owned()
    }

    /// The only element of a tensor that holds one.
    ///
    /// # Panics
    /// When it holds more or none.
    pub fn item(&self) -> F {
        assert_eq!(self.len(), 1, "item() wants a single value, this tensor has shape {:?}", self.shape());
        self.data[0]
    }

    /// Adds another tensor of the same shape, element by element.
    ///
    /// # Panics
    /// When the shapes differ: nothing broadcasts here.
    pub fn add(&mut self, other: &Tensor<F>) {
        assert_eq!(
            self.shape(),
            other.shape(),
            "add: shapes {:?} and {:?}, wanted equal ones: nothing broadcasts",
            self.shape(),
            other.shape()
        );
        add(self.as_mut_slice(), other.as_slice());
    }

    /// Whether every element is finite.
    pub fn is_finite(&self) -> bool {
        all_finite(&self.data)
    }
}

concrete! {
    fn add<F>(a: &mut [F], b: &[F]) = add_here;
}

fn add_here<F: Scalar>(a: &mut [F], b: &[F]) {
    a.iter_mut().zip(b).for_each(|(a, &b)| *a += b);
}

concrete! {
    fn all_finite<F>(values: &[F]) -> bool = all_finite_here;
}

fn all_finite_here<F: Scalar>(values: &[F]) -> bool {
    values.iter().all(|v| v.is_finite())
}

concrete! {
    /// A buffer filled with one value.
    fn filled<F>(len: usize, value: F) -> Buffer<F> = filled_here;
}

fn filled_here<F: Scalar>(len: usize, value: F) -> Buffer<F> {
    Buffer::full(len, value)
}

impl<F: Scalar, D: Dimension> From<Array<F, D>> for Tensor<F> {
    fn from(array: Array<F, D>) -> Self {
        Self::copy_of(array.view())
    }
}

/// A vector.
impl<F: Scalar, const N: usize> From<[F; N]> for Tensor<F> {
    fn from(values: [F; N]) -> Self {
        Tensor::new([N], values.to_vec())
    }
}

/// A matrix, row by row.
impl<F: Scalar, const M: usize, const N: usize> From<[[F; N]; M]> for Tensor<F> {
    fn from(rows: [[F; N]; M]) -> Self {
        Tensor::new([M, N], rows.concat())
    }
}

/// A batch of matrices, or of signals.
impl<F: Scalar, const L: usize, const M: usize, const N: usize> From<[[[F; N]; M]; L]> for Tensor<F> {
    fn from(matrices: [[[F; N]; M]; L]) -> Self {
        Tensor::new([L, M, N], matrices.concat().concat())
    }
}

/// The element at this index: one number for each axis.
impl<F: Scalar, const N: usize> Index<[usize; N]> for Tensor<F> {
    type Output = F;

    /// # Panics
    /// When there are more or fewer axes than that, or an index is beyond its axis.
    fn index(&self, index: [usize; N]) -> &F {
        let inside = index.len() == self.shape().len() && index.iter().zip(self.shape()).all(|(i, n)| i < n);
        assert!(inside, "index {index:?} in a tensor of shape {:?}, wanted one below each axis", self.shape());
        &self.data[index.iter().zip(self.shape()).fold(0, |at, (i, n)| at * n + i)]
    }
}

/// The elements in nested brackets, and the shape: `[[1, 2],\n [3, 4]] (2, 2)`.
impl<F: Scalar> fmt::Display for Tensor<F> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let sizes: Vec<String> = self.shape().iter().map(ToString::to_string).collect();
        fmt::Display::fmt(&self.view::<IxDyn>(), f)?;
        write!(f, " ({})", sizes.join(", "))
    }
}

impl<F: Scalar> fmt::Debug for Tensor<F> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:?}", self.view::<IxDyn>())
    }
}

impl<F: Scalar> PartialEq for Tensor<F> {
    fn eq(&self, other: &Self) -> bool {
        self.shape == other.shape && self.as_slice() == other.as_slice()
    }
}
