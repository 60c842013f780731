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
    c.fill(0.0);
    for j0 in (0..n).step_by(block) {
        let columns = j0..n.min(j0 + block);
        for p0 in (0..k).step_by(block) {
            for i in 0..m {
                let row = &mut c[i * n..][columns.clone()];
                for p in p0..k.min(p0 + block) {
                    let a = a[i * k + p];
                    row.iter_mut().zip(&b[p * n..][columns.clone()]).for_each(|(c, b)| *c += a * b);
                }
            }
        }
    }
}
