//! A hash of data and settings: results are taken up again only where both are the same.

use crate::fma::Fma;

/// The FNV-1a hash, fed with numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fingerprint(u64);

impl Fingerprint {
    /// Of the tracks: ids, features, genres, artists and official sets.
    pub fn of(fma: &Fma) -> Self {
        let data = fma.dataset();
        let mut print = Fingerprint(0xCBF2_9CE4_8422_2325);
        print.text(&format!("{:?} {:?} {:?} {:?}", data.x().dim(), data.classes(), fma.artists(), fma.sets()));
        fma.ids().iter().for_each(|&id| print.number(u64::from(id)));
        data.y().iter().for_each(|&class| print.number(class as u64));
        data.x().iter().for_each(|value| print.number(u64::from(value.to_bits())));
        print
    }

    /// Of the same and of some settings.
    pub fn and(mut self, settings: &str) -> Self {
        self.text(settings);
        self
    }

    fn text(&mut self, text: &str) {
        text.bytes().for_each(|byte| self.number(u64::from(byte)));
    }

    fn number(&mut self, number: u64) {
        self.0 = (self.0 ^ number).wrapping_mul(0x0000_0100_0000_01B3);
    }
}

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
