//! Training recipes, networks with their hyperparameters: ours, the paper's, its predecessors', and those of FMA's
//! authors.
//!
//! A network is half of a result; learning rate, batch, loss and the rule that ends training are the other. A
//! [`Recipe`] holds both, and stands beside the [`classical`](crate::classical) methods behind one trait.
//!
//! ```
//! use tonegrad::classical::Estimator;
//! use tonegrad::fma::recipes;
//! use tonegrad::fma::recipes::Recipe;
//! use tonegrad::Seed;
//! use tonegrad::fma::{FmaReader, Split};
//! let fma = FmaReader::new().families(["mfcc"]).synthetic(Seed(0), 300)?;
//! let parts = fma.split(Split::Random, Seed(0))?.standardized()?;
//! let quick = Recipe { epochs: 2, ..recipes::mlp3(140) };
//! let fitted = quick.fit(&parts.train, &parts.valid, Seed(0))?;
//! println!("{}", fitted.evaluate(&parts.test)?.accuracy());
//! # Ok::<(), tonegrad::Error>(())
//! ```

use super::networks;
use super::series::Series;
use super::tables::Column;
use crate::nn::{Dense, Dropout, Init, Sequential};
use crate::ops::Reduction;
use crate::optim::{Adam, Schedule};
use crate::train::{EarlyStopping, Monitor};
use crate::{Error, Result};

pub use super::recipe::{Recipe, TrainedNetwork};

/// FMA's genres. The paper's first networks have an output for each, though only 16 of them are a track's top genre.
pub const ALL_GENRES: usize = 161;

/// A recipe for tables of these columns and so many genres, where it can take them.
pub type Make = fn(&[Column], usize) -> Result<Recipe>;

/// All recipes by name, the paper's first.
pub const ALL: &[(&str, Make)] = &[
    ("softmax-raw", |columns, genres| of_all_genres(paper_softmax(columns.len()), genres)),
    ("softmax", |columns, genres| Ok(softmax(columns.len(), genres))),
    ("mlp3", |columns, genres| of_all_genres(mlp3(columns.len()), genres)),
    ("mlp4", |columns, genres| of_all_genres(mlp4(columns.len()), genres)),
    ("genre-cnn", |columns, genres| Ok(genre_cnn(columns.len(), genres))),
    ("cnn-a", |columns, genres| Ok(cnn_a(columns.len(), genres))),
    ("cnn-b", |columns, genres| Ok(cnn_b(columns.len(), genres))),
    ("fma-mlp1", |columns, genres| Ok(sklearn_mlp(columns.len(), &[100], genres))),
    ("fma-mlp2", |columns, genres| Ok(sklearn_mlp(columns.len(), &[200, 50], genres))),
    ("quantile-mlp", |columns, genres| Ok(quantile_mlp(columns.len(), genres))),
    ("tonegrad", |columns, genres| Ok(tonegrad(&Series::of(columns)?, genres))),
];

/// The recipe of that name.
///
/// # Errors
/// When there is none, or it cannot take these columns.
pub fn named(name: &str, columns: &[Column], genres: usize) -> Result<Recipe> {
    let Some((_, make)) = ALL.iter().find(|(known, _)| *known == name) else {
        let known: Vec<_> = ALL.iter().map(|(name, _)| *name).collect();
        return Err(Error::config("model").found(format!("{name:?}")).wanted(format!("one of {}", known.join(", "))));
    };
    make(columns, genres).map_err(|e| e.within(name))
}

/// Refuses more genres than the paper's first networks have outputs.
fn of_all_genres(recipe: Recipe, genres: usize) -> Result<Recipe> {
    match genres > ALL_GENRES {
        true => Err(Error::config("outputs")
            .found(format!("{genres} genres"))
            .wanted(format!("at most {ALL_GENRES}"))
            .fix("choose another model")),
        false => Ok(recipe),
    }
}

