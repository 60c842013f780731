//! An HTML page in one file that holds everything: no network, no scripts.

use super::escape::escape;
use super::palette;
use super::{Picture, Table};
use crate::Result;
use crate::files::write_atomically;
use std::fmt::Write;
use std::path::Path;

/// A page of text, tables and pictures, built from the top down, and written as one HTML file.
///
/// It follows the reader's choice of light or dark, fits a phone, prints in light colours, and works without seeing it:
/// every picture has its description and a table of its values. All text is taken literally.
///
/// ```
/// use tonegrad::pictures::{Cell, Page, Table};
/// let page = Page::new("Two models")
///     .notice("SYNTHETIC data: figures say nothing about music.")
///     .paragraph("Neither has seen the test part.")
///     .heading("Results")
///     .table(Table::new("Accuracy", ["model", "test"]).row([Cell::from("R&B net"), Cell::score(0.5)]));
/// assert!(page.to_html().contains("R&amp;B net"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    title: String,
    notices: Vec<String>,
    body: String,
    figures: usize,
}

impl Page {
    /// An empty page with a title.
    pub fn new(title: impl Into<String>) -> Self {
        Page { title: title.into(), notices: Vec::new(), body: String::new(), figures: 0 }
    }

    /// A warning in red under the title, wherever it is added.
    pub fn notice(mut self, text: impl Into<String>) -> Self {
        self.notices.push(text.into());
        self
    }

    /// The heading of what follows.
    pub fn heading(mut self, text: &str) -> Self {
        let _ = writeln!(self.body, "<h2>{}</h2>", escape(text));
        self
    }

    /// A paragraph.
    pub fn paragraph(mut self, text: &str) -> Self {
        let _ = writeln!(self.body, "<p>{}</p>", escape(text));
        self
    }

    /// A table.
    pub fn table(mut self, table: Table) -> Self {
        self.body += &table.to_html();
        self
    }

    /// A picture with its caption.
    pub fn figure(self, picture: Picture) -> Self {
        self.figures([picture])
    }

    /// Pictures side by side, where there is room.
    pub fn figures(mut self, pictures: impl IntoIterator<Item = Picture>) -> Self {
        self.body += "<div class=\"figures\">\n";
        for picture in pictures {
            self.figures += 1;
            self.body += &picture.to_html(&format!("figure-{}", self.figures));
        }
        self.body += "</div>\n";
        self
    }

    /// The whole file. It is well-formed as XML, too.
    pub fn to_html(&self) -> String {
        let title = escape(&self.title);
        let mut notices = String::new();
        for notice in &self.notices {
            let _ = writeln!(notices, "<p class=\"notice\" role=\"note\">{}</p>", escape(notice));
        }
        // The policy holds the page to its word: a browser would refuse scripts and the network.
        format!(
            "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\"/>\n<title>{title}</title>\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
             <meta name=\"color-scheme\" content=\"light dark\"/>\n<style>\n{}{}</style>\n</head>\n\
             <body>\n<main>\n<h1>{title}</h1>\n{notices}{}</main>\n</body>\n</html>\n",
            palette::css(),
            include_str!("page.css"),
            self.body
        )
    }

    /// Writes the page; folders on the way are made.
    ///
    /// # Errors
    /// When the operating system refuses; what was there before is still there.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        write_atomically(path, self.to_html().as_bytes())
    }
}
