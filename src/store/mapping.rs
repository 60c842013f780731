//! The weights of other programs, by a stated mapping of names and layouts.
//!
//! | | here | Keras | PyTorch |
//! |---|---|---|---|
//! | a name | `conv1d_1.kernel` | `sequential/conv1d_1/kernel` | `features.3.weight` |
//! | dense kernel | (inputs, outputs) | (inputs, outputs) | (outputs, inputs) |
//! | convolution's kernel | (taps, inputs, outputs) | (taps, inputs, outputs) | (outputs, inputs, taps) |
//! | a flattened signal | position by position | position by position | channel by channel |
//! | normalisation | `gamma`, `beta`, `moving_mean`, `moving_variance` | the same | `weight`, `bias`, `running_mean`, `running_var` |
//!
//! The last row but one concerns the first dense layer after a `Flatten`: its inputs are put in our order.

use super::tensors::Tensors;
use crate::nn::Model;
use crate::{Error, Result, Scalar, Tensor};
use ndarray::{Ix2, Ix3};
use std::path::Path;

/// Where a file of another program has the weights of each layer, and how they lie there.
///
/// ```
/// use tonegrad::store::Mapping;
/// // A file of Keras; layers that a second model of one program got other numbers for are named.
/// let keras = Mapping::keras().layer("dense", "dense_4").layer("dense_1", "dense_5");
/// // A PyTorch `state_dict`, by the modules' names.
/// let pytorch = Mapping::pytorch([("conv1d", "features.0"), ("dense", "classifier.1"), ("dense_1", "classifier.3")]);
/// # let _ = (keras, pytorch);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    program: Program,
    /// Our name of a layer, and theirs.
    layers: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Program {
    Keras,
    PyTorch,
}

impl Mapping {
    /// Keras's own paths, `sequential/dense_1/kernel`, whatever the model is called. Layers have the names that they have here,
    /// unless [`layer`](Mapping::layer) says otherwise.
    pub fn keras() -> Self {
        Mapping { program: Program::Keras, layers: Vec::new() }
    }

    /// The names of a PyTorch `state_dict`: for each layer with weights, its name here and that of its module there.
    pub fn pytorch<O: Into<String>, T: Into<String>>(modules: impl IntoIterator<Item = (O, T)>) -> Self {
        let layers = modules.into_iter().map(|(ours, theirs)| (ours.into(), theirs.into())).collect();
        Mapping { program: Program::PyTorch, layers }
    }

    /// What is called `ours` here is `theirs` in the file.
    pub fn layer(mut self, ours: impl Into<String>, theirs: impl Into<String>) -> Self {
        self.layers.push((ours.into(), theirs.into()));
        self
    }

    /// Whether a tensor of the file is the parameter `weight` of our `layer`.
    fn names(&self, layer: &str, weight: &str, tensor: &str) -> bool {
        let theirs = self.layers.iter().find(|(ours, _)| ours == layer).map(|(_, theirs)| theirs.as_str());
        match self.program {
            Program::Keras => {
                let tensor = tensor.strip_suffix(":0").unwrap_or(tensor).replace('/', ".");
                let wanted = format!("{}.{weight}", theirs.unwrap_or(layer).replace('/', "."));
                tensor == wanted || tensor.ends_with(&format!(".{wanted}"))
            }
            Program::PyTorch => {
                let weight = match weight {
                    "kernel" | "gamma" => "weight",
                    "beta" => "bias",
                    "moving_mean" => "running_mean",
                    "moving_variance" => "running_var",
                    other => other,
                };
                theirs.is_some_and(|module| tensor == format!("{module}.{weight}"))
            }
        }
    }
}

impl<F: Scalar> Model<F> {
    /// Takes the weights from a safetensors file of another program, as the mapping says, from f64, f32, f16 or bf16: all of
    /// them, or none if one does not fit.
    ///
    /// # Errors
    /// When the file is not sound; when a weight is missing, there twice, too many, of another shape, or not finite.
    pub fn load_weights_as(&mut self, path: impl AsRef<Path>, mapping: &Mapping) -> Result<()> {
        self.take_weights_as(&Tensors::open(path)?, mapping)
    }

