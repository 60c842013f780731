//! A kernel that slides over a padded picture: the views and the strips of patches that a convolution multiplies.

use crate::product::{Write, gemm_batch};
use crate::{Scalar, Tensor};
use ndarray::{ArrayView2, ArrayView3, ArrayViewMut3, ShapeBuilder, s};
use std::ops::Range;

/// Outputs in a strip: of what lies further apart, a product would first make a copy.
const STRIP: usize = 512;

/// Where the pixels of a picture go in a larger one, along one axis: pixel r to `first + r·step`, if that is inside.
#[derive(Clone, Copy)]
pub struct Spread {
    pub first: isize,
    pub step: usize,
    pub size: usize,
}

impl Spread {
    fn position(self, r: usize) -> Option<usize> {
        usize::try_from(self.first + (r * self.step) as isize).ok().filter(|&position| position < self.size)
    }
}

/// Copies the pixels of a picture (height, width, c) to where they go.
pub fn spread<F: Scalar>(x: &[F], [height, width, c]: [usize; 3], [down, across]: [Spread; 2], to: &mut [F]) {
    let rows = (0..height).filter_map(|r| Some((r, down.position(r)?)));
    for (row, to_row) in rows {
        let (x, to) = (&x[row * width * c..][..width * c], &mut to[to_row * across.size * c..][..across.size * c]);
        if across.step == 1 {
            let (skipped, first) = (across.first.min(0).unsigned_abs(), across.first.max(0) as usize);
            let pixels = width.saturating_sub(skipped).min(across.size.saturating_sub(first));
            to[first * c..][..pixels * c].copy_from_slice(&x[skipped * c..][..pixels * c]);
        } else {
            for (t, column) in (0..width).filter_map(|t| Some((t, across.position(t)?))) {
                to[column * c..][..c].copy_from_slice(&x[t * c..][..c]);
            }
        }
    }
}

/// A kernel that slides over a padded picture (height, width, channels).
#[derive(Clone, Copy)]
pub struct Slide {
    /// Of the padded picture.
    pub width: usize,
    pub channels: usize,
    pub outputs: [usize; 2],
    pub kernel: [usize; 2],
    pub stride: [usize; 2],
    pub dilation: [usize; 2],
}

/// Some adjacent taps of one row of the kernel: where their rows are in the kernel matrix (kh·kw·i, o), and where the first of
/// them begins in the padded picture.
pub struct Run {
    pub matrix: Range<usize>,
    pub begin: usize,
}

impl Slide {
    /// Elements of a patch.
    pub fn len(&self) -> usize {
        self.kernel[0] * self.kernel[1] * self.channels
    }

    /// Each row of the kernel, or each of its taps where they are dilated.
    pub fn runs(self) -> impl Iterator<Item = Run> {
        let [kh, kw] = self.kernel;
        let taps = if self.dilation[1] == 1 { kw } else { 1 };
        let (len, i) = (taps * self.channels, self.channels);
        (0..kh).flat_map(move |p| (0..kw).step_by(taps).map(move |q| (p, q))).map(move |(p, q)| Run {
            matrix: (p * kw + q) * i..(p * kw + q) * i + len,
            begin: (p * self.dilation[0] * self.width + q * self.dilation[1]) * i,
        })
    }

    /// What a run meets: (rows, columns, elements of the run), overlapping.
    fn view<'x, F>(&self, x: &'x [F], run: &Run) -> ArrayView3<'x, F> {
        let [rows, columns] = self.outputs;
        let (down, across) = (self.stride[0] * self.width * self.channels, self.stride[1] * self.channels);
        let shape = (rows, columns, run.matrix.len()).strides((down, across, 1));
        ArrayView3::from_shape(shape, x.get(run.begin..).unwrap_or(&[])).expect("patches lie inside the padded picture")
    }

    /// y (rows, columns, o) = what `write` says + Σ over the runs.
    pub fn products<F: Scalar>(&self, write: Write<F>, x: &[F], kernel: ArrayView2<F>, mut y: ArrayViewMut3<F>) {
        for (first, run) in self.runs().enumerate() {
            let write = if first == 0 { write } else { Write::Add };
            let matrix = kernel.slice(s![run.matrix.clone(), ..]);
            gemm_batch(write, self.view(x, &run), matrix, y.view_mut());
        }
    }

    /// The output rows whose patches are in one strip.
    pub fn strips(self) -> impl Iterator<Item = Range<usize>> {
        let rows = (STRIP / self.outputs[1].max(1)).max(1);
        (0..self.outputs[0]).step_by(rows).map(move |first| first..(first + rows).min(self.outputs[0]))
    }

    /// The patches of these output rows: (elements of a patch, outputs).
    pub fn gather<F: Scalar>(&self, x: &[F], rows: Range<usize>) -> Tensor<F> {
        let ([kh, kw], columns, i) = (self.kernel, self.outputs[1], self.channels);
        let step = self.stride[1] * i;
        let mut strip = Tensor::scratch([self.len(), rows.len() * columns]);
        let mut lines = strip.as_mut_slice().chunks_exact_mut(columns.max(1));
        for (p, q, channel) in (0..kh).flat_map(|p| (0..kw).flat_map(move |q| (0..i).map(move |c| (p, q, c)))) {
            for row in rows.clone() {
                let row = (row * self.stride[0] + p * self.dilation[0]) * self.width;
                let x = &x[(row + q * self.dilation[1]) * i + channel..];
                let line = lines.next().expect("a line for each element of a patch and each row");
                if step == 1 {
                    line.copy_from_slice(&x[..columns]);
                } else {
                    line.iter_mut().zip(x.iter().step_by(step)).for_each(|(line, &x)| *line = x);
                }
            }
        }
        strip
    }
}
