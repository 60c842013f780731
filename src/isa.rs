//! Which vector instructions this machine has, asked once; and the macro that compiles a plain loop for each of them.
//!
//! A crate built without flags may use only what every x86-64 has: vectors of four f32. The loops of a network
//! (activations, pooling, dropout, Adam) gain three to eight times from wider ones. The macro `vectorized!` compiles a safe
//! function once for each instruction set and picks at run time. The arithmetic is the same in all of them, operation by
//! operation (Rust never contracts `a * b + c` by itself), and so are the results, bit by bit.

use std::sync::OnceLock;

/// An instruction set that the crate has code for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Isa {
    /// 512-bit vectors with fused multiply-add.
    Avx512,
    /// 256-bit vectors with fused multiply-add.
    Avx2,
    /// Whatever the compiler assumes of every machine of this kind.
    Portable,
}

impl Isa {
    /// All that this machine can run, best first. [`Isa::Portable`] is always last.
    pub fn available() -> Vec<Isa> {
        let mut found = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            if has!("avx512f") && has!("avx512bw") && has!("avx512dq") && has!("avx512vl") && has!("fma") {
                found.push(Isa::Avx512);
            }
            if has!("avx2") && has!("fma") {
                found.push(Isa::Avx2);
            }
        }
        found.push(Isa::Portable);
        found
    }

    /// The best of [`Isa::available`].
    #[inline]
    pub fn best() -> Isa {
        static BEST: OnceLock<Isa> = OnceLock::new();
        *BEST.get_or_init(|| Isa::available()[0])
    }
}

/// Compiles a function, which may be generic over one scalar type that its arguments name, for every [`Isa`] and calls
/// the best at run time.
macro_rules! vectorized {
    (
        $(#[$meta:meta])*
        $vis:vis fn $name:ident$(<$f:ident: $bound:ident>)?($($arg:ident: $ty:ty),* $(,)?) $(-> $ret:ty)? $body:block
    ) => {
        $(#[$meta])*
        $vis fn $name$(<$f: $bound>)?($($arg: $ty),*) $(-> $ret)? {
            #[inline(always)]
            fn body$(<$f: $bound>)?($($arg: $ty),*) $(-> $ret)? $body

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,fma")]
            fn avx512$(<$f: $bound>)?($($arg: $ty),*) $(-> $ret)? {
                body($($arg),*)
            }

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2$(<$f: $bound>)?($($arg: $ty),*) $(-> $ret)? {
                body($($arg),*)
            }

            match $crate::isa::Isa::best() {
                // SAFETY: `best` returns an instruction set only after the machine has said that it has it.
                #[cfg(target_arch = "x86_64")]
                $crate::isa::Isa::Avx512 => unsafe { avx512($($arg),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                $crate::isa::Isa::Avx2 => unsafe { avx2($($arg),*) },
                _ => body($($arg),*),
            }
        }
    };
}
pub(crate) use vectorized;
