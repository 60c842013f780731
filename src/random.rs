//! Random numbers: everything random comes from one seed, through named streams.
//!
//! A stream belongs to a purpose ("init", "split", "shuffle"), so that one more draw in one of them never shifts another.
//! The generator is ChaCha, whose output is fixed for ever. Dropout alone does not draw from a stream: it needs millions
//! of numbers a step, in any order, so it hashes (key, row, element) instead: see [`Key`].

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// The seed of a whole run.
///
/// ```
/// use rand::Rng;
/// use tonegrad::Seed;
/// let (mut a, mut b) = (Seed(7).stream("split"), Seed(7).stream("split"));
/// assert_eq!(a.next_u64(), b.next_u64());
/// assert_ne!(Seed(7).stream("init").next_u64(), Seed(7).stream("split").next_u64());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

impl Seed {
    /// The random number generator for one purpose.
    pub fn stream(self, purpose: &str) -> ChaCha8Rng {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&self.0.to_le_bytes());
        bytes[8..16].copy_from_slice(&fnv1a(purpose).to_le_bytes());
        ChaCha8Rng::from_seed(bytes)
    }

    /// The key for one purpose, where numbers are hashed rather than drawn.
    pub fn key(self, purpose: &str) -> Key {
        Key { key: mix(self.0 ^ mix(fnv1a(purpose))), row: 0 }
    }
}

/// Where a hashed random number comes from: a key, and the index of the row (the example) in its batch.
///
/// A batch may be cut into pieces, each worked on by another thread, and every example still meets the same random
/// numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    key: u64,
    row: u64,
}

impl Key {
    /// The key for a step, a layer or whatever else is counted inside this key's purpose.
    pub fn child(self, index: usize) -> Key {
        Key { key: mix(self.key.wrapping_add((index as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))), row: self.row }
    }

    /// The same key, seen from `rows` further down the batch.
    pub fn below(self, rows: usize) -> Key {
        Key { row: self.row + rows as u64, ..self }
    }

    /// The 64 bits that belong to one row of the batch.
    pub fn row_bits(self, row: usize) -> u64 {
        mix(self.key ^ mix(self.row + row as u64))
    }
}

/// The FNV-1a hash of a purpose's name.
fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01B3))
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014): every input bit moves every output bit.
fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
