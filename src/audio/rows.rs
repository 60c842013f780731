//! The values of a family over time: a row for each coefficient.

/// Rows of equal length, one value a frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    rows: Vec<Vec<f64>>,
}

impl Rows {
    /// So many empty rows.
    pub fn new(rows: usize) -> Rows {
        Rows { rows: vec![Vec::new(); rows] }
    }

    /// Adds the values of one frame.
    pub fn push(&mut self, values: impl IntoIterator<Item = f64>) {
        self.rows.iter_mut().zip(values).for_each(|(row, value)| row.push(value));
    }

    pub(super) fn into_rows(self) -> Vec<Vec<f64>> {
        self.rows
    }

    /// The rows.
    pub fn as_slice(&self) -> &[Vec<f64>] {
        &self.rows
    }

    /// How many frames there are.
    pub fn frames(&self) -> usize {
        self.rows.first().map_or(0, Vec::len)
    }

    /// The values of one frame.
    pub(super) fn frame<const N: usize>(&self, t: usize) -> [f64; N] {
        std::array::from_fn(|row| self.rows[row][t])
    }

    /// Replaces the values of one frame.
    pub(super) fn set<const N: usize>(&mut self, t: usize, values: [f64; N]) {
        self.rows.iter_mut().zip(values).for_each(|(row, value)| row[t] = value);
    }
}
