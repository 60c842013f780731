//! Recycled storage: a training step asks for the same sizes as the step before it.
//!
//! A fresh large allocation costs a page fault for every 4 KiB, a good part of a training step if each activation is
//! allocated anew. A [`Buffer`] therefore goes back on a shelf when it is dropped, and the next one of its length takes
//! it from there. A thread takes what it had itself, as long as there is such a buffer: it is still warm in its cache.
//!
//! Every buffer begins at a line of the cache. A vector of 64 bytes that does not lies in two of them, and takes twice as
//! long to load; the allocator promises no more than 16 bytes.

use rayon::current_thread_index;
use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::Mutex;

/// Shorter buffers are left to the allocator, which is good at them.
const SMALLEST: usize = 1 << 10;
/// What may lie idle, or as much as was ever in use at once; beyond it, buffers are freed. Sizes that are never asked for
/// again must not pile up.
const IDLE_BYTES: usize = 256 << 20;

/// Bytes in a line of the cache, and in the widest vector.
const LINE: usize = 64;

/// Element types that have a shelf.
pub trait Recycled: Copy + Default + Send + Sync + 'static {
    /// Where idle buffers of this type wait.
    fn shelf() -> &'static Shelf<Self>;
}

/// Idle storage.
pub struct Shelf<T>(Mutex<Idle<T>>);

struct Idle<T> {
    /// By length and thread of the pool.
    of: BTreeMap<(usize, Option<usize>), Vec<Vec<T>>>,
    bytes: usize,
    /// Bytes that are in use, and that were at most.
    used: usize,
    most_used: usize,
}

impl<T> Shelf<T> {
    const fn new() -> Self {
        Shelf(Mutex::new(Idle { of: BTreeMap::new(), bytes: 0, used: 0, most_used: 0 }))
    }

    /// An idle vector, if there is one; if not, the caller will make one.
    fn take(&self, len: usize) -> Option<Vec<T>> {
        let mut idle = self.0.lock().ok()?;
        idle.used += len * size_of::<T>();
        idle.most_used = idle.most_used.max(idle.used);
        let own = idle.of.get_mut(&(len, current_thread_index())).and_then(Vec::pop);
        let vec = own.or_else(|| idle.of.range_mut((len, None)..(len + 1, None)).find_map(|(_, all)| all.pop()))?;
        idle.bytes -= len * size_of::<T>();
        Some(vec)
    }

    fn give(&self, vec: Vec<T>) {
        let bytes = vec.len() * size_of::<T>();
        let Ok(mut idle) = self.0.lock() else { return };
        idle.used -= bytes;
        if idle.bytes + bytes <= IDLE_BYTES.max(idle.most_used) {
            idle.bytes += bytes;
            idle.of.entry((vec.len(), current_thread_index())).or_default().push(vec);
        }
    }
}

macro_rules! recycled {
    ($($t:ty),*) => {$(
        impl Recycled for $t {
            fn shelf() -> &'static Shelf<Self> {
                static SHELF: Shelf<$t> = Shelf::new();
                &SHELF
            }
        }
    )*};
}

recycled!(f32, f64, i32, u8, u16, u64, u128);

/// A slice that owns its storage and hands it on when dropped.
pub struct Buffer<T: Recycled> {
    /// The slice, and as much around it as it takes to begin at a line.
    storage: Vec<T>,
    first: usize,
    len: usize,
}

impl<T: Recycled> Buffer<T> {
    /// A buffer whose contents are left over from whoever had it before: write every element before reading one.
    pub fn scratch(len: usize) -> Self {
        let spare = LINE / size_of::<T>();
        let recycled = if len < SMALLEST { None } else { T::shelf().take(len + spare) };
        let storage = recycled.unwrap_or_else(|| vec![T::default(); len + spare]);
        // An address that cannot be aligned, as the method may say, is as right as any, only slower.
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
            T::shelf().give(std::mem::take(&mut self.storage));
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
        // A length nobody else uses, since tests share the shelf.
        let len = SMALLEST + 12_347;
        let first = Buffer::<u8>::full(len, 7);
        let place = first.as_ptr();
        drop(first);
        let second = Buffer::<u8>::scratch(len);
        assert_eq!(place.align_offset(LINE), 0);
        assert_eq!((second.as_ptr(), second[len - 1]), (place, 7));
        assert_ne!(Buffer::<u8>::scratch(len).as_ptr(), place, "a buffer in use must not be handed out twice");
    }

    #[test]
    fn as_much_may_lie_idle_as_was_in_use_at_once() {
        // Nobody writes to these pages, so they take no memory.
        type Page = [u8; 4096];
        const MB: usize = (1 << 20) / size_of::<Page>();
        let some = |count| vec![[0; 4096]; count];
        let shelf = Shelf::<Page>::new();
        assert!(shelf.take(200 * MB).is_none() && shelf.take(200 * MB).is_none());
        shelf.give(some(200 * MB));
        shelf.give(some(200 * MB));
        assert!(shelf.take(200 * MB).is_some() && shelf.take(200 * MB).is_some(), "400 MB were in use at once");

        let shelf = Shelf::<Page>::new();
        for count in [200 * MB, 100 * MB] {
            assert!(shelf.take(count).is_none());
            shelf.give(some(count));
        }
        assert!(shelf.take(100 * MB).is_none(), "no more than 200 MB were in use at once, and 256 MB may lie idle");
    }

    #[test]
    fn a_thread_takes_what_it_had_itself_and_only_then_what_others_had() {
        let (shelf, pool) = (Shelf::new(), rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap());
        let on = |thread: usize, act: &(dyn Fn() + Sync)| {
            pool.broadcast(|context| {
                if context.index() == thread {
                    act();
                }
            });
        };
        assert!([5, 5, 5, 6].into_iter().all(|len| shelf.take(len).is_none()));
        (0..3).for_each(|thread| on(thread, &|| shelf.give(vec![thread; 5])));
        on(1, &|| shelf.give(vec![7; 6]));
        on(1, &|| assert_eq!(shelf.take(5), Some(vec![1; 5])));
        on(1, &|| assert_eq!(shelf.take(5), Some(vec![0; 5]), "better another thread's than none"));
        assert_eq!(shelf.take(5), Some(vec![2; 5]), "outside the pool");
        assert_eq!((shelf.take(5), shelf.take(6)), (None, Some(vec![7; 6])));
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