    /// The same from a file that was read already.
    ///
    /// # Errors
    /// As [`Model::load_weights_as`].
    pub fn take_weights_as(&mut self, file: &Tensors, mapping: &Mapping) -> Result<()> {
        let tensors = file.names();
        let flattened = match mapping.program {
            Program::Keras => Vec::new(),
            Program::PyTorch => flattened(self)?,
        };
        let mut taken = Vec::new();
        let mut values = Vec::new();
        for param in self.params() {
            let (layer, weight) = param.name.rsplit_once('.').unwrap_or((&param.name, ""));
            let theirs: Vec<&String> = tensors.iter().filter(|tensor| mapping.names(layer, weight, tensor)).collect();
            let [tensor] = theirs[..] else {
                let found = match theirs.len() {
                    0 => format!("no tensor for it among {}", tensors.join(", ")),
                    _ => format!("{theirs:?}"),
                };
                return Err(Error::data(format!("{}, {}", file.name(), param.name))
                    .found(found)
                    .wanted("one tensor")
                    .fix(format!("name its layer: Mapping::layer({layer:?}, ...)")));
            };
            let mut value = file.get_as::<F>(tensor)?;
            if mapping.program == Program::PyTorch && weight == "kernel" {
                let signal = flattened.iter().find(|(name, _)| name == layer).map(|(_, signal)| *signal);
                value = from_pytorch(value, signal);
            }
            if value.shape() != param.value.shape() {
                return Err(Error::shape(format!("{}, {tensor}", file.name()))
                    .found(format!("{:?} as it lies here", value.shape()))
                    .wanted(format!("{:?}, as {} has", param.value.shape(), param.name)));
            }
            taken.push(tensor.clone());
            values.push(value);
        }
        // PyTorch counts batches in its normalisation, for nothing that is needed here.
        let known = |name: &String| taken.contains(name) || name.ends_with("num_batches_tracked");
        if let Some(name) = tensors.iter().find(|name| !known(name)) {
            return Err(Error::data(format!("{}, {name}", file.name()))
                .found("a tensor that no layer of the network takes")
                .wanted("its weights alone")
                .fix("build the network that the file was written for, and name its layers in the mapping"));
        }
        self.params_mut().iter_mut().zip(values).for_each(|(param, value)| param.value = value);
        Ok(())
    }
}

/// The dense layers that take a flattened signal, with its (length, channels).
fn flattened<F: Scalar>(model: &Model<F>) -> Result<Vec<(String, (usize, usize))>> {
    let (mut shape, mut signal, mut found) = (model.input(), None, Vec::new());
    for placed in model.layers() {
        match (placed.title, shape) {
            ("Flatten", &[length, channels]) => signal = Some((length, channels)),
            ("Dense", _) => found.extend(signal.take().map(|signal| (placed.name.clone(), signal))),
            // What works element by element changes no order, but weights for each element would lie in the other one.
            _ if placed.output == shape && (signal.is_none() || placed.params.is_empty()) => {}
            _ if signal.is_some() => {
                return Err(Error::config(format!("mapping, {}", placed.name))
                    .found("a layer between Flatten and Dense whose weights lie channel by channel")
                    .wanted("Dense after Flatten")
                    .fix("load it in our own layout, under the names here"));
            }
            _ => {}
        }
        shape = &placed.output;
    }
    Ok(found)
}

/// A kernel in our layout; inputs that are a signal flattened channel by channel are put in our order, position by position.
fn from_pytorch<F: Scalar>(kernel: Tensor<F>, signal: Option<(usize, usize)>) -> Tensor<F> {
    match (kernel.shape().len(), signal) {
        (2, Some((length, channels))) if kernel.shape()[1] == length * channels => {
            let outputs = kernel.shape()[0];
            let by_channel = kernel.reshape([outputs, channels, length]);
            let ours = Tensor::copy_of(by_channel.view::<Ix3>().permuted_axes([2, 1, 0]));
            ours.reshape([length * channels, outputs])
        }
        (2, _) => Tensor::copy_of(kernel.view::<Ix2>().reversed_axes()),
        (3, _) => Tensor::copy_of(kernel.view::<Ix3>().permuted_axes([2, 1, 0])),
        _ => kernel,
    }
}
