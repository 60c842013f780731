//! Cache blocking of a matrix product, and the tiles at the edges of blocks: what all kernels' drivers have in common.

use crate::Scalar;
use crate::product::Write;
use ndarray::ArrayViewMut2;

/// Columns of B in a block.
pub(super) const BLOCK_N: usize = 256;
/// Terms of the sum in a block.
pub(super) const BLOCK_K: usize = 512;
/// Consecutive terms of A further apart in memory than this many elements are packed: each would touch another page.
pub(super) const FAR: isize = 512;
/// Bytes of B that stay in the first cache, which has 32 KiB or more, while rows of C come and go.
pub(super) const STAYS: usize = 24 << 10;

/// The strides of three axes.
pub(super) fn three(strides: &[isize]) -> [isize; 3] {
    [strides[0], strides[1], strides[2]]
}

/// How far an element lies from the first.
pub(super) fn offset(strides: [isize; 3], at: [usize; 3]) -> isize {
    strides.iter().zip(at).map(|(stride, at)| stride * at as isize).sum()
}

/// Writes the first columns of a whole tile. Rows of C are contiguous.
pub(super) fn take_over<'a, F: Scalar>(write: Write<F>, mut c: ArrayViewMut2<F>, tile: impl Iterator<Item = &'a [F]>) {
    for (mut c, tile) in c.rows_mut().into_iter().zip(tile) {
        let c = c.as_slice_mut().expect("rows of the result are contiguous");
        match write {
            Write::Set => c.copy_from_slice(&tile[..c.len()]),
            Write::Bias(bias) => c.iter_mut().zip(tile).zip(bias).for_each(|((c, &v), &b)| *c = b + v),
            Write::Add => c.iter_mut().zip(tile).for_each(|(c, &v)| *c += v),
        }
    }
}
