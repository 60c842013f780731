//! What the examples share: the options that say which data and how to train, and the manners of a program.

#![allow(dead_code, unused_imports, unused_macros, reason = "each example uses its part of it")]

pub mod data;
pub mod manners;
pub mod training;