/// The paper's softmax regression, step by step: features as they are in the table, 161 outputs, all weights zero at
/// first, 20,001 steps of Adam at 1e-4, each on all rows.
pub fn paper_softmax(features: usize) -> Recipe {
    Recipe {
        adam: Adam { epsilon: 1e-8, ..Adam::new(1e-4) },
        batch_size: usize::MAX,
        epochs: 20_001,
        stopping: EarlyStopping::on(Monitor::Loss),
        standardized: false,
        ..Recipe::new(networks::softmax_regression(features, ALL_GENRES))
    }
}

/// Softmax regression, trained out: standardised features, a penalty of 3e-4 Σ w² (about scikit-learn's C = 1 for 1,600
/// rows), batches of 128, 60 epochs, and a learning rate that falls to nothing, so that the last weights are the best.
pub fn softmax(features: usize, genres: usize) -> Recipe {
    let network = Sequential::new([features]).then(Dense::new(genres).init(Init::Zeros).l2(3e-4));
    Recipe {
        adam: Adam::new(1e-2),
        schedule: Schedule::Cosine { warm_up: 0.0, floor: 0.0 },
        batch_size: 128,
        epochs: 60,
        stopping: EarlyStopping::on(Monitor::Last),
        ..Recipe::new(network)
    }
}

/// The paper's perceptron with three hidden layers: Adam at 0.01, batches of 389 whose losses are summed, 161 outputs.
pub fn mlp3(features: usize) -> Recipe {
    paper_mlp(networks::mlp3(features, ALL_GENRES))
}

/// The paper's perceptron with four hidden layers, trained as [`mlp3`].
pub fn mlp4(features: usize) -> Recipe {
    paper_mlp(networks::mlp4(features, ALL_GENRES))
}

fn paper_mlp(network: Sequential) -> Recipe {
    Recipe {
        adam: Adam { epsilon: 1e-8, ..Adam::new(1e-2) },
        batch_size: 389,
        reduction: Reduction::Sum,
        ..Recipe::new(network)
    }
}

/// The paper's final network: mini-batches of 400, 30 epochs, stopped when *training* accuracy has not risen for five.
pub fn genre_cnn(features: usize, genres: usize) -> Recipe {
    let stopping = EarlyStopping::on(Monitor::Accuracy).patience(5);
    Recipe { stopping, ..Recipe::new(networks::genre_cnn(features, genres)) }
}

/// The predecessor [`networks::cnn_a`]: batches of 389, stopped when validation accuracy has not risen for ten epochs.
pub fn cnn_a(features: usize, genres: usize) -> Recipe {
    predecessor(networks::cnn_a(features, genres))
}

/// The predecessor [`networks::cnn_b`], trained as [`cnn_a`].
pub fn cnn_b(features: usize, genres: usize) -> Recipe {
    predecessor(networks::cnn_b(features, genres))
}

fn predecessor(network: Sequential) -> Recipe {
    let stopping = EarlyStopping::on(Monitor::ValAccuracy).patience(10);
    Recipe { batch_size: 389, stopping, ..Recipe::new(network) }
}

/// What we recommend, convolutions along the series of a table, [`networks::tonegrad`]: batches of 128, ten epochs, and a learning rate that falls
/// to nothing along a cosine. So there is no need for validation rows to choose the best weights: the last ones are kept.
pub fn tonegrad(series: &Series, genres: usize) -> Recipe {
    cosine(networks::tonegrad(series, genres), 10)
}

/// A perceptron of one hidden layer, with dropout before it and behind it, trained as [`tonegrad()`] for twenty epochs.
pub fn perceptron(features: usize, (input, hidden, dropout): (f64, usize, f64), genres: usize) -> Recipe {
    let begin = Sequential::new([features]);
    let begin = if input > 0.0 { begin.then(Dropout::new(input)) } else { begin };
    cosine(begin.then(Dense::new(hidden).relu()).then(Dropout::new(dropout)).then(Dense::new(genres)), 20)
}

/// An ensemble of five [`perceptron`]s of 128 hidden units, forty epochs each, on features that pass through the quantile
/// transform. Dropout of the features themselves is for wide tables, where others say the same: of eight, each is missed.
pub fn quantile_mlp(features: usize, genres: usize) -> Recipe {
    let input = if features < WIDE { 0.0 } else { 0.2 };
    Recipe { quantile: true, members: 5, epochs: 40, ..perceptron(features, (input, 128, 0.5), genres) }
}

