//! Drawing into a string: text, and the room it takes.
//!
//! The unit is half a CSS pixel, since the backend rounds to whole units and curves should not show it.

use super::escape::printable;
use super::palette::Colour;
use plotters::coord::Shift;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// What is drawn on.
pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// Whether it could be.
pub(super) type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// Usual text, 12 CSS pixels.
pub(super) const TEXT: i32 = 24;
/// Small text, 10 CSS pixels.
pub(super) const SMALL: i32 = 20;

/// Plotters divides the size of a font by this before it writes it down.
const FONT: f64 = 1.24;

/// Whether a value can be drawn. Plotters looks for round numbers on a scale, and on scales of astronomical length it never
/// finds them; no loss is that large unless training has gone wrong.
pub(super) fn drawable(value: f64) -> bool {
    value.abs() <= 1e12
}

/// What `picture` draws on `width` x `height` units: the elements, without the `<svg>` around them.
pub(super) fn draw((width, height): (i32, i32), picture: impl FnOnce(&Area) -> Drawn) -> String {
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, (width as u32, height as u32)).into_drawing_area();
    picture(&area).and_then(|()| area.present()).expect("a string takes whatever is drawn on it");
    drop(area);
    let inside = svg.split_once('>').map_or("", |(_, inside)| inside).trim_end().trim_end_matches("</svg>");
    // In text, quotation marks are escaped: these can only be attributes, and they say nothing.
    inside.replace(" opacity=\"1\"", "").replace(" font-family=\"sans-serif\"", "")
}

/// The style of text of a size in units.
pub(super) fn font(size: i32, colour: Colour) -> TextStyle<'static> {
    ("sans-serif", f64::from(size) * FONT).into_font().color(&colour.rgb())
}

/// Where a text lies: beside, or around, the point it is drawn at.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum At {
    Start,
    Middle,
    End,
    /// From below upwards, starting at the point.
    Upwards,
    /// From below upwards, around the point.
    UpwardsMiddle,
}

/// A style that puts text there, vertically centred on its point.
pub(super) fn put(style: TextStyle<'static>, at: At) -> TextStyle<'static> {
    let (h, upwards) = match at {
        At::Start => (HPos::Left, false),
        At::Middle => (HPos::Center, false),
        At::End => (HPos::Right, false),
        At::Upwards => (HPos::Left, true),
        At::UpwardsMiddle => (HPos::Center, true),
    };
    let style = style.pos(Pos::new(h, VPos::Center));
    if upwards { style.transform(FontTransform::Rotate270) } else { style }
}

/// Writes a line of text.
pub(super) fn write(area: &Area, text: &str, point: (i32, i32), style: TextStyle<'static>, at: At) -> Drawn {
    area.draw(&Text::new(printable(text).replace('\n', " "), point, put(style, at)))
}

/// About how wide a text is. There is no font to ask: the reader's machine chooses it.
pub(super) fn width(text: &str, size: i32) -> i32 {
    let ems: f64 = text.chars().map(em).sum();
    (ems * f64::from(size)).ceil() as i32
}

fn em(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '.' | ',' | '\'' | '|' => 0.35,
        'm' | 'w' | 'M' | 'W' | '%' => 0.95,
        'A'..='Z' => 0.7,
        // Chinese, Japanese, Korean and pictures fill a square.
        '\u{1100}'.. => 1.0,
        _ => 0.6,
    }
}

/// `text`, cut with an ellipsis where it is wider than `room`.
pub(super) fn fit(text: &str, size: i32, room: i32) -> String {
    if width(text, size) <= room {
        return text.to_string();
    }
    let (mut kept, mut ems) = (String::new(), em('\u{2026}'));
    for c in text.chars() {
        ems += em(c);
        if (ems * f64::from(size)).ceil() as i32 > room {
            break;
        }
        kept.push(c);
    }
    kept.trim_end().to_string() + "\u{2026}"
}

#[cfg(test)]
mod tests {
    use super::super::palette::INK;
    use super::*;

    #[test]
    fn a_string_holds_the_elements_alone() {
        let text = "R&B </svg> opacity=\"1\"\u{1}";
        let svg = draw((100, 50), |area| write(area, text, (10, 20), font(TEXT, INK), At::Start));
        assert!(svg.contains("R&amp;B &lt;/svg&gt; opacity=&quot;1&quot;\u{FFFD}"), "{svg}");
        assert!(svg.trim().starts_with("<text x=\"10\" y=\"20\"") && svg.trim().ends_with("</text>"), "{svg}");
        assert!(svg.contains("font-size=\"24\" fill=\"#1A1E23\""), "{svg}");
    }

    #[test]
    fn long_text_is_cut_to_its_room() {
        assert_eq!(fit("Rock", 20, 100), "Rock");
        let name = "Old-Time / Historic / Field recordings";
        let cut = fit(name, 20, 200);
        assert!(cut.ends_with('\u{2026}') && width(&cut, 20) <= 200, "{cut}");
        assert!(fit(name, 20, 0) == "\u{2026}");
    }
}
