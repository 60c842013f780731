//! Gradient checking: the derivatives of an operation, the caller's own included, compared with finite differences.
//!
//! A backward rule claims to apply the transpose of the Jacobian `J`. The claim holds if and only if
//!
//! ```text
//! <v, J u> = <Jᵀ v, u>        for all directions u of the input and v of the output
//! ```
//!
//! The Jacobian-vector product on the left is measured by central differences, `J u ≈ (f(x + h u) - f(x - h u)) / 2h`;
//! the vector-Jacobian product on the right is what the rule computes. One random pair (u, v) touches every element of
//! the Jacobian at once, and a wrong rule passes it with probability zero. How closely the sides must agree
//! depends on how smooth the function is, so that is the one thing that the caller says: see [`Smoothness`].
//!
//! | file | idea |
//! |---|---|
//! | [`check`] | what is checked, and how closely |
//! | [`points`] | where to look: random inputs, at a distance from kinks where need be |
//! | `duality` | the law above, for each input, element by element where affordable, and the slope of its error |
//! | `contract` | what else [`Op::backward`](super::Op::backward) promises: that it adds to its slots, and the like |
//! | `run` | both, of an operation or of any function of variables |
//! | [`failure`] | which element of the Jacobian is wrong, by how much, and how to see it again |

pub mod check;
mod contract;
mod duality;
pub mod failure;
pub mod points;
mod run;

pub use check::{Check, Smoothness};
pub use failure::Failure;
pub use points::{grid, normal};
pub use run::gradcheck;
