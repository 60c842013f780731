//! What suites share: random shapes, options and matrices.
#![allow(dead_code, reason = "each suite uses a part of it")]

#[path = "../../../src/ops/law/draw.rs"]
mod draw;
pub mod matrices;

pub use draw::*;

pub fn on_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool").install(work)
}
