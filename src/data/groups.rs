//! Groups: rows that belong together, such as the tracks of an artist, and that no split may part.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// The group of each row: an artist, a song, a recording. A network that has trained on some rows of a group recognises
/// the others by what they share, a voice or a microphone, so a test part that shares groups with training flatters it.
///
/// A [`Dataset`](super::Dataset) that has groups keeps them through selections, and its splits and folds leave each
/// group on one side.
///
/// ```
/// use tonegrad::data::Groups;
/// let artists = Groups::of(["Ella", "Nina", "Ella", "Etta"]);
/// assert_eq!((artists.ids(), artists.count()), (&[0, 1, 0, 2][..], 3));
/// assert_eq!(artists.shared(&[0, 1], &[2, 3]), 0.5, "one of two test rows is by an artist of the training rows");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups(Vec<u32>);

impl Groups {
    /// Groups that are numbered already.
    pub fn new(ids: Vec<u32>) -> Groups {
        Groups(ids)
    }

    /// Rows of equal values are a group; groups are numbered in the order of their first rows.
    pub fn of<T: Hash + Eq>(values: impl IntoIterator<Item = T>) -> Groups {
        let mut numbers = HashMap::new();
        let number = |value| {
            let next = numbers.len() as u32;
            *numbers.entry(value).or_insert(next)
        };
        Groups(values.into_iter().map(number).collect())
    }

    /// The group of each row.
    pub fn ids(&self) -> &[u32] {
        &self.0
    }

    /// How many groups there are.
    pub fn count(&self) -> usize {
        self.0.iter().collect::<HashSet<_>>().len()
    }

    /// The groups of the rows named, in that order.
    ///
    /// # Panics
    /// When a row is out of range.
    pub fn select(&self, rows: &[usize]) -> Groups {
        Groups(rows.iter().map(|&row| self.0[row]).collect())
    }

    /// The share of the rows `test` whose group has a row in `train`; 0 of no rows.
    ///
    /// # Panics
    /// When a row is out of range.
    pub fn shared(&self, train: &[usize], test: &[usize]) -> f64 {
        let trained: HashSet<u32> = train.iter().map(|&row| self.0[row]).collect();
        let known = test.iter().filter(|&&row| trained.contains(&self.0[row])).count();
        known as f64 / test.len().max(1) as f64
    }

    /// The first group that has rows in two parts, given the part of each row; 0 is none.
    pub(super) fn parted(&self, part: &[usize]) -> Option<u32> {
        let mut first = HashMap::new();
        let mut placed = self.0.iter().zip(part).filter(|(_, part)| **part > 0);
        placed.find(|&(group, part)| *first.entry(group).or_insert(part) != part).map(|(group, _)| *group)
    }
}
