//! Data leakage: which test rows descend from training rows where a table was balanced before its split.

use super::smote::Parents;
use crate::data::{Partition, Parts};
use crate::names::named;
use std::collections::HashSet;

/// The lineage of a balanced table: real rows first, then synthetic ones, each with its parents among the real ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Lineage {
    real: usize,
    parents: Vec<Parents>,
}

named! {
    "origin",
    /// Where a test row comes from, as seen from the training part.
    #[derive(PartialOrd, Ord)]
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
    pub enum Origin {
        /// A real row, no parent of anything that was trained on.
        Real = "real",
        /// A real row that is a parent of a synthetic one that was trained on.
        Parent = "real, parent of a trained row",
        /// A synthetic row of which neither parent was trained on, nor a child of either.
        Stranger = "synthetic, no trained parent",
        /// A synthetic row of which neither parent was trained on, but another child of one.
        Sibling = "synthetic, a trained sibling",
        /// A synthetic row of which one parent was trained on.
        OneParent = "synthetic, one trained parent",
        /// A synthetic row between two that were trained on.
        BothParents = "synthetic, both parents trained",
    }
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

    /// Where each test row comes from, in their order. The parts are those of this table.
    pub fn origins(&self, rows: &Partition) -> Vec<Origin> {
        let trained: HashSet<usize> = rows.train.iter().copied().collect();
        let parents = |row: usize| self.parents(row).map(|p| [p.row, p.neighbour]);
        let with_child: HashSet<usize> = rows.train.iter().filter_map(|&row| parents(row)).flatten().collect();
        let origin = |&row: &usize| match parents(row) {
            None if with_child.contains(&row) => Origin::Parent,
            None => Origin::Real,
            Some(parents) => match parents.iter().filter(|parent| trained.contains(parent)).count() {
                2 => Origin::BothParents,
                1 => Origin::OneParent,
                _ if parents.iter().any(|parent| with_child.contains(parent)) => Origin::Sibling,
                _ => Origin::Stranger,
            },
        };
        rows.test.iter().map(origin).collect()
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
        let parts = Parts::new(&rows, dealt).unwrap();
        let leaks = lineage.leak(&parts);
        let counted =
            Leak { rows: 5, synthetic: 3, one_parent_trained: 2, both_parents_trained: 1, parent_of_trained: 2 };
        assert_eq!(leaks, [counted, Leak::default()]);
        assert_eq!((leaks[0].synthetic_share(), leaks[1].synthetic_share()), (0.6, 0.0));
        // Tested are rows 2 and 3, whose child 7 was trained on, and the children of (0, 1), (1, 2) and (3, 2).
        let wanted = [Origin::Parent, Origin::Parent, Origin::BothParents, Origin::OneParent, Origin::Sibling];
        assert_eq!(lineage.origins(&parts.rows), wanted);
        let others = Partition { train: vec![4], valid: vec![1], test: vec![0, 5] };
        assert_eq!(lineage.origins(&others), [Origin::Real, Origin::Stranger]);
    }
}
