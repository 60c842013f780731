//! A study of many models on the same tables, prepared honestly and as in the paper, over several seeds.
//!
//! | file | idea |
//! |---|---|
//! | [`entrant`] | the models that take part, by name, with their settings and what was published |
//! | [`treatment`] | a protocol and a way to balance |
//! | [`runner`] | model by model, seed by seed, each result kept as soon as it is there |
//! | [`outcome`] | what one fit came to |
//! | [`results`] | the outcomes on disk, from which an interrupted study goes on |
//! | [`aggregate`] | means and standard deviations over the seeds |
//! | [`sureness`] | intervals, and which differences are sure |
//! | [`causes`] | accuracy by where test rows come from, the control, the prior |
//! | [`lesson`] | what SMOTE before the split gains, and where it comes from |

pub mod aggregate;
pub mod causes;
pub mod entrant;
mod fingerprint;
pub mod lesson;
pub mod outcome;
pub mod results;
pub mod runner;
pub mod sureness;
pub mod treatment;

pub use aggregate::StudyRow;
pub use entrant::{Changes, Entrant};
pub use lesson::Lesson;
pub use outcome::{Outcome, Scores, Tested};
pub use results::Results;
pub use runner::{Study, Task};
pub use treatment::Treatment;
