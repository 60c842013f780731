//! The pages that runs and studies leave behind: one HTML file each, for a browser, a phone, or paper.
//!
//! | file | idea |
//! |---|---|
//! | [`run`] | one run: its figures, its curves, its genres |
//! | `pieces` | with the feature `audio`: one run on pieces of recordings: examples, mistakes, votes, what the network looks at |
//! | `song` | with the feature `audio`: one song, its sound, its genre along time |
//! | [`study`] | a study: table, protocols side by side, the lesson, and what went into it |
//! | [`mod@comparison`] | models under two protocols, as a picture and as a table |
//! | [`mod@provenance`] | accuracy by where test rows come from |

pub mod comparison;
#[cfg(feature = "audio")]
pub mod pieces;
pub mod provenance;
pub mod run;
#[cfg(feature = "audio")]
pub mod song;
pub mod study;

pub use comparison::{ComparisonRow, comparison, comparison_table};
#[cfg(feature = "audio")]
pub use pieces::pieces_page;
pub use provenance::{ProvenanceRow, provenance};
pub use run::run_page;
#[cfg(feature = "audio")]
pub use song::{SongReport, song_page};
pub use study::{results_page, study_page};
