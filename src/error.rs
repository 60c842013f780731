//! The one error of the crate: its place, what was found, what was wanted, and the remedy.

use std::fmt;
use std::ops::RangeBounds;

/// The result of everything in this crate that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What sort of thing went wrong, for programs that decide; people read the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Shapes of layers or arrays do not fit together.
    Shape,
    /// A table, an archive or a model file does not hold what it should.
    Data,
    /// A setting is out of its range, or two settings contradict each other.
    Config,
    /// The operating system refused to read or write.
    Io,
    /// A value stopped being finite.
    NonFinite,
}

/// An error that names the place, what was found, what was wanted and what to do.
///
/// ```
/// use tonegrad::Error;
/// let e = Error::shape("layer 8, dense").found("input (126, 128)").wanted("a vector").fix("add Flatten before it");
/// assert_eq!(e.to_string(), "layer 8, dense: found input (126, 128), wanted a vector; add Flatten before it");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<Fields>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Fields {
    kind: ErrorKind,
    place: String,
    found: String,
    wanted: String,
    fix: String,
}

impl Error {
    fn new(kind: ErrorKind, place: impl Into<String>) -> Self {
        let (found, wanted, fix) = Default::default();
        Error(Box::new(Fields { kind, place: place.into(), found, wanted, fix }))
    }

    /// Shapes that do not fit; `place` is the layer or operation.
    pub fn shape(place: impl Into<String>) -> Self {
        Self::new(ErrorKind::Shape, place)
    }

    /// Data that is not as it should be; `place` is file, line and column.
    pub fn data(place: impl Into<String>) -> Self {
        Self::new(ErrorKind::Data, place)
    }

    /// A setting out of range; `place` is the setting.
    pub fn config(place: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, place)
    }

    /// A value that is not finite; `place` is the epoch, batch and layer.
    pub fn non_finite(place: impl Into<String>) -> Self {
        Self::new(ErrorKind::NonFinite, place)
    }

    /// What the operating system said about `place`, usually a path.
    pub fn io(place: impl fmt::Display, error: &std::io::Error) -> Self {
        Self::new(ErrorKind::Io, place.to_string()).found(error.to_string())
    }

    /// Adds the place, where the code that found the error did not know it.
    pub(crate) fn at(mut self, place: impl Into<String>) -> Self {
        self.0.place = place.into();
        self
    }

    /// Adds the place around that which the code that found the error knew: `layer 3, residual, layer 1, dense`.
    pub(crate) fn under(self, place: &str) -> Self {
        let place = if self.0.place.is_empty() { place.to_owned() } else { format!("{place}, {}", self.0.place) };
        self.at(place)
    }

    /// Adds the file around the place, where the code that found the error did not know it.
    #[cfg(feature = "store")]
    pub(crate) fn within(self, file: &str) -> Self {
        match self.0.place.starts_with(file) {
            true => self,
            false => {
                let place = format!("{file}, {}", self.0.place);
                self.at(place)
            }
        }
    }

    /// What was there.
    pub fn found(mut self, found: impl Into<String>) -> Self {
        self.0.found = found.into();
        self
    }

    /// What should have been there.
    pub fn wanted(mut self, wanted: impl Into<String>) -> Self {
        self.0.wanted = wanted.into();
        self
    }

    /// What the reader of the message can do about it.
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.0.fix = fix.into();
        self
    }

    /// Refuses a setting that lies outside of `range`, as NaN always does.
    pub(crate) fn unless(place: &str, value: f64, range: impl RangeBounds<f64>, wanted: &str) -> Result<()> {
        match range.contains(&value) {
            true => Ok(()),
            false => Err(Self::config(place).found(value.to_string()).wanted(wanted)),
        }
    }

    /// What sort of error this is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Fields { place, found, wanted, fix, .. } = &*self.0;
        write!(f, "{}", Visible(place))?;
        let mut mark = ": ";
        for (word, text) in [("found ", found), ("wanted ", wanted)] {
            if !text.is_empty() {
                write!(f, "{mark}{word}{}", Visible(text))?;
                mark = ", ";
            }
        }
        if !fix.is_empty() {
            write!(f, "; {fix}")?;
        }
        Ok(())
    }
}

/// Text of any origin, its control characters escaped: in a terminal they could hide the rest of a message, or change it.
struct Visible<'a>(&'a str);

impl fmt::Display for Visible<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0
            .chars()
            .try_for_each(|c| if c.is_control() { write!(f, "{}", c.escape_default()) } else { write!(f, "{c}") })
    }
}

impl std::error::Error for Error {}
