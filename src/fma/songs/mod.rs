//! A folder of music as FMA's tables: from songs to `features.csv` and `tracks.csv`, which everything else here reads.
//!
//! | file | idea |
//! |---|---|
//! | `walk` | the songs in a folder |
//! | `extract` | one song: its features, its tags, its fingerprint |
//! | `journal` | what was found so far, a line a song, so that a run that was killed goes on |
//! | `tables` | the two tables of a journal, in FMA's layout |
//! | `model` | the columns that a trained network wants |

mod extract;
mod journal;
mod model;
mod tables;
mod walk;

pub use extract::{Extracted, Settings, extract};
pub use journal::{Journal, Record};
pub use model::{FeatureChoice, choice};
pub use tables::{ArtistFrom, GenreFrom, Names, Written, features_header, features_row, write_tables};
pub use walk::songs;
