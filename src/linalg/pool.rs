//! A memory pool for recycled storage: a training step asks for the same sizes as the step before it.
//!
//! A fresh large allocation costs a page fault for every 4 KiB, a good part of a training step if each activation is
//! allocated anew. A [`Buffer`](crate::buffer::Buffer) therefore goes back on a shelf when it is dropped, and the next one of
//! its length takes it from there. A thread takes what it had itself, as long as there is such a buffer: it is still warm in
//! its cache.

use crate::buffer::Recycled;
use rayon::current_thread_index;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// What may lie idle, or as much as was ever in use at once; beyond it, buffers are freed. Sizes that are never asked for
/// again must not pile up.
const IDLE_BYTES: usize = 256 << 20;

/// Idle storage.
struct Shelf<T>(Mutex<Idle<T>>);

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

    /// Frees what lies idle, and forgets how much was ever in use; how many bytes that were.
    fn trim(&self) -> usize {
        let Ok(mut idle) = self.0.lock() else { return 0 };
        idle.most_used = idle.used;
        let freed = std::mem::take(&mut idle.bytes);
        let storage = std::mem::take(&mut idle.of);
        // Freed while others go on.
        drop(idle);
        drop(storage);
        freed
    }
}

/// Gives idle storage back to the allocator: what a program is to do after a large job, before it only serves. The next
/// job of that size allocates anew. Returns the bytes.
///
/// ```
/// use tonegrad::{Tensor, linalg::trim};
/// drop(Tensor::<f32>::zeros([1 << 20]));
/// assert!(trim() >= 4 << 20);
/// ```
pub fn trim() -> usize {
    trim_all()
}

macro_rules! recycled {
    ($($t:ty),*) => {
        fn trim_all() -> usize {
            [$(<$t>::trim()),*].iter().sum()
        }

        $(
        const _: () = {
            static SHELF: Shelf<$t> = Shelf::new();

            impl Recycled for $t {
                fn take(len: usize) -> Option<Vec<Self>> {
                    SHELF.take(len)
                }

                fn give(storage: Vec<Self>) {
                    SHELF.give(storage);
                }

                fn trim() -> usize {
                    SHELF.trim()
                }
            }
        };
    )*};
}

recycled!(f32, f64, i32, u8, u16, u64, u128);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_much_may_lie_idle_as_was_in_use_at_once() {
        // These pages are never written to, so they take no memory.
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
    fn a_trimmed_shelf_is_empty_and_fills_again() {
        let shelf = Shelf::<u64>::new();
        assert!([3, 3, 8].into_iter().all(|len| shelf.take(len).is_none()));
        shelf.give(vec![1; 3]);
        shelf.give(vec![2; 8]);
        assert_eq!((shelf.trim(), shelf.trim()), (11 * 8, 0));
        assert!(shelf.take(3).is_none() && shelf.take(8).is_none());
        shelf.give(vec![7; 3]);
        assert_eq!(shelf.take(3), Some(vec![7; 3]));
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
}
