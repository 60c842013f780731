//! The registry of layers: by which names their types are known in files.
//!
//! A layer in a file is `{"layer": name, "config": what serde says of it}`. The list below has the layers of this crate; another
//! crate's layer is [registered](register) before it is written or read. Weights alone need no registry.

use super::activation::Activation;
use super::batch_norm::BatchNorm;
use super::conv1d::Conv1d;
use super::conv2d::{Conv2d, DepthwiseConv2d, SeparableConv2d, ZeroPadding2d};
use super::dense::Dense;
use super::embedding::Embedding;
use super::gather::Gather;
use super::gaussian_noise::GaussianNoise;
use super::gru::Gru;
use super::layer::AnyLayer;
use super::layer::Layer;
use super::layer_norm::LayerNorm;
use super::parallel::Parallel;
use super::pooling::{AvgPool1d, GlobalAvgPool1d, GlobalMaxPool1d, MaxPool1d};
use super::pooling2d::{AvgPool2d, GlobalAvgPool2d, GlobalMaxPool2d, MaxPool2d};
use super::residual::Residual;
use super::simple::{Dropout, Flatten};
use crate::{Error, Result};
use serde::de::{DeserializeOwned, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Error as _, SerializeStruct};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::any::{Any, TypeId};
use std::fmt;
use std::sync::{LazyLock, RwLock, RwLockReadGuard};

/// A type of layers: its name in files, and how one of them is written and read.
struct Entry {
    name: &'static str,
    of: TypeId,
    write: fn(&dyn Any) -> &dyn erased_serde::Serialize,
    read: fn(serde_json::Value) -> serde_json::Result<AnyLayer>,
}

impl Entry {
    fn new<L: Layer + Serialize + DeserializeOwned>(name: &'static str) -> Self {
        Entry {
            name,
            of: TypeId::of::<L>(),
            write: |layer| layer.downcast_ref::<L>().expect("the entry was found by the type of the layer"),
            read: |config| Ok(serde_json::from_value::<L>(config)?.into()),
        }
    }
}

/// All types of layers that files may name.
static REGISTRY: LazyLock<RwLock<Vec<Entry>>> = LazyLock::new(|| {
    RwLock::new(vec![
        Entry::new::<Dense>("dense"),
        Entry::new::<Conv1d>("conv1d"),
        Entry::new::<MaxPool1d>("max_pool1d"),
        Entry::new::<AvgPool1d>("avg_pool1d"),
        Entry::new::<GlobalMaxPool1d>("global_max_pool1d"),
        Entry::new::<GlobalAvgPool1d>("global_avg_pool1d"),
        Entry::new::<Conv2d>("conv2d"),
        Entry::new::<DepthwiseConv2d>("depthwise_conv2d"),
        Entry::new::<SeparableConv2d>("separable_conv2d"),
        Entry::new::<ZeroPadding2d>("zero_padding2d"),
        Entry::new::<MaxPool2d>("max_pool2d"),
        Entry::new::<AvgPool2d>("avg_pool2d"),
        Entry::new::<GlobalMaxPool2d>("global_max_pool2d"),
        Entry::new::<GlobalAvgPool2d>("global_avg_pool2d"),
        Entry::new::<Dropout>("dropout"),
        Entry::new::<Gather>("gather"),
        Entry::new::<Flatten>("flatten"),
        Entry::new::<Activation>("activation"),
        Entry::new::<BatchNorm>("batch_norm"),
        Entry::new::<LayerNorm>("layer_norm"),
        Entry::new::<GaussianNoise>("gaussian_noise"),
        Entry::new::<Embedding>("embedding"),
        Entry::new::<Gru>("gru"),
        Entry::new::<Residual>("residual"),
        Entry::new::<Parallel>("parallel"),
    ])
});

fn entries() -> RwLockReadGuard<'static, Vec<Entry>> {
    REGISTRY.read().expect("nothing panics while it holds the registry")
}

