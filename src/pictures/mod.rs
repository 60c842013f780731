//! Pictures of runs, and the page that holds them: one HTML file for a browser, a phone, or paper.
//!
//! | file | idea |
//! |---|---|
//! | `curves` | loss and accuracy by epoch |
//! | `matrix` | the confusion matrix, in tracks and in per cent |
//! | `genres` | scores by genre; genres before and after balancing |
//! | `study` | models under both protocols |
//! | `lesson` | what balancing before the split gains, and why |
//! | `picture` | lines, words and numbers of one picture |
//! | `page`, `table` | text, tables and pictures in one file |
//! | `reports` | the pages of a run and of a study |
//! | `bars`, `panel` | bar charts |
//! | `canvas`, `palette`, `escape` | drawing, colours, literal text |
//! | `spread` | a figure over several seeds |
//!
//! ```
//! use tonegrad::pictures::{self, Page};
//! let page = Page::new("Balance").figure(pictures::balance(&["Folk", "Rock"], &[2, 9], &[9, 9]));
//! assert!(page.to_html().contains("<svg"));
//! ```

mod bars;
mod canvas;
mod curves;
mod escape;
mod genres;
mod lesson;
mod matrix;
mod page;
mod palette;
mod panel;
mod picture;
mod reports;
mod spread;
mod study;
mod table;

pub use curves::curves;
pub use genres::{balance, scores};
pub use lesson::{LessonRow, lesson};
pub use matrix::confusion;
pub use page::Page;
pub use picture::Picture;
pub use reports::{run_report, study_report};
pub use spread::Spread;
pub use study::{StudyRow, protocols, study_table};
pub use table::{Cell, Table};