/// Columns of a table whose features can be dropped in training.
const WIDE: usize = 100;

fn cosine(network: Sequential, epochs: usize) -> Recipe {
    Recipe {
        schedule: Schedule::Cosine { warm_up: 0.0, floor: 0.0 },
        batch_size: 128,
        epochs,
        stopping: EarlyStopping::on(Monitor::Last),
        ..Recipe::new(network)
    }
}

/// A perceptron as scikit-learn's `MLPClassifier` trains it where nothing is said, FMA's MLP(100) and MLP(200, 50):
/// ReLU, Adam at 1e-3, batches of 200, 200 epochs at most, an end when the training loss has not fallen by 1e-4 for
/// more than ten epochs. Biases are initialised as the weights of their layer are. A penalty of α/2 Σ w², α = 1e-4,
/// counts once for all rows of a batch, not for each. The last epoch's weights are kept.
pub fn sklearn_mlp(features: usize, hidden: &[usize], genres: usize) -> Recipe {
    const BATCH: usize = 200;
    let layer = |units| Dense::new(units).bias_init(Init::GlorotUniform).l2(1e-4 / 2.0 / BATCH as f64);
    let network = hidden.iter().fold(Sequential::new([features]), |net, &units| net.then(layer(units).relu()));
    Recipe {
        adam: Adam { epsilon: 1e-8, ..Adam::new(1e-3) },
        batch_size: BATCH,
        epochs: 200,
        stopping: EarlyStopping::on(Monitor::Loss).tol(1e-4).patience(11).keep_last(),
        ..Recipe::new(network.then(layer(genres)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;
    use crate::classical::{Estimator, Predictor};
    use crate::data::{Dataset, Train};
    use ndarray::Array2;

    /// Is a number below zero, near it, or above? The last is the rarest.
    fn thirds() -> Train {
        let x = Array2::from_shape_fn((60, 1), |(row, _)| if row < 55 { row as f32 / 27.0 - 1.5 } else { 2.0 });
        let y = x.iter().map(|&v| if v < -0.5 { 0 } else { usize::from(v > 0.5) + 1 }).collect();
        Train::new(Dataset::new(x, y, ["below", "near", "above"]).unwrap())
    }

    #[test]
    fn outputs_for_absent_genres_are_trained_and_left_out() {
        let train = thirds();
        let recipe = Recipe { epochs: 400, adam: Adam::new(0.05), ..paper_softmax(1) };
        let trained = recipe.train(&train, &train, Seed(1), |_, trainer| trainer).unwrap();
        assert_eq!((trained.model.output(), trained.parameters()), (&[3][..], 2 * ALL_GENRES));
        // What is left out had a small share, which the others get: they are more sure than all together were.
        let (some, all) = (trained.model.evaluate(&train).unwrap().loss, trained.history.best().unwrap().val_loss);
        assert!(some < all && all - some < 0.2, "{some} and {all}");
        assert!(trained.evaluate(&train).unwrap().accuracy() > 0.9);
        assert_eq!(trained.history.epochs.len(), 400);
        assert!(!recipe.wants_standardized() && mlp3(1).wants_standardized());
        let weighted = Recipe { weighted: true, epochs: 1, ..recipe };
        assert!(weighted.fit(&train, &train, Seed(1)).is_ok());
    }

    #[test]
    fn weights_help_the_rare_class() {
        let x = Array2::from_shape_fn((200, 1), |(row, _)| (row % 7) as f32 - 3.0 + if row < 20 { 1.0 } else { 0.0 });
        let y = (0..200).map(|row| usize::from(row < 20)).collect();
        let train = Train::new(Dataset::new(x, y, ["usual", "rare"]).unwrap());
        let recall = |weighted| {
            let recipe = Recipe { adam: Adam::new(0.05), epochs: 60, weighted, ..softmax(1, 2) };
            recipe.fit(&train, &train, Seed(2)).unwrap().evaluate(&train).unwrap().per_class()[1].recall
        };
        assert!(recall(true) > recall(false), "{} and {}", recall(true), recall(false));
    }

    #[test]
    fn numbers_of_parameters_are_those_of_the_layers() {
        let count = |recipe: Recipe| recipe.network.build::<f32>(Seed(0)).unwrap().parameters();
        assert_eq!(count(sklearn_mlp(518, &[100], 16)), 518 * 100 + 100 + 100 * 16 + 16);
        assert_eq!(count(sklearn_mlp(518, &[200, 50], 16)), 519 * 200 + 201 * 50 + 51 * 16);
        assert_eq!(count(paper_softmax(518)), 519 * 161);
        assert_eq!(count(genre_cnn(518, 16)), 2_122_800);
        let deviation = |name: &str| {
            let model = sklearn_mlp(518, &[100], 16).network.build::<f64>(Seed(0)).unwrap();
            let param = model.params().iter().find(|p| p.name == name).map(|p| p.value.as_slice().to_vec()).unwrap();
            param.iter().fold(0.0, |most: f64, v| most.max(v.abs()))
        };
        // Biases are initialised within the limit of their layer's weights, √(6 / (518 + 100)).
        let limit = (6.0f64 / 618.0).sqrt();
        assert!((0.9 * limit..limit).contains(&deviation("dense.bias")), "{}", deviation("dense.bias"));
    }

    #[test]
    fn an_ensemble_says_what_its_members_say_on_average() {
        let train = thirds();
        let network = perceptron(1, (0.0, 8, 0.1), 3);
        let recipe = Recipe { members: 3, epochs: 5, batch_size: 10, ..network };
        let mut alone = Vec::new();
        let all = recipe.train(&train, &train, Seed(4), |member, trainer| {
            alone.push(member);
            trainer
        });
        let all = all.unwrap();
        assert_eq!((alone, all.parameters), (vec![0, 1, 2], 3 * (2 * 8 + 9 * 3)));
        // The first is what the seed makes of one alone; the others are others.
        let first = Recipe { members: 1, ..recipe.clone() }.train(&train, &train, Seed(4), |_, t| t).unwrap();
        assert_eq!((all.history.epochs.len(), &all.history.epochs[4].loss), (5, &first.history.epochs[4].loss));
        let kernel = |model: &crate::nn::Model<f32>, name: &str| {
            model.params().iter().find(|p| p.name == name).unwrap().value.as_slice().to_vec()
        };
        let branches =
            ["parallel.branch.dense.kernel", "parallel.branch_1.dense.kernel"].map(|name| kernel(&all.model, name));
        assert_eq!(branches[0], kernel(&first.model, "dense.kernel"));
        assert_ne!(branches[0], branches[1]);
        assert!(Recipe { members: 0, ..recipe }.train(&train, &train, Seed(4), |_, t| t).is_err());
    }

    #[test]
    fn ours_ends_with_its_last_weights_and_wants_series() {
        let column = |statistic: &str, number: usize| Column {
            feature: "mfcc".into(),
            statistic: statistic.into(),
            number: format!("{number:02}"),
        };
        let columns: Vec<_> = ["mean", "std"].iter().flat_map(|s| (1..=3).map(|number| column(s, number))).collect();
        let recipe = named("tonegrad", &columns, 2).unwrap();
        assert!(named("tonegrad", &columns[1..], 2).is_err() && named("mlp3", &columns[1..], 2).is_ok());
        // Which of two series has the larger mean?
        let x =
            Array2::from_shape_fn((300, 6), |(row, column)| ((row * 7 + column * column * 3) % 11) as f32 / 5.0 - 1.0);
        let y = x.rows().into_iter().map(|row| usize::from(row[0] > row[2])).collect();
        let train = Train::new(Dataset::new(x, y, ["first", "third"]).unwrap());
        let trained = recipe.train(&train, &train, Seed(0), |_, trainer| trainer).unwrap();
        let history = &trained.history;
        assert_eq!((history.epochs.len(), history.best_epoch), (recipe.epochs, recipe.epochs));
        assert!(history.to_string().ends_with("10 epochs, all epochs done; the last weights are kept"), "{history}");
        assert!(history.epochs[9].learning_rate < 0.03 * history.epochs[0].learning_rate);
        assert!(trained.evaluate(&train).unwrap().accuracy() > 0.9);
    }
}
