//! Neural networks: layers and networks as plain descriptions, and models built from them.
//!
//! | file | idea |
//! |---|---|
//! | [`init`] | weight initialisation: Glorot, He, LeCun and simpler ones |
//! | [`activation`] | activation functions: the non-linearity after a layer |
//! | [`weights`] | what Dense and Conv1D have in common: kernel, bias, penalty, activation |
//! | [`layer`] | what a layer is |
//! | [`dense`], [`conv1d`], [`pooling`], [`gather`], [`simple`] | the layers |
//! | [`layers`] | the one list of them |
//! | [`sequential`] | a network: layers in a row, without weights |
//! | [`model`] | a network with its weights: forward, predict |
//! | `build` | from the one to the other; every shape is checked here |
//! | `outputs` | a model with fewer classes than it was trained for |
//! | [`summary`] | the table of layers, shapes and parameters |

pub mod activation;
mod build;
pub mod conv1d;
pub mod dense;
pub mod gather;
pub mod init;
pub mod layer;
pub mod layers;
pub mod model;
mod outputs;
pub mod pooling;
pub mod sequential;
pub mod simple;
pub mod summary;
pub mod weights;

pub use activation::Activation;
pub use conv1d::Conv1d;
pub use dense::Dense;
pub use gather::Gather;
pub use init::Init;
pub use layer::Mode;
pub use layers::Layer;
pub use model::{Model, Param};
pub use pooling::{AvgPool1d, GlobalAvgPool1d, GlobalMaxPool1d, MaxPool1d};
pub use sequential::Sequential;
pub use simple::{Dropout, Flatten};
pub use weights::Penalty;
