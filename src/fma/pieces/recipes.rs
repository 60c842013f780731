//! The networks for pieces of music: those of two similar projects, the deep ones of FMA's baselines notebook, which were
//! published without results, and ours; each with what it takes to train it.
//!
//! Every network ends in logits: a softmax or sigmoid at the end of the originals is in the loss, once.

use super::front_end::FrontEnd;
use crate::data::{Dataset, Train};
use crate::fma::recipes::TrainedNetwork;
use crate::fma::spectrograms;
use crate::nn::{
    AvgPool2d, BatchNorm, Conv1d, Conv2d, Dense, Dropout, Flatten, Loss, MaxPool1d, MaxPool2d, Sequential,
};
use crate::optim::{Adam, Schedule, Sgd};
use crate::train::{EarlyStopping, Monitor, Trainer};
use crate::{Error, Result, Seed};

/// A network for pictures of a shape (height, width, channels) and so many classes, with its hyperparameters.
pub type Make = fn([usize; 3], usize) -> PieceRecipe;

/// All recipes by name, each with what it looks at.
pub const ALL: &[(&str, FrontEnd, Make)] = &[
    ("tonegrad", FrontEnd::Root, tonegrad),
    ("witt", FrontEnd::Root, witt),
    ("witt-binary", FrontEnd::Root, |shape, _| witt_binary(shape)),
    ("nahue", FrontEnd::Mel, nahue),
    ("fma-mfcc", FrontEnd::Mfcc, fma_mfcc),
    ("fma-raw-mlp", FrontEnd::Raw2k, fma_raw_mlp),
    ("fma-raw-conv", FrontEnd::Raw16k, fma_raw_conv),
];

/// The front end and the recipe of that name.
///
/// # Errors
/// When there is none.
pub fn named(name: &str) -> Result<(FrontEnd, Make)> {
    ALL.iter().find(|(known, ..)| *known == name).map(|&(_, front, make)| (front, make)).ok_or_else(|| {
        let known: Vec<_> = ALL.iter().map(|(name, ..)| *name).collect();
        Error::config("model").found(format!("{name:?}")).wanted(format!("one of {}", known.join(", ")))
    })
}

/// The optimiser of a recipe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// Adam.
    Adam(Adam),
    /// Stochastic gradient descent.
    Sgd(Sgd),
}

impl Rule {
    /// Its learning rate.
    pub fn learning_rate_mut(&mut self) -> &mut f64 {
        match self {
            Rule::Adam(adam) => &mut adam.learning_rate,
            Rule::Sgd(sgd) => &mut sgd.learning_rate,
        }
    }
}

/// A network for pieces, and its hyperparameters.
#[derive(Clone, Debug, PartialEq)]
pub struct PieceRecipe {
    /// The layers.
    pub network: Sequential,
    /// What is minimised.
    pub loss: Loss,
    /// The optimiser.
    pub rule: Rule,
    /// The learning-rate schedule.
    pub schedule: Schedule,
    /// Mini-batch size, the pieces in a step.
    pub batch_size: usize,
    /// Epochs, passes over the training part, at most.
    pub epochs: usize,
    /// Early stopping: which weights are kept, and when to stop.
    pub stopping: EarlyStopping,
    /// Label smoothing: the share of each target that is spread over all classes.
    pub smoothing: f64,
}

impl PieceRecipe {
    fn new(network: Sequential) -> PieceRecipe {
        PieceRecipe {
            network,
            loss: Loss::CrossEntropy,
            rule: Rule::Adam(Adam { epsilon: 1e-8, ..Adam::new(1e-3) }),
            schedule: Schedule::Constant,
            batch_size: 32,
            epochs: 10,
            stopping: EarlyStopping::on(Monitor::Last),
            smoothing: 0.0,
        }
    }

    /// Trains the network, by a trainer that `adjust` may give callbacks, an interrupt or other settings.
    ///
    /// # Errors
    /// When the network cannot be built or does not fit the data; those of [`Trainer::fit`].
    pub fn train<'a>(
        &self,
        train: &Train,
        valid: &Dataset,
        seed: Seed,
        adjust: impl FnOnce(Trainer<'a, f32>) -> Trainer<'a, f32>,
    ) -> Result<TrainedNetwork> {
        let mut model = self.network.build::<f32>(seed)?.with_loss(self.loss)?;
        let trainer = match self.rule {
            Rule::Adam(adam) => Trainer::new(adam),
            Rule::Sgd(sgd) => Trainer::new(sgd),
        };
        let trainer = trainer
            .loss(self.loss)
            .schedule(self.schedule)
            .batch_size(self.batch_size)
            .epochs(self.epochs)
            .early_stopping(self.stopping)
            .label_smoothing(self.smoothing);
        let history = adjust(trainer).fit(&mut model, train, valid, seed)?;
        Ok(TrainedNetwork { parameters: model.parameters(), model, history })
    }
}

