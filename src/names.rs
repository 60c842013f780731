//! Enums whose variants have names, on the command line and in files: one table for reading, writing and listing.

/// Declares an enum with a name for each variant: `ALL` (a slice of all variants), `name`, `Display` and `FromStr`, whose error
/// names the setting and what it may be.
macro_rules! named {
    (
        $what:literal,
        $(#[$meta:meta])*
        $vis:vis enum $type:ident {
            $($(#[$variant_meta:meta])* $variant:ident = $name:literal),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $vis enum $type {
            $($(#[$variant_meta])* $variant),+
        }

        impl $type {
            /// All of them.
            pub const ALL: &'static [$type] = &[$($type::$variant),+];

            /// The name, on the command line and in files.
            pub const fn name(self) -> &'static str {
                match self {
                    $($type::$variant => $name),+
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::Error;

            fn from_str(name: &str) -> $crate::Result<Self> {
                $crate::names::find($what, name, Self::ALL.iter().map(|value| (value.name(), *value)))
            }
        }
    };
}
pub(crate) use named;

use crate::{Error, Result};

/// The value of that name, or an error that lists all names.
pub(crate) fn find<T>(what: &str, name: &str, all: impl Iterator<Item = (&'static str, T)> + Clone) -> Result<T> {
    all.clone().find(|(known, _)| *known == name).map(|(_, value)| value).ok_or_else(|| {
        let known: Vec<_> = all.map(|(known, _)| known).collect();
        Error::config(what).found(shown(name)).wanted(format!("one of {}", known.join(", ")))
    })
}

/// Refuses a name that cannot be shown on a terminal, nor stand in a model file.
#[cfg(feature = "store")]
pub(crate) fn showable(place: impl FnOnce() -> String, name: &str) -> Result<()> {
    match name.chars().any(char::is_control) {
        true => Err(Error::data(place()).found(shown(name)).wanted("a name without control characters")),
        false => Ok(()),
    }
}

/// Text from a file or the user, as it is shown in a message: quoted, and not too long.
pub(crate) fn shown(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{:?}...", &text[..end]),
        None => format!("{text:?}"),
    }
}
