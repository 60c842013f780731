//! The models that take part, by name, with their settings and what was published.

use super::Treatment;
use crate::classical::{Adjusted, Estimator, Knn, LogisticRegression, Predictor, Svc, Tuned};
use crate::data::{Dataset, Train};
use crate::fma::recipes;
use crate::fma::recipes::Recipe;
use crate::fma::{Balance, Column};
use crate::train::History;
use crate::{Error, Result, Seed};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Where a full recipe takes too long: rows that a network of convolutions meets in training, at most, and rows in a
/// step, so that these few make enough steps.
const QUICK_CONVOLVED: (usize, usize) = (20_000, 100);
/// Rows that another network meets, at most.
const QUICK_ROWS: usize = 240_000;
/// Steps where each takes all rows, at most.
const QUICK_FULL_STEPS: usize = 300;

/// The models that are no networks: those of FMA's authors as scikit-learn has them by default, the nearest neighbour, which
/// shows what a known artist is worth, and those that are tuned.
const CLASSICAL: [&str; 7] = ["fma-lr", "fma-svc", "fma-knn", "nearest", "tuned-lr", "tuned-svc", "quantile-svc"];

/// Those whose hyperparameters are chosen inside the training part.
const TUNED: [&str; 3] = ["tuned-lr", "tuned-svc", "quantile-svc"];

/// A model in a study.
pub struct Entrant {
    /// Its name on the command line.
    pub name: &'static str,
    method: Method,
    quick: bool,
}

enum Method {
    Network(Box<Recipe>),
    Classical { classifier: Box<dyn Estimator>, weighted: Option<Box<dyn Estimator>>, settings: String },
}

/// What is changed in all networks; `None` leaves each as its recipe has it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Changes {
    /// Epochs, passes over the training rows, at most.
    pub epochs: Option<usize>,
    /// Mini-batch size, the rows in a step, except where a step takes all of them.
    pub batch_size: Option<usize>,
    /// Adam's learning rate.
    pub learning_rate: Option<f64>,
    /// Ends training early, by counting rows, so that a study of small tables takes minutes.
    pub quick: bool,
}

/// A fitted model, and how its training went if it is a network.
pub type FittedEntrant = (Box<dyn Predictor>, Option<History>);

