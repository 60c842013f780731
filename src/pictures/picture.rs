//! A picture: what it shows, in words, in lines and in values.

use super::escape::escape;
use super::palette::{INK, PAPER};
use super::table::Table;
use crate::Result;
use crate::files::write_atomically;
use std::fmt::Write;
use std::path::Path;

/// A picture for a [`Page`](super::Page), or for a file of its own, with what it shows in words and its values in a
/// table, for a reader who cannot see it.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    title: String,
    description: String,
    /// Elements of an SVG, on `size` units of half a CSS pixel.
    drawing: String,
    size: (i32, i32),
    data: Table,
}

impl Picture {
    pub(crate) fn new(
        title: impl Into<String>,
        description: impl Into<String>,
        (size, drawing): ((i32, i32), String),
        data: Table,
    ) -> Self {
        Picture { title: title.into(), description: description.into(), drawing, size, data }
    }

    /// What it shows, in a few words.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What there is to see, in a sentence or two.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Another title, say with the name of a model in it.
    pub fn titled(self, title: impl Into<String>) -> Self {
        Picture { title: title.into(), ..self }
    }

    /// A whole SVG file, in the colours for white paper.
    pub fn to_svg(&self) -> String {
        let (w, h) = self.size;
        let size = format!(" width=\"{}\" height=\"{}\"", w as f64 / 2.0, h as f64 / 2.0);
        let paper = format!("<rect width=\"{w}\" height=\"{h}\" fill=\"{}\"/>", PAPER.hex());
        self.svg("picture", &size, &paper)
    }

    /// Writes [`Picture::to_svg`] into a file; its folder is made where there is none.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        write_atomically(path, self.to_svg().as_bytes())
    }

    /// A figure of a page; `id` is its own there.
    pub(super) fn to_html(&self, id: &str) -> String {
        let (title, description) = (escape(&self.title), escape(&self.description));
        let mut html = format!("<figure id=\"{id}\">\n<figcaption><b>{title}</b> {description}</figcaption>\n");
        // Below four fifths of their natural size, figures could not be read any more: the box scrolls instead.
        let css = |factor: f64| (f64::from(self.size.0) / 2.0 * factor) as i32;
        let style = format!(" style=\"min-width:{}px;max-width:{}px\"", css(0.8), css(1.4));
        let _ = write!(
            html,
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{title}\">{}</div>\n\
             <details><summary>Numbers of this picture</summary>\n{}</details>\n</figure>\n",
            self.svg(id, &style, ""),
            self.data.to_html()
        );
        html
    }

    fn svg(&self, id: &str, attributes: &str, background: &str) -> String {
        let ((w, h), ink) = (self.size, INK.hex());
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\"{attributes} font-family=\"sans-serif\" \
             fill=\"{ink}\" role=\"img\" aria-labelledby=\"{id}-title\" aria-describedby=\"{id}-desc\">\n\
             <title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-desc\">{}</desc>{background}{}</svg>\n",
            escape(&self.title),
            escape(&self.description),
            self.drawing
        )
    }
}
