//! SMOTE's interpolation.

/// The `k` nearest neighbours of row `of` among all rows.
pub fn neighbours(rows: &[Vec<f64>], of: usize, k: usize) -> Vec<usize> {
    let distance = |row: usize| rows[of].iter().zip(&rows[row]).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
    let mut others: Vec<usize> = (0..rows.len()).filter(|&row| row != of).collect();
    // A stable sort leaves equals in their order.
    others.sort_by(|&a, &b| distance(a).total_cmp(&distance(b)));
    others.truncate(k);
    others
}

/// A child of two parents. `random` gives a number from 0 to 1, another one each time it is called.
pub fn child(a: &[f64], b: &[f64], random: &mut impl FnMut() -> f64) -> Vec<f64> {
    // One for all features: with one for each, the child would lie anywhere in a box around the segment.
    let u = random();
    a.iter().zip(b).map(|(a, b)| a + u * (b - a)).collect()
}
