//! Music as pictures: pieces of recordings, each a spectrogram or a stretch of samples, and networks that look at them.
//!
//! | file | idea |
//! |---|---|
//! | [`front_end`] | from seconds of sound to the numbers that a network takes |
//! | [`sounds`] | a folder of music, one sub-folder a class, cut into pieces |
//! | [`synthesised`] | sounds that are made up, for machines without music |
//! | [`recipes`] | the networks of similar projects, and ours |
//! | [`protocol`] | the split: along recordings, or the similar projects', which flatters |
//! | [`vote`] | what the pieces of a recording say together |
//! | [`looks`] | what the network was shown, where it was wrong, and what it looks at |
//! | [`report`] | what a run leaves behind for other programs |

pub mod front_end;
pub mod looks;
pub mod protocol;
pub mod recipes;
pub mod report;
pub mod sounds;
pub mod synthesised;
pub mod vote;

pub use front_end::FrontEnd;
pub use looks::{Looks, Shown};
pub use protocol::PieceProtocol;
pub use recipes::PieceRecipe;
pub use report::PieceReport;
pub use vote::{Vote, votes};
