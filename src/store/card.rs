//! Model cards: what must be known about a trained network to use it, and to trust it.

use crate::data::Dataset;
use crate::metrics::Evaluation;
use crate::names::showable;
use crate::{Error, Result, Scalar, Seed};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A model card: the meaning of a network's inputs and outputs, and where it comes from.
///
/// ```
/// use tonegrad::Seed;
/// use tonegrad::store::Card;
/// let card = Card::new(["setosa", "versicolor"], ["petal length", "petal width"], "softmax", Seed(0));
/// assert_eq!(card.features[1], "petal width");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Card {
    /// Names of the classes, in the order of the outputs; of the numbers, where the network predicts those.
    #[serde(rename = "genres")]
    pub classes: Vec<String>,
    /// Names of the features, in the order of the inputs.
    pub features: Vec<FeatureName>,
    /// Where the weights come from.
    pub provenance: Provenance,
}

/// The name of a feature: plain text, or one of several levels, as a table with several header lines has (pandas'
/// `MultiIndex`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeatureName {
    /// The title of a column.
    Plain(String),
    /// The title of each header line, and what it says of this column.
    Levels(Vec<(String, String)>),
}

impl FeatureName {
    /// All of its text.
    fn texts(&self) -> Vec<&str> {
        match self {
            FeatureName::Plain(name) => vec![name],
            FeatureName::Levels(levels) => levels.iter().flat_map(|(title, name)| [title.as_str(), name]).collect(),
        }
    }
}

impl<T: Into<String>> From<T> for FeatureName {
    fn from(name: T) -> Self {
        FeatureName::Plain(name.into())
    }
}

impl PartialEq<str> for FeatureName {
    fn eq(&self, name: &str) -> bool {
        matches!(self, FeatureName::Plain(plain) if plain == name)
    }
}

impl PartialEq<&str> for FeatureName {
    fn eq(&self, name: &&str) -> bool {
        *self == **name
    }
}

impl fmt::Display for FeatureName {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            FeatureName::Plain(name) => f.pad(name),
            FeatureName::Levels(levels) => {
                let names: Vec<_> = levels.iter().map(|(_, name)| name.as_str()).collect();
                f.pad(&names.join("/"))
            }
        }
    }
}

/// In a file, a plain name is a string, and one of several levels a map from their titles.
impl Serialize for FeatureName {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            FeatureName::Plain(name) => serializer.serialize_str(name),
            FeatureName::Levels(levels) => serializer.collect_map(levels.iter().map(|(title, name)| (title, name))),
        }
    }
}

impl<'de> Deserialize<'de> for FeatureName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Names;

        impl<'de> Visitor<'de> for Names {
            type Value = FeatureName;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("the name of a feature, or a map of its levels")
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> std::result::Result<FeatureName, E> {
                Ok(name.into())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<FeatureName, A::Error> {
                let mut levels = Vec::new();
                while let Some(level) = map.next_entry()? {
                    levels.push(level);
                }
                match levels.is_empty() {
                    true => Err(serde::de::Error::custom("a feature whose name has no level")),
                    false => Ok(FeatureName::Levels(levels)),
                }
            }
        }

        deserializer.deserialize_any(Names)
    }
}

/// The provenance of a model: where weights come from, and how good they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Provenance {
    /// The crate's version.
    pub version: String,
    /// The network's name.
    pub model: String,
    /// The seed of everything random.
    pub seed: u64,
    /// How the data were prepared: `honest` where the split came before all learning.
    pub protocol: String,
    /// The data: a path, or a description.
    pub source: String,
    /// Whether the data were made up.
    pub synthetic: bool,
    /// The figures of the test part, where there was one.
    pub test: Option<Figures>,
    /// The temperature that was fitted to rows it had not learned from, where one was. The weights have it in them already:
    /// the logits are those of training divided by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
}

/// The figures of a test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Figures {
    /// Rows of the test part.
    #[serde(rename = "tracks")]
    pub rows: u64,
    /// Mean loss of a row.
    pub loss: f64,
    /// Accuracy: the share of rows that are classified correctly.
    pub accuracy: f64,
    /// Mean recall of the classes.
    pub balanced_accuracy: f64,
    /// Mean F1 of the classes.
    pub macro_f1: f64,
    /// Share of rows whose class is among the three most probable.
    pub top_3: f64,
}

