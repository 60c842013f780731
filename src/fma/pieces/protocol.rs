//! The split of pieces: along recordings, or as the similar projects do it, which flatters.

use crate::data::{Images, Partition, Parts};
use crate::names::named;
use crate::{Result, Seed};

named! {
    "protocol",
    /// How pieces are dealt to the parts.
    pub enum PieceProtocol {
        /// Groups stay together: whole recordings, or the last fifth of each.
        Grouped = "grouped",
        /// Four fifths at random for training, and one that chooses the epoch and is measured, too.
        Paper = "paper",
    }
}

impl PieceProtocol {
    /// What must be said before any figure.
    pub fn warning(self) -> Option<&'static str> {
        (self == PieceProtocol::Paper).then_some(
            "PAPER PROTOCOL: neighbouring seconds of one recording are in training and in the test, and the test part chose \
             the epoch. Figures are FLATTERED; --protocol grouped tells what a listener gets.",
        )
    }

    /// The parts of a set of pictures.
    ///
    /// # Errors
    /// When a part would be empty.
    pub fn split(self, images: &Images, seed: Seed) -> Result<Parts> {
        match self {
            PieceProtocol::Grouped => Parts::new(images.dataset(), images.partition(seed)),
            PieceProtocol::Paper => {
                let Partition { train, valid, test } = Partition::random(images.dataset().len(), seed);
                let mut measured = [valid, test].concat();
                measured.sort_unstable();
                Parts::ignoring_groups(images.dataset(), Partition { train, valid: measured.clone(), test: measured })
            }
        }
    }

    /// The split in words.
    pub fn describe(self, images: &Images) -> &'static str {
        match self {
            PieceProtocol::Grouped => images.describe_split(),
            PieceProtocol::Paper => "random, four fifths and one, which is the validation part as well",
        }
    }
}