/// Makes a type of layers known to files under this name, which should begin with that of your crate: do it once, before the first
/// model with such a layer is saved or loaded. Again for the same type and name it does nothing.
///
/// ```
/// # use tonegrad::autograd::Var;
/// # use tonegrad::nn::{Layer, Mode, Output};
/// # use tonegrad::{Result, Scalar};
/// #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
/// struct Cube;
///
/// impl Layer for Cube {
///     // ...
/// #   fn kind(&self) -> (&'static str, &'static str) { ("cube", "Cube") }
/// #   fn output(&self, input: &[usize]) -> Result<Vec<usize>> { Ok(input.to_vec()) }
/// #   fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, _: &[Var<'t, F>], _: Mode) -> Output<'t, F> { x.powi(3).into() }
/// }
///
/// tonegrad::nn::register::<Cube>("my_crate/cube")?;
/// let network = tonegrad::nn::Sequential::new([2]).then(Cube);
/// let text = serde_json::to_string(&network).unwrap();
/// assert_eq!(text, r#"{"input":[2],"layers":[{"layer":"my_crate/cube","config":null}]}"#);
/// assert_eq!(serde_json::from_str::<tonegrad::nn::Sequential>(&text).unwrap(), network);
/// # Ok::<(), tonegrad::Error>(())
/// ```
///
/// # Errors
/// When another type has the name, or the type has another name.
pub fn register<L: Layer + Serialize + DeserializeOwned>(name: &'static str) -> Result<()> {
    let mut entries = REGISTRY.write().expect("nothing panics while it holds the registry");
    let refused =
        |found: String| Err(Error::config("registry of layers").found(found).wanted("one name for each type"));
    match entries.iter().find(|entry| entry.name == name || entry.of == TypeId::of::<L>()) {
        None => {
            entries.push(Entry::new::<L>(name));
            Ok(())
        }
        Some(entry) if entry.of != TypeId::of::<L>() => refused(format!("a second type named {name:?}")),
        Some(entry) if entry.name != name => refused(format!("{name:?} for what is {:?} already", entry.name)),
        Some(_) => Ok(()),
    }
}

/// The names of all types of layers that files may name.
pub fn registered() -> Vec<&'static str> {
    entries().iter().map(|entry| entry.name).collect()
}

impl Serialize for AnyLayer {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let of = self.as_any().type_id();
        let found = entries().iter().find(|entry| entry.of == of).map(|entry| (entry.name, entry.write));
        let (name, write) = found.ok_or_else(|| {
            let title = self.kind().1;
            S::Error::custom(format!("a layer, {title}, that is not registered; call nn::register for its type first"))
        })?;
        let mut layer = serializer.serialize_struct("Layer", 2)?;
        layer.serialize_field("layer", name)?;
        layer.serialize_field("config", write(self.as_any()))?;
        layer.end()
    }
}

impl<'de> Deserialize<'de> for AnyLayer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = AnyLayer;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a layer: a map of its name, `layer`, and its settings, `config`")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<AnyLayer, A::Error> {
                let (mut name, mut config) = (None::<String>, None::<serde_json::Value>);
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "layer" => name = Some(map.next_value()?),
                        "config" => config = Some(map.next_value()?),
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                let name = name.ok_or_else(|| A::Error::missing_field("layer"))?;
                let read = entries().iter().find(|entry| entry.name == name).map(|entry| entry.read);
                let read = read.ok_or_else(|| {
                    let known = registered().join(", ");
                    A::Error::custom(format!("an unknown layer, {name:?}, which is not registered among {known}"))
                })?;
                let config = config.ok_or_else(|| A::Error::missing_field("config"))?;
                read(config).map_err(|e| A::Error::custom(format!("{name}: {e}")))
            }
        }

        deserializer.deserialize_struct("Layer", &["layer", "config"], Fields)
    }
}
