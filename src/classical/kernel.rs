//! The radial basis function (RBF) kernel k(a, b) = e^(-γ |a - b|²), row by row, by matrix products, in bounded memory.
//!
//! |a - b|² = |a|² + |b|² - 2 a·b makes the kernel of many rows one matrix product. Rounding hurts least where
//! rows are short, and a kernel of differences does not feel a shift, so rows are centred first.
//!
//! The matrix of n rows has n² elements, 1.6 GB for 20,000 rows. `KernelRows` computes blocks of it when they are first
//! asked for; where all threads together would hold more than the `Budget`, the block that was asked for longest ago
//! goes, and is computed again if need be. That costs time and changes no bit.

use crate::data::Dataset;
use crate::isa::vectorized;
use crate::product::{Write, gemm};
use crate::{Error, Result, Scalar};
use ndarray::{Array2, ArrayView1, ArrayView2, ArrayViewMut2, Axis, concatenate, s};
use std::ops::{Deref, Range};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Rows of the kernel matrix that are computed together.
const BLOCK: usize = 64;

/// γ of the RBF kernel: how quickly it falls.
///
/// ```
/// use ndarray::array;
/// use tonegrad::{classical::Gamma, data::Dataset};
/// let rows = Dataset::new(array![[0.0, 4.0], [4.0, 0.0]], vec![0, 1], ["Folk", "Rock"])?;
/// assert_eq!((Gamma::PerFeature.of(&rows)?, Gamma::Scale.of(&rows)?), (0.5, 0.125));
/// # Ok::<(), tonegrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Gamma {
    /// 1 / features, scikit-learn's `auto`.
    #[default]
    PerFeature,
    /// 1 / (features · variance of all elements of the table), scikit-learn's `scale`.
    Scale,
    /// This value.
    Value(f64),
}

impl Gamma {
    /// γ for these rows.
    ///
    /// # Errors
    /// When it is not a positive number.
    pub fn of(self, rows: &Dataset) -> Result<f64> {
        let x = rows.x();
        let gamma = match self {
            Gamma::PerFeature => 1.0 / x.ncols() as f64,
            Gamma::Scale => {
                let mean = x.iter().map(|&v| f64::from(v)).sum::<f64>() / x.len() as f64;
                let squares = x.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>();
                let variance = squares / x.len() as f64;
                // Of a table of one value scikit-learn takes 1; no row differs from another then.
                if variance > 0.0 { 1.0 / (x.ncols() as f64 * variance) } else { 1.0 }
            }
            Gamma::Value(gamma) => gamma,
        };
        if gamma.is_finite() && gamma > 0.0 {
            return Ok(gamma);
        }
        Err(Error::config("SVC, gamma").found(gamma.to_string()).wanted("a positive number"))
    }
}

/// Centred rows as the columns of a product.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Points {
    /// (features, rows).
    pub columns: Array2<f32>,
    /// |a|² of each row.
    pub squares: Vec<f32>,
}

/// The largest squared length of a row about the centre, and the number of that row.
pub(super) fn largest_square(x: ArrayView2<f32>, centre: &[f64]) -> (f64, usize) {
    let square = |row: ArrayView1<f32>| row.iter().zip(centre).map(|(&v, m)| (f64::from(v) - m).powi(2)).sum::<f64>();
    let all = x.rows().into_iter().enumerate().map(|(number, row)| (square(row), number));
    all.fold((0.0, 0), |most, one| if one.0 > most.0 { one } else { most })
}

/// What rows are divided by, a power of two, so that squares of their lengths are numbers that `f32` has: 1 unless the
/// largest square is far out. γ is multiplied by its square in turn, and the kernel stays the same.
pub(super) fn unit(largest: f64) -> f64 {
    match largest {
        0.0 | 1e-20..=1e30 => 1.0,
        _ => 2f64.powi((largest.log2() / 2.0).round() as i32),
    }
}

/// The largest square of a row, in units, with which nothing overflows in the kernel.
pub(super) const MOST_SQUARE: f64 = f32::MAX as f64 / 8.0;

impl Points {
    pub fn new(x: ArrayView2<f32>, centre: &[f64], unit: f64) -> Self {
        let mut columns = Array2::zeros((x.ncols(), x.nrows()));
        for ((mut to, from), centre) in columns.rows_mut().into_iter().zip(x.columns()).zip(centre) {
            to.zip_mut_with(&from, |to, &from| *to = ((f64::from(from) - centre) / unit) as f32);
        }
        Points::centred(columns)
    }

    fn centred(columns: Array2<f32>) -> Self {
        let mut squares = vec![0.0; columns.ncols()];
        for feature in columns.rows() {
            squares.iter_mut().zip(feature).for_each(|(sum, &v)| *sum += f64::from(v) * f64::from(v));
        }
        Points { columns, squares: squares.into_iter().map(|square| square as f32).collect() }
    }

    /// Some of the rows.
    pub fn select(&self, rows: &[usize]) -> Self {
        Points {
            columns: self.columns.select(Axis(1), rows),
            squares: rows.iter().map(|&row| self.squares[row]).collect(),
        }
    }

    /// These rows, then those.
    pub fn and(&self, others: &Points) -> Result<Self> {
        let columns = concatenate(Axis(1), &[self.columns.view(), others.columns.view()]);
        let columns = columns.map_err(|e| Error::shape("SVC").found(e.to_string()))?;
        Ok(Points { columns, squares: [&self.squares[..], &others.squares].concat() })
    }

    pub fn len(&self) -> usize {
        self.squares.len()
    }