impl Entrant {
    /// All names: networks, the paper's first, then the classical methods of FMA's authors.
    pub fn names() -> impl Iterator<Item = &'static str> {
        recipes::ALL.iter().map(|(name, _)| *name).chain(CLASSICAL)
    }

    /// The model of that name for tables of these columns and so many genres.
    ///
    /// # Errors
    /// When there is none of that name, or it cannot take these columns.
    pub fn named(name: &str, columns: &[Column], genres: usize, changes: Changes) -> Result<Entrant> {
        let Some(name) = Entrant::names().find(|known| *known == name) else {
            let known = Entrant::names().collect::<Vec<_>>().join(", ");
            return Err(Error::config("models").found(format!("{name:?}")).wanted(format!("some of {known}")));
        };
        let method = match name {
            "fma-lr" => {
                let weighted = LogisticRegression { balanced: true, ..LogisticRegression::default() };
                classical(LogisticRegression::default(), Some(Box::new(weighted)))
            }
            "fma-svc" => classical(Svc::default(), None),
            "fma-knn" => classical(UpTo200Neighbours, None),
            "nearest" => classical(Knn { k: 1 }, None),
            "tuned-lr" => tuned(Tuned::logistic_regression()),
            "tuned-svc" => tuned(Tuned::svc(columns.len())),
            "quantile-svc" => tuned(Tuned { quantile: true, ..Tuned::svc(columns.len()) }),
            network => {
                let recipe = recipes::named(network, columns, genres)?;
                recipe.network.check().map_err(|e| e.within(&format!("{name} on {} columns", columns.len())))?;
                Method::Network(Box::new(changes.apply(recipe)))
            }
        };
        Ok(Entrant { name, method, quick: changes.quick })
    }

    /// A network under a name of its own.
    pub fn network(name: &'static str, recipe: Recipe) -> Entrant {
        Entrant { name, method: Method::Network(Box::new(recipe)), quick: false }
    }

    /// Everything that decides its figures beside the data.
    pub fn settings(&self) -> String {
        match &self.method {
            Method::Network(recipe) => format!("{recipe:?}, quick {}", self.quick),
            Method::Classical { settings, .. } => settings.clone(),
        }
    }

    /// Whether its features should be standardised.
    pub fn wants_standardized(&self) -> bool {
        match &self.method {
            Method::Network(recipe) => recipe.standardized,
            Method::Classical { classifier, .. } => classifier.wants_standardized(),
        }
    }

    /// Whether its features should pass through the quantile transform first.
    pub fn wants_quantiles(&self) -> bool {
        match &self.method {
            Method::Network(recipe) => recipe.quantile,
            Method::Classical { classifier, .. } => classifier.wants_quantiles(),
        }
    }

    /// Whether it can learn from tables prepared like this: class weights and priors are not for every
    /// method, and tuning is for rows as they are.
    pub fn can(&self, treatment: Treatment) -> bool {
        // What is tuned by folds of the training rows would be tuned by blends of them, on both sides of a fold.
        if TUNED.contains(&self.name) && treatment.balance != Balance::None {
            return false;
        }
        let learns_by_a_loss = !matches!(self.method, Method::Classical { weighted: None, .. });
        learns_by_a_loss || !matches!(treatment.balance, Balance::Weights | Balance::Prior)
    }

    /// Learns from the training part, as the treatment has it: by weighted rows, or with the training prior taken out of
    /// its probabilities. Where balancing makes the training rows another mix than the validation rows, a network is
    /// watched by balanced accuracy: a validation loss under the real mix is least before anything was learned about
    /// rare genres. Networks end after the mini-batch during which `interrupt` becomes true.
    ///
    /// # Errors
    /// Those of the method.
    pub fn fit(
        &self,
        (train, valid): (&Train, &Dataset),
        treatment: Treatment,
        seed: Seed,
        interrupt: &Arc<AtomicBool>,
    ) -> Result<FittedEntrant> {
        let weighted = treatment.balance == Balance::Weights;
        let (fitted, history): FittedEntrant = match &self.method {
            Method::Classical { classifier, weighted: variant, .. } => {
                let classifier = variant.as_ref().filter(|_| weighted).unwrap_or(classifier);
                (classifier.fit(train, valid, seed)?, None)
            }
            Method::Network(recipe) => {
                let recipe = if self.quick { quick(recipe, train.len()) } else { (**recipe).clone() };
                let mut recipe = Recipe { weighted: weighted || recipe.weighted, ..recipe };
                if treatment.shifts_the_mix() {
                    recipe = recipe.watched_for_all_classes();
                }
                let trained = recipe.train(train, valid, seed, |_, trainer| trainer.interrupt(interrupt.clone()))?;
                let history = trained.history.clone();
                (Box::new(trained), Some(history))
            }
        };
        if treatment.balance != Balance::Prior {
            return Ok((fitted, history));
        }
        let counts: Vec<f64> = train.counts().into_iter().map(|count| count as f64).collect();
        Ok((Box::new(Adjusted::new(fitted, &counts, &vec![1.0; counts.len()])?), history))
    }

    /// The test accuracy that was published for all 16 genres and `features` features, under this treatment: by the
    /// paper on 49,598 tracks, by FMA's authors (`fma-`) on the medium subset with its official split.
    pub fn published(name: &str, treatment: Treatment, features: usize) -> Option<f64> {
        let figures: &[(&str, f64)] = match (treatment, features) {
            (Treatment::PLAIN, 518) => &[
                ("softmax-raw", 0.636),
                ("mlp3", 0.584),
                ("mlp4", 0.597),
                ("cnn-a", 0.669),
                ("cnn-b", 0.668),
                ("fma-lr", 0.6110),
                ("fma-svc", 0.6288),
                ("fma-knn", 0.5177),
                ("fma-mlp1", 0.5814),
                ("fma-mlp2", 0.5795),
            ],
            // The coefficients of the MFCC alone.
            (Treatment::PLAIN, 140) => &[
                ("fma-lr", 0.5783),
                ("fma-svc", 0.6098),
                ("fma-knn", 0.5499),
                ("fma-mlp1", 0.5317),
                ("fma-mlp2", 0.5321),
            ],
            (Treatment::SMOTE_FIRST, 518) => &[("genre-cnn", 0.8955)],
            _ => &[],
        };
        figures.iter().find(|(known, _)| *known == name).map(|(_, accuracy)| *accuracy)
    }
}

impl Changes {
    fn apply(self, recipe: Recipe) -> Recipe {
        let all_rows = recipe.batch_size == usize::MAX;
        let mut adam = recipe.adam;
        adam.learning_rate = self.learning_rate.unwrap_or(adam.learning_rate);
        Recipe {
            epochs: self.epochs.unwrap_or(recipe.epochs),
            batch_size: self.batch_size.filter(|_| !all_rows).unwrap_or(recipe.batch_size),
            adam,
            ..recipe
        }
    }
}

fn classical(classifier: impl Estimator + std::fmt::Debug + 'static, weighted: Option<Box<dyn Estimator>>) -> Method {
    Method::Classical { settings: format!("{classifier:?}"), classifier: Box::new(classifier), weighted }
}

fn tuned(tuned: Tuned) -> Method {
    let names: Vec<_> = tuned.candidates.iter().map(|(name, _)| name.as_str()).collect();
    let settings = format!("quantiles {}, the best in {} folds of: {}", tuned.quantile, tuned.folds, names.join("; "));
    Method::Classical { settings, classifier: Box::new(tuned), weighted: None }
}

/// The recipe cut short, for so many training rows.
fn quick(recipe: &Recipe, rows: usize) -> Recipe {
    let (most, batch_size) = match (recipe.batch_size, recipe.network.input()) {
        (usize::MAX, _) => (QUICK_FULL_STEPS, usize::MAX),
        (batch_size, [_, _]) => (QUICK_CONVOLVED.0 / rows.max(1), batch_size.min(QUICK_CONVOLVED.1)),
        (batch_size, _) => (QUICK_ROWS / rows.max(1), batch_size),
    };
    Recipe { epochs: recipe.epochs.min(most.max(1)), batch_size, ..recipe.clone() }
}

/// FMA's kNN(200); all training rows vote where there are fewer.
#[derive(Debug)]
struct UpTo200Neighbours;

impl Estimator for UpTo200Neighbours {
    fn fit(&self, train: &Train, valid: &Dataset, seed: Seed) -> Result<Box<dyn Predictor>> {
        Knn { k: 200.min(train.len()) }.fit(train, valid, seed)
    }
}
