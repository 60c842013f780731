//! The scalar types of the crate: f32 to train, f64 to prove.

use crate::buffer::Recycled;
use crate::product::Product;
use ndarray::NdFloat;
use std::any::{Any, TypeId};

/// The scalar type of a tensor's elements, `f32` or `f64`. Everything is generic over it, so that the gradients checked
/// in f64 are the code that trains in f32.
pub trait Scalar: NdFloat + Default + std::iter::Sum + Recycled + Product + Concrete + sealed::Sealed {
    /// The type's name: `"f32"` or `"f64"`.
    const NAME: &'static str;

    /// The nearest value to `x`.
    fn of(x: f64) -> Self;

    /// The same value with the most precision there is.
    fn as_f64(self) -> f64;

    /// Appends the bits of `values`, little end first.
    fn write_le(values: &[Self], bytes: &mut Vec<u8>);

    /// The values whose bits these are; what is left over at the end is no whole value, and is left out.
    fn read_le(bytes: &[u8]) -> Vec<Self>;

    /// Of two values, one for each scalar type, that of this one: how a trait object, which cannot have generic methods, has
    /// one for each of both types.
    #[doc(hidden)]
    fn choose<A: Family>(single: A::Of<f32>, double: A::Of<f64>) -> A::Of<Self>;
}

/// A type for each scalar type: see [`Scalar::choose`].
#[doc(hidden)]
pub trait Family {
    /// That of this scalar type.
    type Of<F: Scalar>;
}

/// What this crate has compiled for one scalar type: see [`linalg`](crate::linalg), which gives it.
#[doc(hidden)]
pub trait Concrete: 'static {
    /// The rules of the operation whose type this is.
    fn concrete(key: TypeId) -> Option<&'static (dyn Any + Send + Sync)>;
}

/// Binds a generic function to this crate: the new function calls one of two pointers to instances that are compiled here. Where the
/// other would be compiled anew in a program that depends on this crate, and unoptimised in its debug builds, this one is not.
///
/// A function of two scalar types is bound in all four instances.
macro_rules! concrete {
    ($(#[$meta:meta])* $vis:vis fn $name:ident<$($life:lifetime,)? $f:ident>($($arg:ident: $ty:ty),* $(,)?) $(-> $ret:ty)? = $generic:ident;) => {
        $(#[$meta])*
        $vis fn $name<$($life,)? $f: $crate::Scalar>($($arg: $ty),*) $(-> $ret)? {
            struct Pointer;

            impl $crate::scalar::Family for Pointer {
                type Of<$f: $crate::Scalar> = $(for<$life>)? fn($($ty),*) $(-> $ret)?;
            }

            type Of<F> = <Pointer as $crate::scalar::Family>::Of<F>;
            static HERE: (Of<f32>, Of<f64>) = ($generic::<f32>, $generic::<f64>);
            $f::choose::<Pointer>(HERE.0, HERE.1)($($arg),*)
        }
    };
    ($(#[$meta:meta])* $vis:vis fn $name:ident<$f:ident, $t:ident>($($arg:ident: $ty:ty),* $(,)?) $(-> $ret:ty)? = $generic:ident;) => {
        $(#[$meta])*
        $vis fn $name<$f: $crate::Scalar, $t: $crate::Scalar>($($arg: $ty),*) $(-> $ret)? {
            struct First<$t>(std::marker::PhantomData<$t>);
            struct Second<$f>(std::marker::PhantomData<$f>);

            impl<$t: $crate::Scalar> $crate::scalar::Family for First<$t> {
                type Of<$f: $crate::Scalar> = fn($($ty),*) $(-> $ret)?;
            }

            impl<$f: $crate::Scalar> $crate::scalar::Family for Second<$f> {
                type Of<$t: $crate::Scalar> = fn($($ty),*) $(-> $ret)?;
            }

            type Of<F, T> = <Second<F> as $crate::scalar::Family>::Of<T>;
            static SINGLE: (Of<f32, f32>, Of<f32, f64>) = ($generic::<f32, f32>, $generic::<f32, f64>);
            static DOUBLE: (Of<f64, f32>, Of<f64, f64>) = ($generic::<f64, f32>, $generic::<f64, f64>);
            let single = $t::choose::<Second<f32>>(SINGLE.0, SINGLE.1);
            let double = $t::choose::<Second<f64>>(DOUBLE.0, DOUBLE.1);
            $f::choose::<First<$t>>(single, double)($($arg),*)
        }
    };
}
pub(crate) use concrete;

macro_rules! scalar {
    ($t:ty, $choice:tt) => {
        impl Scalar for $t {
            const NAME: &'static str = stringify!($t);

            #[inline(always)]
            fn of(x: f64) -> Self {
                x as $t
            }

            #[inline(always)]
            fn as_f64(self) -> f64 {
                f64::from(self)
            }

            fn write_le(values: &[Self], bytes: &mut Vec<u8>) {
                let begin = bytes.len();
                bytes.resize(begin + size_of_val(values), 0);
                let to = bytes[begin..].as_chunks_mut().0;
                to.iter_mut().zip(values).for_each(|(to, value)| *to = value.to_le_bytes());
            }

            fn read_le(bytes: &[u8]) -> Vec<Self> {
                bytes.as_chunks().0.iter().map(|&bytes| <$t>::from_le_bytes(bytes)).collect()
            }

            fn choose<A: Family>(single: A::Of<f32>, double: A::Of<f64>) -> A::Of<Self> {
                (single, double).$choice
            }
        }

        impl sealed::Sealed for $t {}
    };
}

scalar!(f32, 0);
scalar!(f64, 1);

mod sealed {
    pub trait Sealed {}
}