/// [`spectrograms::witt`] as its author trains it: Adam, batches of 16, at most 100 epochs, an end after four without a
/// lower validation loss.
pub fn witt(shape: [usize; 3], classes: usize) -> PieceRecipe {
    let stopping = EarlyStopping::on(Monitor::ValLoss).patience(4);
    PieceRecipe { batch_size: 16, epochs: 100, stopping, ..PieceRecipe::new(spectrograms::witt(shape, classes)) }
}

/// [`spectrograms::witt_binary`], for two classes: batches of 32, an end after three epochs without a lower validation loss.
pub fn witt_binary(shape: [usize; 3]) -> PieceRecipe {
    let stopping = EarlyStopping::on(Monitor::ValLoss).patience(3);
    let recipe = PieceRecipe::new(spectrograms::witt_binary(shape));
    PieceRecipe { loss: Loss::BinaryCrossEntropy, epochs: 100, stopping, ..recipe }
}

/// [`spectrograms::nahue`] as its author trains it: Adam, batches of 64, ten epochs, the last of which is kept.
pub fn nahue(shape: [usize; 3], classes: usize) -> PieceRecipe {
    PieceRecipe { batch_size: 64, ..PieceRecipe::new(spectrograms::nahue(shape, classes)) }
}

/// The convolutional network on MFCCs of FMA's `baselines.ipynb`: 3 filters over all coefficients and ten frames, then 15
/// and 65 over ten, each every fourth; plain gradient descent at 0.001, batches of 16, 20 epochs.
pub fn fma_mfcc(shape: [usize; 3], classes: usize) -> PieceRecipe {
    let layer = |filters, height| Conv2d::new(filters, [height, 10]).stride([1, 4]).relu();
    let network = Sequential::new(shape)
        .then(layer(3, shape[0]))
        .then(layer(15, 1))
        .then(layer(65, 1))
        .then(Flatten {})
        .then(Dense::new(classes));
    PieceRecipe { rule: Rule::Sgd(Sgd::new(1e-3)), batch_size: 16, epochs: 20, ..PieceRecipe::new(network) }
}

/// The perceptron on raw sound of the same notebook: 1000 and 100 units, gradient descent at 0.1 with Nesterov's momentum
/// 0.9, batches of 64, two epochs.
pub fn fma_raw_mlp(shape: [usize; 3], classes: usize) -> PieceRecipe {
    let network = Sequential::new([shape.iter().product::<usize>()])
        .then(Dense::new(1000).relu())
        .then(Dense::new(100).relu())
        .then(Dense::new(classes));
    PieceRecipe { rule: Rule::Sgd(Sgd::new(0.1).nesterov(0.9)), batch_size: 64, epochs: 2, ..PieceRecipe::new(network) }
}

/// The convolutions on raw sound of the same notebook: 128 filters of 512 samples, side by side, then two layers of 32 over
/// eight steps with pooling by four; gradient descent at 0.01, batches of 10, 20 epochs.
pub fn fma_raw_conv(shape: [usize; 3], classes: usize) -> PieceRecipe {
    let network = Sequential::new([shape.iter().product::<usize>(), 1])
        .then(Conv1d::new(128, 512).stride(512).relu())
        .then(Conv1d::new(32, 8).relu())
        .then(MaxPool1d::new(4))
        .then(Conv1d::new(32, 8).relu())
        .then(MaxPool1d::new(4))
        .then(Flatten {})
        .then(Dense::new(100).relu())
        .then(Dense::new(classes));
    PieceRecipe { rule: Rule::Sgd(Sgd::new(0.01)), batch_size: 10, epochs: 20, ..PieceRecipe::new(network) }
}

/// What we recommend: a picture is first halved each way by a convolution, three more look for patterns, and the last rows, which are
/// pitches, are kept apart while time is averaged away: what matters is which pitches sound how, not when. Batch
/// normalisation throughout; a learning rate that falls to nothing along a cosine, so that no validation piece need choose
/// the epoch.
pub fn tonegrad(shape: [usize; 3], classes: usize) -> PieceRecipe {
    let conv = |filters, kernel| Conv2d::new(filters, kernel).same().relu();
    // A short memory: small data sets have few steps in all.
    let norm = || BatchNorm::new().momentum(0.9);
    let trunk = Sequential::new(shape)
        .then(norm())
        .then(conv(16, [5, 3]).stride([2, 2]))
        .then(norm())
        .then(conv(32, [3, 3]))
        .then(norm())
        .then(MaxPool2d::new([2, 2]))
        .then(conv(64, [3, 3]))
        .then(norm())
        .then(MaxPool2d::new([2, 2]))
        .then(conv(64, [3, 3]))
        .then(norm());
    let width = shape[1].div_ceil(2) / 4;
    let network =
        trunk.then(AvgPool2d::new([1, width])).then(Flatten {}).then(Dropout::new(0.4)).then(Dense::new(classes));
    PieceRecipe {
        rule: Rule::Adam(Adam::new(2e-3)),
        schedule: Schedule::Cosine { warm_up: 0.0, floor: 0.0 },
        epochs: 8,
        smoothing: 0.1,
        ..PieceRecipe::new(network)
    }
}
