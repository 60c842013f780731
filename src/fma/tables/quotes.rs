//! Where records end: line breaks outside quotes.
//!
//! As in RFC 4180, and as pandas writes: a quote opens a field as its first character, and closes it where it is not written
//! twice; after that comes a comma or the end of the line. A quote within a field that none has opened is text. Lines
//! end in LF or CR LF. What is otherwise is refused, rather than read in one of several ways: a quote that is missing
//! moves all cells behind it.

/// What was seen of some bytes.
#[derive(Debug, PartialEq)]
pub(super) struct Scan {
    /// The end of the last whole record.
    pub end: usize,
    /// Where the quote stands that is still open at the end of the bytes.
    pub open: Option<usize>,
}

/// What cannot be: where, what was found and wanted, and the remedy.
#[derive(Debug, PartialEq)]
pub(super) struct Fault {
    pub at: usize,
    pub found: &'static str,
    pub wanted: &'static str,
    pub fix: &'static str,
}

enum State {
    /// At the first character of a field.
    Begin,
    Plain,
    Quoted,
    /// after a quote in a quoted field: its end, or the first half of a quote that belongs to it.
    Quote,
    Return,
}

/// Finds the end of the last record; `bytes` begin with a record.
pub(super) fn scan(bytes: &[u8]) -> Result<Scan, Fault> {
    let (mut state, mut end, mut opened) = (State::Begin, 0, 0);
    for (at, &byte) in bytes.iter().enumerate() {
        state = match (state, byte) {
            (State::Quoted, b'"') => State::Quote,
            (State::Quoted, _) | (State::Quote, b'"') => State::Quoted,
            (State::Return, b'\n') | (State::Begin | State::Plain | State::Quote, b'\n') => {
                end = at + 1;
                State::Begin
            }
            (State::Return, _) => {
                return Err(Fault {
                    at: at - 1,
                    found: "a carriage return without a line feed",
                    wanted: "lines that end in LF or CR LF",
                    fix: "save the table with the line ends of Unix or Windows",
                });
            }
            (_, b'\r') => State::Return,
            (_, b',') => State::Begin,
            (State::Begin, b'"') => {
                opened = at;
                State::Quoted
            }
            (State::Begin | State::Plain, _) => State::Plain,
            (State::Quote, _) => {
                return Err(Fault {
                    at: opened,
                    found: "a quoted field with text after its closing quote",
                    wanted: "a comma or the end of the line there",
                    fix: "a quote may be missing here; quotes inside a quoted field are written twice",
                });
            }
        };
    }
    Ok(Scan { end, open: matches!(state, State::Quoted).then_some(opened) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use csv::ReaderBuilder;
    use proptest::prelude::*;

    #[test]
    fn quotes_open_cells_and_nothing_else() {
        for (text, end, open) in [
            ("a,b\nc", 4, None),
            ("\"a\nb\",c\r\nd", 9, None),
            ("\"a\"\"\n\"\"\"\n", 9, None),
            ("5\" vinyl\nx\n", 11, None),
            ("a\n\"b\nc\n", 2, Some(2)),
            ("a\r", 0, None),
        ] {
            assert_eq!(scan(text.as_bytes()), Ok(Scan { end, open }), "{text:?}");
        }
        for (text, at) in [("a\rb\n", 1), ("a,\r\r\n", 2), ("a\n1,\"b\n2,\"c\"\n", 4), ("\"a\"b\n", 0)] {
            assert_eq!(scan(text.as_bytes()).unwrap_err().at, at, "{text:?}");
        }
    }

    proptest! {
        /// Cut where the scan says, a text is read as it is in one piece.
        #[test]
        fn records_are_those_of_the_csv_reader(text in "[a,\"\n\r]{0,24}") {
            let records = |text: &str| -> Vec<Vec<String>> {
                let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
                reader.into_records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect()
            };
            if let Ok(Scan { end, .. }) = scan(text.as_bytes()) {
                let parts = [records(&text[..end]), records(&text[end..])].concat();
                prop_assert_eq!(parts, records(&text));
            }
        }
    }
}
