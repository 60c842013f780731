//! Matrix products near the machine's limit, and loops compiled for its vector registers.
//!
//! | file | idea |
//! |---|---|
//! | [`isa`] | which vector instructions this machine has, asked once |
//! | `vector` | a vector register, and what can be done with it |
//! | [`tile`] | the register kernel: a small tile of the product, summed in vector registers |
//! | [`kernel`] | the kernels for each instruction set: all `unsafe` arithmetic of the crate goes through here |
//! | [`mod@gemm`] | one matrix product on strided views, cut into tiles |
//! | [`sparse`] | the same product where most of the left operand is zero |
//! | [`windows`] | the same again where rows of that operand overlap, as a convolution's do |
//! | `integer` | products of whole numbers: exact, and twice as fast |
//! | `terms` | which numbers of that operand are not zero, and where they stand |
//! | `panels` | the right operand of all three as the register kernels want it |
//! | [`mod@peak`] | what the machine could do at most |

pub mod gemm;
pub(crate) mod integer;
pub mod isa;
pub mod kernel;
mod panels;
pub mod peak;
pub mod sparse;
mod terms;
pub mod tile;
#[cfg(target_arch = "x86_64")]
mod vector;
pub mod windows;

pub use gemm::{Write, gemm, gemm_batch, par_gemm, par_gemm_batch};
pub use isa::Isa;
pub use kernel::{Kernel, Tiled};
pub use peak::peak;

pub(crate) use isa::vectorized;
