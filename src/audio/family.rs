//! The eleven families of features, and the 518 columns that FMA's table has of them.

use super::statistics::Statistic;
use crate::names::named;

named! {
    "family",
    /// A family of features. The order is that of FMA's columns.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum Family {
        /// Pitch classes, without loudness and ornaments: 12.
        ChromaCens = "chroma_cens",
        /// Pitch classes, from the constant-Q transform: 12.
        ChromaCqt = "chroma_cqt",
        /// Pitch classes, from the short-time Fourier transform: 12.
        ChromaStft = "chroma_stft",
        /// The shape of the spectrum: 20 cepstral coefficients.
        Mfcc = "mfcc",
        /// Loudness.
        Rmse = "rmse",
        /// How far the spectrum scatters.
        SpectralBandwidth = "spectral_bandwidth",
        /// Brightness.
        SpectralCentroid = "spectral_centroid",
        /// Peaks over valleys in 7 bands.
        SpectralContrast = "spectral_contrast",
        /// Where 85 % of the spectrum lie below.
        SpectralRolloff = "spectral_rolloff",
        /// Six coordinates of harmony.
        Tonnetz = "tonnetz",
        /// Zero crossings.
        Zcr = "zcr",
    }
}

impl Family {
    /// Coefficients, each a row of values over time.
    pub const fn coefficients(self) -> usize {
        match self {
            Family::ChromaCens | Family::ChromaCqt | Family::ChromaStft => 12,
            Family::Mfcc => 20,
            Family::SpectralContrast => 7,
            Family::Tonnetz => 6,
            _ => 1,
        }
    }
}

/// A column of FMA's table: family, statistic, and the coefficient, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Column {
    /// The family.
    pub family: Family,
    /// The moment over time.
    pub statistic: Statistic,
    /// Which of the family's coefficients, from 1 on. Tables write two digits.
    pub number: usize,
}

/// The 518 columns, sorted by family, statistic and number as FMA's table is.
///
/// ```
/// let columns = tonegrad::audio::columns();
/// assert_eq!(columns.len(), 518);
/// assert_eq!(columns[0].to_string(), "chroma_cens/kurtosis/01");
/// assert_eq!(columns[517].to_string(), "zcr/std/01");
/// ```
pub fn columns() -> Vec<Column> {
    let of = |family: Family, statistic: Statistic| {
        (1..=family.coefficients()).map(move |number| Column { family, statistic, number })
    };
    let family = |family: Family| Statistic::ALL.iter().flat_map(move |&statistic| of(family, statistic));
    Family::ALL.iter().flat_map(|&f| family(f)).collect()
}

impl std::fmt::Display for Column {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{}/{}/{:02}", self.family, self.statistic, self.number)
    }
}

/// Which families are wanted: nothing else is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Families(u16);

impl Families {
    /// All eleven.
    pub fn all() -> Families {
        Families::of(Family::ALL.iter().copied())
    }

    /// Some of them.
    pub fn of(families: impl IntoIterator<Item = Family>) -> Families {
        Families(families.into_iter().fold(0, |all, family| all | 1 << family as u16))
    }

    /// Whether a family is among them.
    pub fn has(self, family: Family) -> bool {
        self.0 & 1 << family as u16 != 0
    }

    fn has_any(self, families: &[Family]) -> bool {
        families.iter().any(|&family| self.has(family))
    }

    /// Whether the constant-Q transform is needed.
    pub(super) fn wants_cqt(self) -> bool {
        self.has_any(&[Family::ChromaCqt, Family::ChromaCens, Family::Tonnetz])
    }

    /// Whether a tuning is needed, which is known only after the whole song.
    pub(super) fn wants_second_pass(self) -> bool {
        self.wants_cqt() || self.has(Family::ChromaStft)
    }

    /// Whether the spectrum of each frame is needed.
    pub(super) fn wants_spectra(self) -> bool {
        self != Families::of([]) && self != Families::of([Family::Zcr])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_sorted_as_text() {
        let names: Vec<String> = columns().iter().map(Column::to_string).collect();
        let mut sorted = names.clone();
        sorted.sort();
        assert_eq!(names, sorted);
    }
}
