//! Text escaped for XML, and numbers as people read them.

use std::borrow::Cow;

/// `text` without the characters that XML cannot hold at all, escaped or not.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    let forbidden = |c: char| (c.is_control() && !matches!(c, '\t' | '\n')) || matches!(c, '\u{FFFE}' | '\u{FFFF}');
    if text.contains(forbidden) { text.replace(forbidden, "\u{FFFD}").into() } else { text.into() }
}

/// `text` as content of an element or, in double quotes, of an attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// A count with a comma after every three digits.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// "1 epoch", "2 epochs".
pub(crate) fn plural(n: usize, noun: &str) -> String {
    format!("{} {noun}{}", count(n as u64), if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_markup() {
        assert_eq!(escape("R&B <\"'>"), "R&amp;B &lt;&quot;&#39;&gt;");
        assert_eq!(escape("a\0b\u{1b}c\u{FFFE}"), "a\u{FFFD}b\u{FFFD}c\u{FFFD}");
    }

    #[test]
    fn numbers_are_grouped() {
        let counts = [0, 999, 1_000, 2_122_800].map(count);
        assert_eq!(counts, ["0", "999", "1,000", "2,122,800"]);
        assert_eq!((plural(1, "epoch"), plural(0, "epoch")), ("1 epoch".into(), "0 epochs".into()));
    }
}
