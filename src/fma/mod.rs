//! Music genre classification from the features of the Free Music Archive (FMA): everything that knows about music.
//!
//! | file | idea |
//! |---|---|
//! | [`tables`] | FMA's tables, from a folder or from its zip archive |
//! | [`synthetic`] | tables in FMA's layout and proportions, for machines without the download |
//! | [`series`] | columns as what they are: series of coefficients, each by its moments over time |
//! | [`split`] | random, stratified, by artist, official |
//! | [`protocol`] | split first and balance then, or the paper's order, which leaks |
//! | [`networks`] | the paper's networks, its predecessors', and ours |
//! | `recipe` | a network with its hyperparameters, trained once or as an ensemble |
//! | [`recipes`] | networks with all that it takes to train them again |
//! | [`spectrograms`] | networks of two similar projects, which learn from spectrograms |
//! | `card` | a model file's card for FMA's columns |
//! | [`report`] | what a run leaves behind for other programs: `report.json` |
//! | `songs` | with the feature `audio`: a folder of music as FMA's tables |
//! | `pieces` | with the feature `audio`: pieces of recordings as pictures, and networks that look at them |
//! | [`study`] | every model on the same tables, prepared honestly and as in the paper |
//! | [`pages`] | the pages of runs and studies |

mod card;
pub mod networks;
pub mod pages;
#[cfg(feature = "audio")]
pub mod pieces;
pub mod protocol;
mod recipe;
pub mod recipes;
pub mod report;
pub mod series;
#[cfg(feature = "audio")]
pub mod songs;
pub mod spectrograms;
pub mod split;
pub mod study;
pub mod synthetic;
pub mod tables;

pub use card::{card, columns};
pub use protocol::{Balance, Preparation, Prepared, Protocol, Space};
pub use series::Series;
pub use split::{Split, official};
pub use tables::{Column, Dropped, FeatureRows, Fma, FmaReader, LeftOut, Set, Subset, Unusable, each_row, each_row_of};
