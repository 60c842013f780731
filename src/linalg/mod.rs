//! Matrix products near the machine's limit, and loops compiled for its vector registers.
//!
//! | file | idea |
//! |---|---|
//! | [`isa`] | which vector instructions this machine has, asked once |
//! | [`tile`] | the register kernel: the only `unsafe` arithmetic of the crate |
//! | [`mod@gemm`] | one matrix product on strided views, cut into tiles |
//! | [`sparse`] | the same product where most of the left operand is zero |
//! | `terms` | which numbers of that operand are not zero, and where they stand |
//! | `panels` | the right operand of both as the register kernels want it |
//! | [`mod@peak`] | what the machine could do at most |

pub mod gemm;
pub mod isa;
mod panels;
pub mod peak;
pub mod sparse;
mod terms;
pub mod tile;

pub use gemm::{Write, gemm, gemm_batch, par_gemm, par_gemm_batch};
pub use isa::Isa;
pub use peak::peak;
pub use tile::Kernel;

pub(crate) use isa::vectorized;
