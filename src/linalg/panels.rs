//! Packing the right operand of a product as the kernels want it: panels of a few columns, each row contiguous.
//!
//! A row-major B is that already, and is used where it lies. Its last columns, where they are fewer than a kernel's width,
//! and a transposed B are copied first, and any B for a kernel that wants its rows side by side.

use crate::Scalar;
use crate::buffer::Buffer;
use crate::isa::vectorized;
use ndarray::{ArrayView2, Axis, s};

/// Rows of B that are packed together where B is transposed.
const STRIP: usize = 16;

/// A block of B: panels whose rows are contiguous, each as wide as one of a kernel's widths.
pub(super) struct Panels<'a, F: Scalar> {
    pub k: usize,
    pub panels: Vec<Panel<F>>,
    /// Keep what panels point into for as long as they do.
    _block: ArrayView2<'a, F>,
    _packed: Vec<Buffer<F>>,
}

/// Some columns of a block, where they lie or packed.
pub(super) struct Panel<F: Scalar> {
    /// Its first column in the block.
    pub first: usize,
    pub b: *const F,
    pub ldb: isize,
    pub width: usize,
    /// Columns that are really there; the others hold anything, and are never stored.
    pub cols: usize,
}

impl<'a, F: Scalar> Panels<'a, F> {
    /// Cuts a block into panels, each the widest that the columns fill. `widths` shrink; fewer columns than the narrowest
    /// leave the rest of it unused.
    pub fn new(block: ArrayView2<'a, F>, widths: &[usize]) -> Self {
        let (k, n) = block.dim();
        let mut panels = Vec::with_capacity(n.div_ceil(widths[0]) + widths.len());
        let (mut first, mut packed) = (0, Vec::new());
        while first < n {
            let width = widths.iter().copied().find(|&width| width <= n - first).unwrap_or(widths[widths.len() - 1]);
            let cols = width.min(n - first);
            let from = block.slice(s![.., first..first + cols]);
            panels.push(if from.strides()[1] == 1 && cols == width {
                Panel { first, b: from.as_ptr(), ldb: from.strides()[0], width, cols }
            } else {
                packed.push(pack_columns(from, width));
                Panel { first, b: packed[packed.len() - 1].as_ptr(), ldb: width as isize, width, cols }
            });
            first += cols;
        }
        Panels { k, panels, _block: block, _packed: packed }
    }

    /// Panels of one width whose rows follow each other, so that all of one has room in the first cache: rows that lie a
    /// large power of two apart would compete for the same few lines of it.
    pub fn packed(block: ArrayView2<'a, F>, width: usize) -> Self {
        let (k, n) = block.dim();
        let mut packed = Buffer::scratch(n.div_ceil(width) * k * width);
        match width {
            4 => deal::<F, 4>(block, &mut packed),
            8 => deal::<F, 8>(block, &mut packed),
            16 => deal::<F, 16>(block, &mut packed),
            32 => deal::<F, 32>(block, &mut packed),
            _ => unreachable!("a vector, or two, has 4 to 32 elements, not {width}"),
        }
        let panel = |(first, panel): (usize, &[F])| Panel {
            first,
            b: panel.as_ptr(),
            ldb: width as isize,
            width,
            cols: width.min(n - first),
        };
        let panels = (0..n).step_by(width).zip(packed.chunks_exact(k * width)).map(panel).collect();
        Panels { k, panels, _block: block, _packed: vec![packed] }
    }
}

/// Deals the columns of a matrix to panels of W: a row of the first, of the second, of the last, and so on with the next.
fn deal<F: Scalar, const W: usize>(block: ArrayView2<F>, panels: &mut [F]) {
    let len = block.nrows() * W;
    for (p, row) in block.rows().into_iter().enumerate() {
        let to = panels.chunks_exact_mut(len).map(|panel| &mut panel[p * W..][..W]);
        match row.to_slice() {
            Some(row) => {
                for (to, from) in to.zip(row.chunks(W)) {
                    // Of known length, a row of a panel is copied by a vector or two.
                    match <&[F; W]>::try_from(from) {
                        Ok(whole) => to.copy_from_slice(whole),
                        Err(_) => to[..from.len()].copy_from_slice(from),
                    }
                }
            }
            None => to.flatten().zip(row).for_each(|(to, &from)| *to = from),
        }
    }
}

/// Copies columns of B into rows of `width` elements.
fn pack_columns<F: Scalar>(from: ArrayView2<F>, width: usize) -> Buffer<F> {
    let mut packed = Buffer::scratch(from.nrows() * width);
    if from.strides()[0] == 1 {
        transpose(from, width, &mut packed);
    } else {
        for (to, from) in packed.chunks_exact_mut(width).zip(from.rows()) {
            to.iter_mut().zip(from).for_each(|(to, &from)| *to = from);
        }
    }
    packed
}

vectorized! {
    /// Copies columns that are contiguous into rows, a strip of rows at a time: those stay in the cache until all columns
    /// have come.
    fn transpose<F: Scalar>(from: ArrayView2<F>, width: usize, to: &mut [F]) {
        for (strip, from) in to.chunks_mut(STRIP * width).zip(from.axis_chunks_iter(Axis(0), STRIP)) {
            for (j, column) in from.columns().into_iter().enumerate() {
                let column = column.to_slice().expect("columns are contiguous");
                strip[j..].iter_mut().step_by(width).zip(column).for_each(|(to, &from)| *to = from);
            }
        }
    }
}
