//! A non-zero element and its index, in one word.

use crate::buffer::Recycled;

/// A non-zero element and its index, in one word.
///
/// A kernel multiplies the element by a row that it finds by the index. Both come by a single load, and the element
/// goes on from a general register: a load of its own would cost the cycle of one of the loads of B that the kernel
/// lives on.
pub trait Term: Recycled {
    /// The element's type.
    type Value;

    /// The word.
    fn new(index: usize, value: Self::Value) -> Self;

    /// The element's index in its row.
    fn index(self) -> usize;

    /// The element's value.
    fn value(self) -> Self::Value;
}

macro_rules! term {
    ($value:ty, $bits:ty, $term:ty) => {
        impl Term for $term {
            type Value = $value;

            #[inline(always)]
            fn new(index: usize, value: $value) -> $term {
                <$term>::from(value.to_bits()) << <$bits>::BITS | index as $term
            }

            #[inline(always)]
            fn index(self) -> usize {
                self as $bits as usize
            }

            #[inline(always)]
            fn value(self) -> $value {
                <$value>::from_bits((self >> <$bits>::BITS) as $bits)
            }
        }
    };
}
term!(f32, u32, u64);
term!(f64, u64, u128);
