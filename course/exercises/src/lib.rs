//! The exercises of the course, or, with the feature `solutions`, their solutions.

// An exercise that is not done yet has inputs that nothing uses.
#![allow(unused)]

// Chapters 1 to 5.
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_01.rs")]
pub mod exercise_01;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_02.rs")]
pub mod exercise_02;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_03.rs")]
pub mod exercise_03;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_04.rs")]
pub mod exercise_04;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_05.rs")]
pub mod exercise_05;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_06.rs")]
pub mod exercise_06;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_07.rs")]
pub mod exercise_07;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_08.rs")]
pub mod exercise_08;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_09.rs")]
pub mod exercise_09;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_10.rs")]
pub mod exercise_10;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_11.rs")]
pub mod exercise_11;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_12.rs")]
pub mod exercise_12;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_13.rs")]
pub mod exercise_13;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_14.rs")]
pub mod exercise_14;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_15.rs")]
pub mod exercise_15;

// Chapters 6 to 10.
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_16.rs")]
pub mod exercise_16;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_17.rs")]
pub mod exercise_17;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_18.rs")]
pub mod exercise_18;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_19.rs")]
pub mod exercise_19;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_20.rs")]
pub mod exercise_20;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_21.rs")]
pub mod exercise_21;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_22.rs")]
pub mod exercise_22;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_23.rs")]
pub mod exercise_23;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_24.rs")]
pub mod exercise_24;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_25.rs")]
pub mod exercise_25;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_26.rs")]
pub mod exercise_26;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_27.rs")]
pub mod exercise_27;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_28.rs")]
pub mod exercise_28;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_29.rs")]
pub mod exercise_29;

// Chapters 11 to 16.
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_30.rs")]
pub mod exercise_30;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_31.rs")]
pub mod exercise_31;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_32.rs")]
pub mod exercise_32;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_33.rs")]
pub mod exercise_33;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_34.rs")]
pub mod exercise_34;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_35.rs")]
pub mod exercise_35;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_36.rs")]
pub mod exercise_36;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_37.rs")]
pub mod exercise_37;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_38.rs")]
pub mod exercise_38;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_39.rs")]
pub mod exercise_39;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_40.rs")]
pub mod exercise_40;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_41.rs")]
pub mod exercise_41;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_42.rs")]
pub mod exercise_42;
#[cfg_attr(feature = "solutions", path = "../solutions/exercise_43.rs")]
pub mod exercise_43;
