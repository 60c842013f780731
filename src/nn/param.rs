//! Parameters: what a layer asks for, and what a model has.

use super::init::Init;
use super::penalty::Penalty;
use crate::{Result, Scalar, Tensor};
use std::borrow::Cow;

/// What training does with a parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// A weight that the optimiser moves.
    #[default]
    Trained,
    /// A weight that stays as it is: fine-tuning freezes those of a network that was trained before.
    Frozen,
    /// State, which the layer itself moves in training: moving statistics. It has no gradient.
    State,
}

/// A parameter of a model: a named tensor, its penalty, and what training does with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Param<F: Scalar> {
    /// As in Keras: `conv1d_1.kernel`.
    pub name: String,
    /// Its value.
    pub value: Tensor<F>,
    /// The regularisation term that it adds to the loss while it is trained.
    pub penalty: Penalty,
    /// What training does with it.
    pub role: Role,
}

impl<F: Scalar> Param<F> {
    /// A weight that is trained, without a penalty.
    pub fn new(name: impl Into<String>, value: Tensor<F>) -> Self {
        Param { name: name.into(), value, penalty: Penalty::default(), role: Role::Trained }
    }

    /// Whether it has this name, or is of the layer that has it.
    pub(crate) fn is_of(&self, name: &str) -> bool {
        self.name.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// Whether the optimiser moves it.
    pub fn is_trained(&self) -> bool {
        self.role == Role::Trained
    }
}

/// A parameter that a layer asks for.
///
/// ```
/// use tonegrad::nn::{Init, ParamSpec};
/// let scale = ParamSpec::new("scale", [3]).init(Init::Constant(1.0));
/// assert_eq!((&*scale.name, scale.shape), ("scale", vec![3]));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ParamSpec {
    /// Its name within the layer: `kernel`.
    pub name: Cow<'static, str>,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Inputs that an output sums, and outputs that an input feeds.
    pub fans: (usize, usize),
    /// How it is initialised.
    pub init: Init,
    /// Its regularisation.
    pub penalty: Penalty,
    /// What training does with it.
    pub role: Role,
}

impl ParamSpec {
    /// A weight of zeros; of two axes or more, its inputs and outputs are the last two.
    pub fn new(name: impl Into<Cow<'static, str>>, shape: impl Into<Vec<usize>>) -> Self {
        let shape = shape.into();
        let fans = match shape[..] {
            [.., inputs, outputs] => (inputs, outputs),
            _ => (1, 1),
        };
        ParamSpec {
            name: name.into(),
            shape,
            fans,
            init: Init::Zeros,
            penalty: Penalty::default(),
            role: Role::Trained,
        }
    }

    /// Initialised so.
    pub fn init(self, init: Init) -> Self {
        ParamSpec { init, ..self }
    }

    /// With this penalty.
    pub fn penalty(self, penalty: Penalty) -> Self {
        ParamSpec { penalty, ..self }
    }

    /// State that the layer itself moves, not a weight.
    pub fn state(self) -> Self {
        ParamSpec { role: Role::State, ..self }
    }

    /// Whether a value can be drawn for it, and its penalty is sound.
    pub(super) fn check(&self) -> Result<()> {
        self.init.check().and(self.penalty.check())
    }
}