    /// The kernel of some of these rows with all of `others`, (rows, others).
    pub fn kernel(&self, rows: Range<usize>, others: &Points, gamma: f64) -> Array2<f32> {
        let mut k = Array2::zeros((rows.len(), others.len()));
        gemm(Write::Set, self.columns.slice(s![.., rows.clone()]).t(), others.columns.view(), k.view_mut());
        radial_rows(k.view_mut(), &self.squares[rows], &others.squares, gamma);
        k
    }
}

fn radial_rows(mut products: ArrayViewMut2<f32>, squares: &[f32], others: &[f32], gamma: f64) {
    for (mut row, &square) in products.rows_mut().into_iter().zip(squares) {
        if let Some(row) = row.as_slice_mut() {
            // An infinite γ would make NaN of equal rows.
            radial(row, others, square, (gamma as f32).min(f32::MAX));
        }
    }
}

vectorized! {
    /// From products with a row of squared length `square` to the kernel.
    fn radial<F: Scalar>(products: &mut [F], others: &[F], square: F, gamma: F) {
        for (p, &other) in products.iter_mut().zip(others) {
            *p = (-gamma * (square + other - (*p + *p)).max(F::zero())).exp();
        }
    }
}

/// Bytes that kernels may take, shared by all threads.
pub(super) struct Budget(AtomicUsize);

impl Budget {
    pub fn new(bytes: usize) -> Self {
        Budget(AtomicUsize::new(bytes))
    }

    fn take(&self, bytes: usize) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes)).is_ok()
    }

    fn give(&self, bytes: usize) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// The kernel matrix of some rows with themselves, by rows, its diagonal exactly 1.
pub(super) struct KernelRows<'a> {
    points: Points,
    gamma: f64,
    blocks: Vec<Option<CachedRows>>,
    /// Counts what was asked for.
    clock: u64,
    /// Bytes taken from the budget.
    taken: usize,
    budget: &'a Budget,
}

struct CachedRows {
    elements: Rc<Array2<f32>>,
    asked: u64,
    paid: bool,
}

impl<'a> KernelRows<'a> {
    pub fn new(points: Points, gamma: f64, budget: &'a Budget) -> Self {
        let blocks = (0..points.len().div_ceil(BLOCK)).map(|_| None).collect();
        KernelRows { points, gamma, blocks, clock: 0, taken: 0, budget }
    }

    /// A row of the matrix, computed or remembered.
    pub fn row(&mut self, row: usize) -> KernelRow {
        self.clock += 1;
        let clock = self.clock;
        let elements = match &mut self.blocks[row / BLOCK] {
            Some(block) => {
                block.asked = clock;
                block.elements.clone()
            }
            None => self.fill(row / BLOCK),
        };
        KernelRow { elements, row: row % BLOCK }
    }

    fn fill(&mut self, number: usize) -> Rc<Array2<f32>> {
        let n = self.points.len();
        let bytes = BLOCK * n * size_of::<f32>();
        let mut paid = self.budget.take(bytes);
        if !paid {
            let held = self.blocks.iter().enumerate().filter_map(|(i, block)| Some((i, block.as_ref()?)));
            let held: Vec<_> = held.map(|(i, block)| (block.asked, i, block.paid)).collect();
            // Two blocks are needed at a time, whatever the budget.
            if let Some(&(_, oldest, was_paid)) = held.iter().min().filter(|_| held.len() >= 2) {
                self.blocks[oldest] = None;
                paid = was_paid;
            }
        } else {
            self.taken += bytes;
        }
        let rows = number * BLOCK..n.min((number + 1) * BLOCK);
        let mut elements = self.points.kernel(rows.clone(), &self.points, self.gamma);
        rows.enumerate().for_each(|(i, row)| elements[[i, row]] = 1.0);
        let elements = Rc::new(elements);
        self.blocks[number] = Some(CachedRows { elements: elements.clone(), asked: self.clock, paid });
        elements
    }
}

impl Drop for KernelRows<'_> {
    fn drop(&mut self) {
        self.budget.give(self.taken);
    }
}

/// A row of the kernel matrix, which stays while it is held.
pub(super) struct KernelRow {
    elements: Rc<Array2<f32>>,
    row: usize,
}

impl Deref for KernelRow {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        let n = self.elements.ncols();
        self.elements.as_slice().map_or(&[], |all| &all[self.row * n..(self.row + 1) * n])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;
    use rand::RngExt;
    use rand_distr::StandardNormal;

    #[test]
    fn blocks_are_those_of_the_definition_whatever_is_remembered() {
        let mut rng = Seed(5).stream("test");
        let x = Array2::from_shape_simple_fn((150, 9), || 100.0 + rng.sample::<f32, _>(StandardNormal));
        let centre: Vec<_> = x.columns().into_iter().map(|c| f64::from(c.sum()) / 150.0).collect();
        for bytes in [0, 2 * BLOCK * 150 * 4, 1 << 20] {
            let budget = Budget::new(bytes);
            let mut rows = KernelRows::new(Points::new(x.view(), &centre, 1.0), 0.1, &budget);
            for i in [0, 149, 70, 3, 149, 0, 100] {
                let row = rows.row(i);
                for (j, &found) in row.iter().enumerate() {
                    let square: f64 =
                        x.row(i).iter().zip(x.row(j)).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum();
                    assert!((f64::from(found) - (-0.1 * square).exp()).abs() < 1e-6);
                }
                assert_eq!(row[i], 1.0);
            }
            let held = rows.blocks.iter().flatten().count();
            assert_eq!(held, if bytes == 1 << 20 { 3 } else { 2 });
            drop(rows);
            assert_eq!(budget.0.into_inner(), bytes, "all is given back");
        }
    }
}
