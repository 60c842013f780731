//! Tables of a page: text to the left, numbers to the right.

use super::escape::{count, escape};
use crate::metrics::Spread;
use std::fmt::Write;

/// A table of a page. A number in a cell is right-aligned, text is not.
///
/// ```
/// use tonegrad::pictures::{Cell, Table};
/// let table = Table::new("Results", ["model", "parameters", "accuracy"])
///     .row([Cell::from("softmax"), Cell::from(8_304_usize), Cell::score(0.64)])
///     .row([Cell::from("genre CNN"), Cell::from(2_122_800_usize), Cell::score(0.67)]);
/// # let _ = table;
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    caption: String,
    head: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

/// What stands in a cell of a [`Table`].
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    text: String,
    number: bool,
    faint: bool,
}

impl Cell {
    /// A number that is already written out; right-aligned.
    pub fn number(text: impl Into<String>) -> Self {
        Cell { text: text.into(), number: true, faint: false }
    }

    /// A score or a loss, with four decimals; `NaN` and infinity are shown as such.
    pub fn score(value: f64) -> Self {
        Cell::number(format!("{value:.4}"))
    }

    /// A share, in per cent with one decimal.
    pub fn percent(share: f64) -> Self {
        Cell::number(format!("{:.1}\u{202F}%", 100.0 * share))
    }

    /// In grey: too little stands behind it.
    pub fn faint(self) -> Self {
        Cell { faint: true, ..self }
    }

    /// No value: a dash.
    pub fn none() -> Self {
        Cell::number("\u{2013}")
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell { text: text.into(), number: false, faint: false }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell { text, number: false, faint: false }
    }
}

impl From<u64> for Cell {
    fn from(n: u64) -> Self {
        Cell::number(count(n))
    }
}

impl From<usize> for Cell {
    fn from(n: usize) -> Self {
        Cell::from(n as u64)
    }
}

impl From<Spread> for Cell {
    fn from(spread: Spread) -> Self {
        Cell::number(spread.to_string())
    }
}

/// A dash where there is nothing.
impl<C: Into<Cell>> From<Option<C>> for Cell {
    fn from(cell: Option<C>) -> Self {
        cell.map_or_else(Cell::none, Into::into)
    }
}

impl Table {
    /// An empty table with a caption and the heads of its columns.
    pub fn new<H: Into<String>>(caption: impl Into<String>, head: impl IntoIterator<Item = H>) -> Self {
        Table { caption: caption.into(), head: head.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// Adds a row; its first cell names it. Cells that are missing stay empty, those beyond the last head are left out.
    pub fn row(mut self, cells: impl IntoIterator<Item = Cell>) -> Self {
        let cells = cells.into_iter().chain(std::iter::repeat_with(|| Cell::from("")));
        self.rows.push(cells.take(self.head.len()).collect());
        self
    }

    /// Adds a row for each of several.
    pub fn rows<R: IntoIterator<Item = Cell>>(self, rows: impl IntoIterator<Item = R>) -> Self {
        rows.into_iter().fold(self, Table::row)
    }

    /// In a box that scrolls sideways where the page is too narrow; a keyboard reaches it too.
    pub(super) fn to_html(&self) -> String {
        let (caption, mut html) = (escape(&self.caption), String::new());
        let class = |number: bool, faint: bool| match (number, faint) {
            (false, false) => "",
            (true, false) => " class=\"n\"",
            (false, true) => " class=\"faint\"",
            (true, true) => " class=\"n faint\"",
        };
        let _ = write!(
            html,
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{caption}\">\
             <table><caption>{caption}</caption>\n<thead><tr>"
        );
        for (i, head) in self.head.iter().enumerate() {
            let numbers = !self.rows.is_empty() && self.rows.iter().all(|row| row[i].number);
            let _ = write!(html, "<th scope=\"col\"{}>{}</th>", class(numbers, false), escape(head));
        }
        html.push_str("</tr></thead>\n<tbody>\n");
        for row in &self.rows {
            html.push_str("<tr>");
            for (i, Cell { text, number, faint }) in row.iter().enumerate() {
                let (open, close) = if i == 0 { ("th scope=\"row\"", "th") } else { ("td", "td") };
                let _ = write!(html, "<{open}{}>{}</{close}>", class(*number, *faint), escape(text));
            }
            html.push_str("</tr>\n");
        }
        html + "</tbody></table></div>\n"
    }
}
