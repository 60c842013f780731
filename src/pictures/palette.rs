//! The palette of colours: drawn as they look on white paper, and looked up by the page's style sheet where the reader
//! prefers dark.
//!
//! A picture names its colours in plain hexadecimal, so that it stands alone as an SVG file. On a page, a rule for each
//! colour replaces it by a custom property, which has two values. Series keep apart for colour-blind readers too (hues after
//! Okabe and Ito, darkened where they would be faint on white), and differ in shape or order besides.

use plotters::style::RGBColor;
use std::fmt::Write;

/// One colour on white paper and on a dark screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Colour {
    name: &'static str,
    light: u32,
    dark: u32,
}

const fn colour(name: &'static str, light: u32, dark: u32) -> Colour {
    Colour { name, light, dark }
}

pub(crate) const PAPER: Colour = colour("paper", 0xFFFFFF, 0x14181D);
pub(crate) const INK: Colour = colour("ink", 0x1A1E23, 0xE8EBEE);
pub(crate) const MUTED: Colour = colour("muted", 0x555E68, 0xA4ADB7);
pub(crate) const GRID: Colour = colour("grid", 0xD5DAE0, 0x39424C);
/// Cells of a matrix, more or less opaque; [`INK`] stays readable on it.
pub(crate) const HEAT: Colour = colour("heat", 0x58AFE2, 0x14608F);
pub(crate) const BLUE: Colour = colour("blue", 0x0067A8, 0x6CBBF0);
pub(crate) const ORANGE: Colour = colour("orange", 0xC75300, 0xF59A4A);
pub(crate) const GREEN: Colour = colour("green", 0x008A66, 0x35C79B);
pub(crate) const PURPLE: Colour = colour("purple", 0xA24C86, 0xE3A3CD);
/// Behind warnings, with [`PAPER`] as text.
pub(crate) const ALARM: Colour = colour("alarm", 0xB3261E, 0xFF9A90);

const ALL: [Colour; 10] = [PAPER, INK, MUTED, GRID, HEAT, BLUE, ORANGE, GREEN, PURPLE, ALARM];

impl Colour {
    /// As it is drawn.
    pub fn rgb(self) -> RGBColor {
        let [_, r, g, b] = self.light.to_be_bytes();
        RGBColor(r, g, b)
    }

    /// As it stands in a file.
    pub fn hex(self) -> String {
        format!("#{:06X}", self.light)
    }
}

/// The custom properties of both schemes, and the rules that lead from a drawn colour to its property.
pub(crate) fn css() -> String {
    let mut css = String::new();
    let mut scheme = |open: &str, value: fn(&Colour) -> u32, close: &str| {
        css.push_str(open);
        for c in &ALL {
            let _ = write!(css, "--{}:#{:06X};", c.name, value(c));
        }
        css.push_str(close);
    };
    scheme(":root{", |c| c.light, "}\n");
    scheme("@media screen and (prefers-color-scheme:dark){:root{", |c| c.dark, "}}\n");
    for Colour { name, light, .. } in ALL {
        for property in ["fill", "stroke"] {
            let _ = writeln!(css, "svg [{property}=\"#{light:06X}\"]{{{property}:var(--{name})}}");
        }
    }
    css
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance, WCAG 2.
    fn luminance(colour: [f64; 3]) -> f64 {
        let linear = |c: f64| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
        colour.map(linear).iter().zip([0.2126, 0.7152, 0.0722]).map(|(c, w)| c * w).sum()
    }

    fn channels(colour: u32) -> [f64; 3] {
        let [_, r, g, b] = colour.to_be_bytes();
        [r, g, b].map(|c| f64::from(c) / 255.0)
    }

    fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// Text wants 4.5, shapes want 3 (WCAG 2, success criteria 1.4.3 and 1.4.11).
    #[test]
    fn everything_is_readable_in_both_schemes() {
        for value in [|c: Colour| channels(c.light), |c: Colour| channels(c.dark)] {
            for text in [INK, MUTED] {
                assert!(contrast(value(text), value(PAPER)) >= 4.5, "{text:?}");
            }
            assert!(contrast(value(PAPER), value(ALARM)) >= 4.5);
            for shape in [BLUE, ORANGE, GREEN, PURPLE] {
                assert!(contrast(value(shape), value(PAPER)) >= 3.0, "{shape:?}");
            }
            for opacity in (0..=10).map(|tenth| f64::from(tenth) / 10.0) {
                let blend = [0, 1, 2].map(|i| opacity * value(HEAT)[i] + (1.0 - opacity) * value(PAPER)[i]);
                assert!(contrast(value(INK), blend) >= 4.5, "a cell of opacity {opacity}");
            }
        }
    }

    #[test]
    fn a_drawn_colour_leads_to_one_property() {
        let mut drawn: Vec<_> = ALL.iter().map(|c| c.light).collect();
        drawn.sort();
        drawn.dedup();
        assert_eq!(drawn.len(), ALL.len());
        assert!(css().contains("svg [stroke=\"#0067A8\"]{stroke:var(--blue)}"));
    }
}
