//! Fast matrix multiplication (GEMM), near the machine's limit, and recycled storage: how it gets fast.
//!
//! The last chapter. Nothing below imports it: it gives `f32` and `f64` the [`Product`](crate::product::Product) and the
//! [recycled storage](crate::buffer::Recycled) that they promise, and could be taken away for three plain loops and a vector.
//!
//! | file | idea |
//! |---|---|
//! | `vector` | a vector register, and what can be done with it |
//! | `kernel` | what a micro-kernel is: its operands, and what its caller must promise |
//! | `tile` | the kernel of the dense product: a small tile of the result, summed in vector registers |
//! | `sparse` | the sparse-dense product, where most of the left operand is zero |
//! | `windows` | the same where rows of that operand overlap, as those of a convolution's im2col matrix do |
//! | `instances` | all kernels compiled for each instruction set: all `unsafe` arithmetic of the crate goes through here |
//! | `gemm` | one matrix product (GEMM) on strided views, cut into tiles |
//! | `blocking` | cache blocks of a product, and the tiles at their edges |
//! | `term` | an element that is not zero and its index, in one word |
//! | `terms` | which elements of the left operand are not zero, and their indices |
//! | `panels` | the right operand packed as the kernels want it |
//! | `integer` | integer products: exact, and twice as fast |
//! | `pool` | recycled storage |
//! | `concrete` | the rules of the operations, compiled here for `f32` and `f64` |
//! | [`mod@peak`] | the machine's peak floating-point throughput |

mod blocking;
mod concrete;
mod gemm;
mod instances;
pub(crate) mod integer;
#[doc(hidden)]
pub mod kernel;
mod panels;
pub mod peak;
mod pool;
mod sparse;
#[doc(hidden)]
pub mod term;
mod terms;
#[cfg(target_arch = "x86_64")]
mod tile;
#[cfg(target_arch = "x86_64")]
mod vector;
mod windows;

#[doc(hidden)]
pub use gemm::gemm_on;
pub use peak::peak;
pub use pool::trim;
