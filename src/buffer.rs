//! Storage of a tensor: a slice aligned to a cache line, and recycled.
//!
//! A vector register of 64 bytes that does not begin at a cache line lies in two of them, and takes twice as long to load;
//! the allocator promises no more than 16 bytes. A training step asks for the same sizes as the step before it, so storage
//! that is dropped goes back to a pool: see [`linalg::pool`](crate::linalg).

use std::ops::{Deref, DerefMut};

/// Shorter buffers are left to the allocator, which is good at them.
const SMALLEST: usize = 1 << 10;

/// Bytes in a cache line, and in the widest vector.
const LINE: usize = 64;

/// An element type whose storage is recycled.
pub trait Recycled: Copy + Default + Send + Sync + 'static {
    /// An idle vector of this length, if there is one; if not, the caller will make one.
    fn take(len: usize) -> Option<Vec<Self>>;

    /// Takes back storage that its owner has dropped.
    fn give(storage: Vec<Self>);

    /// Frees all idle storage; how many bytes that were.
    fn trim() -> usize;
}

/// A slice that owns its storage and hands it on when dropped.
pub struct Buffer<T: Recycled> {
    /// The slice, and as much around it as it takes to begin at a cache line.
    storage: Vec<T>,
    first: usize,
    len: usize,
}

impl<T: Recycled> Buffer<T> {
    /// A buffer with left-over contents, those of its last owner: write every element before reading one.
    pub fn scratch(len: usize) -> Self {
        let spare = LINE / size_of::<T>();
        let recycled = if len < SMALLEST { None } else { T::take(len + spare) };
        let storage = recycled.unwrap_or_else(|| vec![T::default(); len + spare]);
        // An address that cannot be aligned, as the method may say, is as correct as any, only slower.
        let first = storage.as_ptr().align_offset(LINE).min(spare);
        Buffer { storage, first, len }
    }

    /// A buffer filled with `value`.
    pub fn full(len: usize, value: T) -> Self {
        let mut buffer = Self::scratch(len);
        buffer.fill(value);
        buffer
    }

    /// A copy of `values`.
    pub fn copy_of(values: &[T]) -> Self {
        let mut buffer = Self::scratch(values.len());
        buffer.copy_from_slice(values);
        buffer
    }
}

impl<T: Recycled> Drop for Buffer<T> {
    fn drop(&mut self) {
        if self.len >= SMALLEST {
            T::give(std::mem::take(&mut self.storage));
        }
    }
}

impl<T: Recycled> Deref for Buffer<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.storage[self.first..][..self.len]
    }
}

impl<T: Recycled> DerefMut for Buffer<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.storage[self.first..][..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_buffer_is_taken_again() {
        // A length that no other test uses, since tests share the shelf.
        let len = SMALLEST + 12_347;
        let first = Buffer::<u8>::full(len, 7);
        let address = first.as_ptr();
        drop(first);
        let second = Buffer::<u8>::scratch(len);
        assert_eq!(address.align_offset(LINE), 0);
        assert_eq!((second.as_ptr(), second[len - 1]), (address, 7));
        assert_ne!(Buffer::<u8>::scratch(len).as_ptr(), address, "a buffer in use must not be handed out twice");
    }

    #[test]
    fn buffers_of_any_length_begin_at_a_line() {
        for len in [0, 1, 3, 1023, 1025, 100_003] {
            let (short, long) = (Buffer::<u16>::full(len, 7), Buffer::<f64>::copy_of(&vec![7.0; len]));
            assert_eq!((short.as_ptr().align_offset(LINE), long.as_ptr().align_offset(LINE)), (0, 0));
            assert!(short.len() == len && short.iter().all(|&v| v == 7));
            assert!(long.len() == len && long.iter().all(|&v| v == 7.0));
        }
    }
}
