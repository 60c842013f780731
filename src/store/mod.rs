//! Saving and loading models: files of tensors, of whole classifiers, and ONNX for other programs.
//!
//! | file | idea |
//! |---|---|
//! | [`tensors`] | a safetensors file: named tensors, a text about them, a checksum; read with suspicion |
//! | `keys` | JSON in which no key is there twice |
//! | [`weights`] | the weights of a network that is already built, under Keras's names |
//! | [`mapping`] | the weights of other programs, by a stated mapping of names and layouts |
//! | [`card`] | what must be known about a trained network to use it, and to trust it |
//! | [`classifier`] | a network, what its features pass through, and its card: from raw features to classes |
//! | `model_file` | the same as `model.safetensors` |
//! | [`onnx`] | the same as an ONNX graph (feature `onnx`) |

pub mod card;
pub mod classifier;
mod keys;
pub mod mapping;
mod model_file;
#[cfg(feature = "onnx")]
pub mod onnx;
pub mod tensors;
pub mod weights;

pub use card::{Card, FeatureName, Figures, Provenance};
pub use classifier::Classifier;
pub use mapping::Mapping;
pub use tensors::Tensors;
