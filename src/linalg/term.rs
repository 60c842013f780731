//! An element that is not zero and its index, in one word.

use crate::buffer::Recycled;

/// A number that is not zero and its place, in one word.
///
/// A kernel multiplies the number by a row that it finds by the place. Both come by a single load, and the number goes on
/// from a general register: a load of its own would cost the cycle of one of the loads of B that the kernel lives on.
pub trait Term: Recycled {
    /// The number's type.
    type Value;

    /// The word.
    fn new(place: usize, value: Self::Value) -> Self;

    /// Where the number stands.
    fn place(self) -> usize;

    /// The number.
    fn value(self) -> Self::Value;
}

macro_rules! term {
    ($value:ty, $bits:ty, $term:ty) => {
        impl Term for $term {
            type Value = $value;

            #[inline(always)]
            fn new(place: usize, value: $value) -> $term {
                <$term>::from(value.to_bits()) << <$bits>::BITS | place as $term
            }

            #[inline(always)]
            fn place(self) -> usize {
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
