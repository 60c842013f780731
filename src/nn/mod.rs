//! Neural networks: layers and networks as plain descriptions, and models built from them.
//!
//! | file | idea |
//! |---|---|
//! | [`init`] | weight initialisation: Glorot, He, LeCun and simpler ones |
//! | [`activation`] | activation functions: the non-linearity after a layer |
//! | [`param`], [`penalty`] | what a parameter is, what training does with it, what it adds to the loss |
//! | [`mode`] | what a layer is told, and what it gives back |
//! | [`layer`] | what a layer is: a trait, also for layers of your own; any layer, in one type |
//! | `slide` | how many outputs a sliding window has |
//! | [`onnx`] | a network as nodes of ONNX, to which each layer adds its own |
//! | [`weights`] | what Dense and Conv1D have in common: kernel, bias, penalty, activation |
//! | [`dense`], [`conv1d`], [`pooling`], [`conv2d`], [`pooling2d`], [`gather`], [`simple`] | layers |
//! | [`batch_norm`], [`layer_norm`], [`gaussian_noise`], [`embedding`], [`gru`] | more layers: normalisation, noise, lookup, recurrence |
//! | [`row`], [`residual`], [`parallel`] | layers made of layers: around some, side by side |
//! | [`registry`] | by which names types of layers are known in files (feature `serde`) |
//! | [`loss`] | losses: which targets and outputs they take, and what makes predictions of outputs |
//! | [`sequential`] | a network: layers in a row, without weights |
//! | `stack` | layers with their names and shapes, and in which stages they run |
//! | `batch` | rows of a table as a batch |
//! | [`model`] | a network with its weights: forward, predict |
//! | `build` | from the one to the other; every shape is checked here |
//! | `check` | the gradient check of a layer |
//! | `ending` | whether a network ends in what a loss takes |
//! | `ensemble` | several networks as one |
//! | `outputs` | a model with fewer classes than it was trained for |
//! | `shift` | logits moved or scaled, for good |
//! | `surgery` | activations of any layer, saliency, the first layers alone, another scalar type |
//! | [`summary`] | the table of layers, shapes and parameters |

pub mod activation;
pub mod batch;
pub mod batch_norm;
mod build;
mod check;
pub mod conv1d;
pub mod conv2d;
pub mod dense;
pub mod embedding;
mod ending;
mod ensemble;
pub mod gather;
pub mod gaussian_noise;
pub mod gru;
pub mod init;
pub mod layer;
pub mod layer_norm;
pub mod loss;
pub mod mode;
pub mod model;
pub mod onnx;
mod outputs;
pub mod parallel;
pub mod param;
pub mod penalty;
pub mod pooling;
pub mod pooling2d;
#[cfg(feature = "serde")]
pub mod registry;
pub mod residual;
pub mod row;
pub mod sequential;
mod shift;
pub mod simple;
mod slide;
mod stack;
pub mod summary;
mod surgery;
pub mod weights;

pub use activation::Activation;
pub use batch_norm::BatchNorm;
pub use conv1d::Conv1d;
pub use conv2d::{Conv2d, DepthwiseConv2d, SeparableConv2d, ZeroPadding2d};
pub use dense::Dense;
pub use embedding::Embedding;
pub use gather::Gather;
pub use gaussian_noise::GaussianNoise;
pub use gru::Gru;
pub use init::Init;
pub use layer::{AnyLayer, Layer};
pub use layer_norm::LayerNorm;
pub use loss::Loss;
pub use mode::{Mode, Output, Scope};
pub use model::Model;
pub use parallel::{Merge, Parallel};
pub use param::{Param, ParamSpec, Role};
pub use penalty::Penalty;
pub use pooling::{AvgPool1d, GlobalAvgPool1d, GlobalMaxPool1d, MaxPool1d};
pub use pooling2d::{AvgPool2d, GlobalAvgPool2d, GlobalMaxPool2d, MaxPool2d};
#[cfg(feature = "serde")]
pub use registry::{register, registered};
pub use residual::Residual;
pub use row::Row;
pub use sequential::Sequential;
pub use simple::{Dropout, Flatten};
