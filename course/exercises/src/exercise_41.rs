//! Exercise 41: a blocked matrix product, equal to the bit (chapter 15).

/// C = A·B by the definition, for A (m, k), B (k, n) and C (m, n) in row-major order: each sum by rising p.
pub fn plain(a: &[f64], b: &[f64], c: &mut [f64], [m, k, n]: [usize; 3]) {
    for i in 0..m {
        for j in 0..n {
            c[i * n + j] = (0..k).fold(0.0, |sum, p| sum + a[i * k + p] * b[p * n + j]);
        }
    }
}

/// The same bits, block by block: `block` columns of B and `block` terms of the sums at a time, rows of B read along.
/// Sizes need not be multiples of `block`. What is in C before does not count.
///
/// Floating-point addition is not associative: the bits are equal only if each sum still runs by rising p.
pub fn blocked(a: &[f64], b: &[f64], c: &mut [f64], [m, k, n]: [usize; 3], block: usize) {
    todo!("loops over blocks of columns, blocks of terms, rows, terms, columns: which of them may change places?")
}
