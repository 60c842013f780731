//! Data leakage: which test rows descend from training rows where a table was balanced before its split.

use super::smote::Parents;
use crate::data::Parts;
use std::collections::HashSet;

/// The lineage of a balanced table: real rows first, then synthetic ones, each with its parents among the real ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Lineage {
    real: usize,
    parents: Vec<Parents>,
}

/// Data leakage in a class: what its test rows owe to the training part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Leak {
    /// Test rows.
    pub rows: usize,
    /// Those that are synthetic.
    pub synthetic: usize,
    /// Synthetic ones of which one parent at least was trained on.
    pub one_parent_trained: usize,
    /// Synthetic ones of which both parents were trained on.
    pub both_parents_trained: usize,
    /// Real ones that are parent of a synthetic row that was trained on.
    pub parent_of_trained: usize,
}

impl Leak {
    /// The share of the test rows that are synthetic.
    pub fn synthetic_share(&self) -> f64 {
        self.synthetic as f64 / self.rows.max(1) as f64
    }

    /// Of the synthetic test rows, the share with a parent in the training part at least.
    pub fn parent_share(&self) -> f64 {
        self.one_parent_trained as f64 / self.synthetic.max(1) as f64
    }

    /// Of the synthetic test rows, the share with both parents in the training part.
    pub fn both_share(&self) -> f64 {
        self.both_parents_trained as f64 / self.synthetic.max(1) as f64
    }

    /// Of all test rows, the share that training has met: children of training rows, and parents of them.
    pub fn met_share(&self) -> f64 {
        (self.one_parent_trained + self.parent_of_trained) as f64 / self.rows.max(1) as f64
    }
}

impl std::ops::Add for Leak {
    type Output = Leak;

    fn add(self, other: Leak) -> Leak {
        Leak {
            rows: self.rows + other.rows,
            synthetic: self.synthetic + other.synthetic,
            one_parent_trained: self.one_parent_trained + other.one_parent_trained,
            both_parents_trained: self.both_parents_trained + other.both_parents_trained,
            parent_of_trained: self.parent_of_trained + other.parent_of_trained,
        }
    }
}

impl Lineage {
    /// `real` rows, then a synthetic one for each of `parents`.
    pub fn new(real: usize, parents: Vec<Parents>) -> Self {
        Lineage { real, parents }
    }

    /// The parents of a row; `None` for a real one.
    pub fn parents(&self, row: usize) -> Option<&Parents> {
        self.parents.get(row.checked_sub(self.real)?)
    }

    /// What leaked from the training part into the test part, for each class. The parts are those of this table.
    pub fn leak(&self, parts: &Parts) -> Vec<Leak> {
        let train = &parts.rows.train;
        let trained: HashSet<usize> = train.iter().copied().collect();
        let parents_of_trained: HashSet<usize> =
            train.iter().filter_map(|&row| self.parents(row)).flat_map(|p| [p.row, p.neighbour]).collect();
        let mut leaks = vec![Leak::default(); parts.test.classes().len()];
        for (&row, &class) in parts.rows.test.iter().zip(parts.test.y()) {
            let leak = &mut leaks[class];
            leak.rows += 1;
            if let Some(p) = self.parents(row) {
                let known = [p.row, p.neighbour].map(|parent| usize::from(trained.contains(&parent)));
                leak.synthetic += 1;
                leak.one_parent_trained += known[0] | known[1];
                leak.both_parents_trained += known[0] & known[1];
            } else {
                leak.parent_of_trained += usize::from(parents_of_trained.contains(&row));
            }
        }
        leaks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Dataset;
    use crate::data::Partition;

    #[test]
    fn a_leak_is_counted_from_both_sides() {
        let child = |row, neighbour| Parents { row, neighbour, u: 0.5 };
        // Four real rows of class 0 and one of class 1, then children of (0, 1), (1, 2), (2, 3), (3, 2).
        let lineage = Lineage::new(5, vec![child(0, 1), child(1, 2), child(2, 3), child(3, 2)]);
        let rows = Dataset::new(ndarray::Array2::zeros((9, 1)), vec![0, 0, 0, 0, 1, 0, 0, 0, 0], ["a", "b"]).unwrap();
        let dealt = Partition { train: vec![0, 1, 7], valid: vec![4], test: vec![2, 3, 5, 6, 8] };
        let leaks = lineage.leak(&Parts::new(&rows, dealt).unwrap());
        let counted =
            Leak { rows: 5, synthetic: 3, one_parent_trained: 2, both_parents_trained: 1, parent_of_trained: 2 };
        assert_eq!(leaks, [counted, Leak::default()]);
        assert_eq!((leaks[0].synthetic_share(), leaks[0].met_share()), (0.6, 0.8));
        assert_eq!((leaks[1].synthetic_share(), leaks[1].met_share()), (0.0, 0.0));
    }
}