impl From<&Evaluation> for Figures {
    fn from(test: &Evaluation) -> Self {
        Figures {
            rows: test.confusion.total(),
            loss: test.loss,
            accuracy: test.accuracy(),
            balanced_accuracy: test.confusion.balanced_accuracy(),
            macro_f1: test.confusion.macro_mean().f1,
            top_3: test.top_3,
        }
    }
}

impl Card {
    /// The card of a network that was trained with this seed on a table of these classes and features. Model and protocol are
    /// whatever the reader of the file should know; [`Card::provenance`] has more to fill in.
    pub fn new<C: Into<String>, N: Into<FeatureName>>(
        classes: impl IntoIterator<Item = C>,
        features: impl IntoIterator<Item = N>,
        model: impl Into<String>,
        seed: Seed,
    ) -> Card {
        Card {
            classes: classes.into_iter().map(Into::into).collect(),
            features: features.into_iter().map(Into::into).collect(),
            provenance: Provenance {
                version: env!("CARGO_PKG_VERSION").into(),
                model: model.into(),
                seed: seed.0,
                protocol: String::new(),
                source: String::new(),
                synthetic: false,
                test: None,
                temperature: None,
            },
        }
    }

    /// A plain card: the names of classes and columns, and nothing about where the weights come from.
    ///
    /// ```
    /// use tonegrad::store::Card;
    /// assert_eq!(Card::plain(["no", "yes"], ["tempo"]).classes, ["no", "yes"]);
    /// ```
    pub fn plain<C: Into<String>, N: Into<FeatureName>>(
        classes: impl IntoIterator<Item = C>,
        columns: impl IntoIterator<Item = N>,
    ) -> Card {
        Card::new(classes, columns, "", Seed(0))
    }

    /// The plain card of a model for this data set. Columns without a name are `column 0` and so on, numbers to predict `target 0`.
    pub fn of<T: Scalar>(data: &Dataset<T>) -> Card {
        let numbered = |what: &str, n: usize| (0..n).map(|i| format!("{what} {i}")).collect::<Vec<_>>();
        let classes = match data.targets() {
            None => data.classes().to_vec(),
            Some(targets) => numbered("target", targets.ncols()),
        };
        let named = !data.features().is_empty();
        Card::plain(classes, if named { data.features().to_vec() } else { numbered("column", data.x().ncols()) })
    }

    /// With the temperature that the network's logits were [divided by](crate::nn::Model::scale_logits) after training.
    pub fn tempered(mut self, temperature: f64) -> Card {
        self.provenance.temperature = Some(temperature);
        self
    }

    /// With the figures of the test part.
    pub fn tested(mut self, test: &Evaluation) -> Card {
        self.provenance.test = Some(test.into());
        self
    }

    /// Whether the card belongs to a network of so many inputs and outputs, and can be shown on a terminal.
    pub(super) fn check(&self, place: &str, features: usize, classes: usize) -> Result<()> {
        for (what, found, wanted) in
            [("classes", self.classes.len(), classes), ("features", self.features.len(), features)]
        {
            if found != wanted {
                return Err(Error::shape(format!("{place}, {what}"))
                    .found(format!("{found} names"))
                    .wanted(format!("{wanted}, as the network has")));
            }
        }
        let mut names: Vec<_> = self.classes.iter().map(|name| name.trim()).collect();
        names.sort_unstable();
        let refused = |found: String| {
            Err(Error::data(format!("{place}, classes")).found(found).wanted("a name of its own for each"))
        };
        if names.first().is_some_and(|name| name.is_empty()) {
            return refused("a class without a name".into());
        }
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return refused(format!("two classes named {:?}", twice[0]));
        }
        let Provenance { model, protocol, source, version, .. } = &self.provenance;
        let classes = self.classes.iter().map(|name| ("classes", name.as_str()));
        let features = self.features.iter().flat_map(FeatureName::texts).map(|name| ("features", name));
        let rest = [("model", model), ("protocol", protocol), ("source of the data", source), ("version", version)];
        let mut texts = classes.chain(features).chain(rest.map(|(what, text)| (what, text.as_str())));
        texts.try_for_each(|(what, text)| showable(|| format!("{place}, {what}"), text))
    }
}
