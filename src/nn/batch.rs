//! Rows of a table as a batch.

use super::model::Model;
use crate::scalar::concrete;
use crate::{Scalar, Tensor};
use ndarray::ArrayView2;

impl<F: Scalar> Model<F> {
    /// A batch of feature rows as this model's input, (n, input shape).
    ///
    /// # Panics
    /// When a row has another number of features: [`Model::check`](crate::train) says so beforehand.
    pub fn batch<T: Scalar>(&self, x: ArrayView2<T>) -> Tensor<F> {
        self.batch_of(x, 0..x.nrows())
    }

    /// Some rows of a table as a batch.
    pub(crate) fn batch_of<T: Scalar>(
        &self,
        x: ArrayView2<T>,
        rows: impl ExactSizeIterator<Item = usize>,
    ) -> Tensor<F> {
        let (n, features) = (rows.len(), self.input().iter().product::<usize>());
        let found = x.ncols();
        assert!(
            found == features,
            "Model: rows of {found} features, wanted {features}; build the network for these rows"
        );
        let (mut values, mut wide) = (Tensor::scratch([n, features]), vec![0.0; features]);
        for (to, row) in values.as_mut_slice().chunks_exact_mut(features).zip(rows) {
            match x.row(row).to_slice() {
                Some(row) => widen(row, &mut wide),
                None => wide.iter_mut().zip(x.row(row)).for_each(|(wide, value)| *wide = value.as_f64()),
            }
            narrow(&wide, to);
        }
        values.reshape(&[&[n], self.input()].concat()[..])
    }
}

concrete! {
    fn widen<T>(from: &[T], to: &mut [f64]) = widen_here;
}

fn widen_here<T: Scalar>(from: &[T], to: &mut [f64]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to = from.as_f64());
}

concrete! {
    fn narrow<F>(from: &[f64], to: &mut [F]) = narrow_here;
}

fn narrow_here<F: Scalar>(from: &[f64], to: &mut [F]) {
    to.iter_mut().zip(from).for_each(|(to, &from)| *to = F::of(from));
}
