//! Charts of runs (learning curves, confusion matrices, bars), and the HTML page that holds them, for a browser, a
//! phone, or paper.
//!
//! | file | idea |
//! |---|---|
//! | `chart` | lines and points: numbers against numbers |
//! | `heatmap` | a table of values, the larger the darker |
//! | `curves` | learning curves: loss and accuracy by epoch |
//! | `matrix` | the confusion matrix, in tracks and in per cent |
//! | `classes` | scores by class; classes before and after balancing |
//! | `reliability` | how often a model is right, by how sure it is |
//! | `graph` | the graph of a computation, with values and gradients |
//! | `picture` | lines, words and values of one picture |
//! | `page`, `table` | text, tables and pictures in one file |
//! | `bars`, `panel`, `scale` | bar charts |
//! | `axis`, `plane` | scales with their ticks, and what lies between them |
//! | `canvas`, `palette`, `escape` | drawing, colours, literal text |
//!
//! ```
//! use tonegrad::pictures::{self, Page};
//! let page = Page::new("Balance").figure(pictures::balance(&["Folk", "Rock"], &[2, 9], &[9, 9]));
//! assert!(page.to_html().contains("<svg"));
//! ```

mod axis;
pub(crate) mod bars;
mod canvas;
mod chart;
mod classes;
mod curves;
pub(crate) mod escape;
mod graph;
pub(crate) mod heatmap;
mod matrix;
mod page;
pub(crate) mod palette;
pub(crate) mod panel;
mod picture;
mod plane;
mod reliability;
mod scale;
mod table;

pub use chart::Chart;
pub use classes::{balance, scores};
pub use curves::curves;
pub use graph::graph;
pub use heatmap::Heatmap;
pub use matrix::confusion;
pub use page::Page;
pub use picture::Picture;
pub use reliability::reliability;
pub use table::{Cell, Table};
