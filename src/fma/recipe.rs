//! A training recipe: a network and its hyperparameters, and what comes of them.

use crate::classical::{Estimator, Predictor};
use crate::data::{Dataset, Train};
use crate::nn::{Model, Sequential};
use crate::ops::Reduction;
use crate::optim::{Adam, Schedule};
use crate::train::{EarlyStopping, History, Monitor, Stopped, Trainer};
use crate::{Result, Seed};
use ndarray::{Array2, ArrayView2};

/// A training recipe: a network and its hyperparameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// The layers. Outputs beyond the classes of the data belong to classes that never occur.
    pub network: Sequential,
    /// The optimiser.
    pub adam: Adam,
    /// The learning-rate schedule.
    pub schedule: Schedule,
    /// Mini-batch size, the rows in a step; `usize::MAX` for all of them.
    pub batch_size: usize,
    /// Epochs, passes over the training part, at most.
    pub epochs: usize,
    /// Early stopping: which weights are kept, and when to stop.
    pub stopping: EarlyStopping,
    /// Whether the losses of a mini-batch are averaged or summed.
    pub reduction: Reduction,
    /// Label smoothing: the share of each target that is spread over all classes.
    pub smoothing: f64,
    /// Class weights: whether each class's loss counts in inverse proportion to its rows.
    pub weighted: bool,
    /// Whether the features should be standardised; the caller, who prepares the parts, sees to it.
    pub standardized: bool,
    /// Whether they should pass through the quantile transform before that.
    pub quantile: bool,
    /// Networks that are trained, each from its own first weights, to become an [ensemble](Model::ensemble); usually 1.
    pub members: usize,
}

impl Recipe {
    /// Adam at 1e-3 on standardised features, batches of 400, 30 epochs at most; stops after 10 epochs without a lower
    /// validation loss.
    pub fn new(network: Sequential) -> Self {
        Recipe {
            network,
            adam: Adam::new(1e-3),
            schedule: Schedule::Constant,
            batch_size: 400,
            epochs: 30,
            stopping: EarlyStopping::on(Monitor::ValLoss).patience(10),
            reduction: Reduction::Mean,
            smoothing: 0.0,
            weighted: false,
            standardized: true,
            quantile: false,
            members: 1,
        }
    }

    /// The recipe for training rows that are another mix of classes than the validation rows: where it goes by their
    /// loss or accuracy, by their balanced accuracy instead.
    pub fn watched_for_all_classes(mut self) -> Self {
        if let Monitor::ValLoss | Monitor::ValAccuracy = self.stopping.monitor {
            self.stopping.monitor = Monitor::ValBalancedAccuracy;
        }
        self
    }

    /// As [`fit`](Estimator::fit), with the history, and with trainers that `adjust` may give callbacks, an interrupt or other
    /// settings: it is told which member of the ensemble each is for, the first of which is 0.
    ///
    /// # Errors
    /// When the network cannot be built or does not fit the data; those of [`Trainer::fit`] and, where there are several
    /// members or none, of [`Model::ensemble`].
    pub fn train<'a>(
        &self,
        train: &Train,
        valid: &Dataset,
        seed: Seed,
        mut adjust: impl FnMut(usize, Trainer<'a, f32>) -> Trainer<'a, f32>,
    ) -> Result<TrainedNetwork> {
        let (mut members, mut histories, mut parameters) = (Vec::new(), Vec::new(), 0);
        for number in 0..self.members {
            let seed = match number {
                0 => seed,
                _ => Seed(seed.key("ensemble").child(number).row_bits(0)),
            };
            let (model, history) = self.train_one(train, valid, seed, |trainer| adjust(number, trainer))?;
            // A member that was not trained would only spoil the others.
            let interrupted = history.stopped == Stopped::Interrupted;
            if interrupted && number > 0 {
                break;
            }
            parameters += model.parameters();
            members.push(model.with_outputs(train.classes().len())?);
            histories.push(history);
            if interrupted {
                break;
            }
        }
        let model = Model::ensemble(&members)?;
        Ok(TrainedNetwork { model, history: histories.swap_remove(0), parameters })
    }

    fn train_one<'a>(
        &self,
        train: &Train,
        valid: &Dataset,
        seed: Seed,
        adjust: impl FnOnce(Trainer<'a, f32>) -> Trainer<'a, f32>,
    ) -> Result<(Model<f32>, History)> {
        let mut model = self.network.build::<f32>(seed)?;
        let (classes, outputs) = (train.classes().len(), model.output()[0]);
        let mut trainer = Trainer::new(self.adam)
            .schedule(self.schedule)
            .batch_size(self.batch_size)
            .epochs(self.epochs)
            .early_stopping(self.stopping)
            .reduction(self.reduction)
            .label_smoothing(self.smoothing);
        if self.weighted {
            let mut weights = train.balanced_weights();
            weights.resize(outputs.max(classes), 0.0);
            trainer = trainer.class_weights(weights);
        }
        let mut trainer = adjust(trainer);
        let history = if outputs > classes {
            let (train, valid) = (Train::new(widened(train, outputs)?), widened(valid, outputs)?);
            trainer.fit(&mut model, &train, &valid, seed)?
        } else {
            trainer.fit(&mut model, train, valid, seed)?
        };
        Ok((model, history))
    }
}

/// The same rows, with as many classes that never occur as it takes to have `outputs`.
fn widened(data: &Dataset, outputs: usize) -> Result<Dataset> {
    let unused = (data.classes().len()..outputs).map(|class| format!("unused {class}"));
    Dataset::new(data.x().to_owned(), data.y().to_vec(), data.classes().iter().cloned().chain(unused))
}

impl Estimator for Recipe {
    fn fit(&self, train: &Train, valid: &Dataset, seed: Seed) -> Result<Box<dyn Predictor>> {
        Ok(Box::new(self.train(train, valid, seed, |_, trainer| trainer)?))
    }

    fn wants_standardized(&self) -> bool {
        self.standardized
    }

    fn wants_quantiles(&self) -> bool {
        self.quantile
    }
}

/// A network that was trained by a [`Recipe`], with its history.
#[derive(Clone, Debug)]
pub struct TrainedNetwork {
    /// The network, with the best weights that were met, and an output for each class of the data.
    pub model: Model<f32>,
    /// How training went; of an ensemble, that of its first member.
    pub history: History,
    /// Trainable parameters, those of outputs for absent classes among them.
    pub parameters: usize,
}

impl Predictor for TrainedNetwork {
    fn scores(&self, x: ArrayView2<f32>) -> Result<Array2<f32>> {
        Predictor::scores(&self.model, x)
    }

    fn parameters(&self) -> usize {
        self.parameters
    }

    fn gives_probabilities(&self) -> bool {
        true
    }
}
