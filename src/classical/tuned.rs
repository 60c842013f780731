//! Hyperparameters chosen by cross-validation inside the training part.
//!
//! A default is a guess: a rival that is not tuned is beaten too easily. Each candidate is fitted on the folds of the training
//! part and scored on what they leave out; the one with the most rows correct is fitted anew on all of it. Test rows
//! are never looked at, so that a cross-validation around it is nested (Varma and Simon 2006). Where rows have groups, so
//! have the folds: see [`Folds::suiting`].

use super::estimator::{Estimator, Predictor, check_train};
use super::{Gamma, LogisticRegression, Svc};
use crate::data::{Dataset, Folds, Train};
use crate::{Error, Result, Seed};
use ndarray::{Array2, ArrayView2};

/// Candidates with their names, of which cross-validation takes one; of equally good ones the first.
///
/// ```
/// use tonegrad::Seed;
/// use tonegrad::classical::{Estimator, Predictor, Tuned};
/// use tonegrad::data::{Dataset, Train};
/// let x = ndarray::Array2::from_shape_fn((60, 1), |(row, _)| (row % 20) as f32 / 10.0 - 1.0);
/// let y = x.iter().map(|&v| usize::from(v.abs() > 0.5)).collect();
/// let train = Train::new(Dataset::new(x, y, ["near", "far"])?);
/// let fitted = Tuned::svc(1).fit(&train, &train, Seed(0))?;
/// assert!(fitted.settings().unwrap().starts_with("C = "));
/// # Ok::<(), tonegrad::Error>(())
/// ```
pub struct Tuned {
    /// Names and candidates, the most cautious first.
    pub candidates: Vec<(String, Box<dyn Estimator>)>,
    /// Folds of the training part; fewer where there are not so many groups.
    pub folds: usize,
    /// Whether features should pass through the quantile transform first.
    pub quantile: bool,
}

impl Tuned {
    /// Logistic regression with C from 0.001 to 10, in powers of ten.
    pub fn logistic_regression() -> Tuned {
        let candidate = |exponent: i32| {
            let c = 10f64.powi(exponent);
            (format!("C = {c}"), Box::new(LogisticRegression { c, ..Default::default() }) as Box<dyn Estimator>)
        };
        Tuned { candidates: (-3..=1).map(candidate).collect(), folds: 3, quantile: false }
    }

    /// The support-vector classifier with C of 1, 3 and 10, and γ of ¼, ½, 1 and 2 of 1 / features.
    pub fn svc(features: usize) -> Tuned {
        let mut candidates: Vec<(String, Box<dyn Estimator>)> = Vec::new();
        for c in [1.0, 3.0, 10.0] {
            for factor in [0.25, 0.5, 1.0, 2.0] {
                let gamma = factor / features.max(1) as f64;
                let svc = Svc { c, gamma: Gamma::Value(gamma), ..Svc::default() };
                candidates.push((format!("C = {c}, gamma = {factor} / features"), Box::new(svc)));
            }
        }
        Tuned { candidates, folds: 3, quantile: false }
    }
}

impl Estimator for Tuned {
    fn fit(&self, train: &Train, valid: &Dataset, seed: Seed) -> Result<Box<dyn Predictor>> {
        let present = check_train("tuning", train)?;
        if self.candidates.is_empty() {
            return Err(Error::config("tuning").found("no candidate").wanted("at least one"));
        }
        let groups = match train.groups() {
            Some(groups) => groups.count(),
            None => train.len(),
        };
        let mut best = 0;
        if self.candidates.len() > 1 && present.len() > 1 {
            let mut correct = vec![0; self.candidates.len()];
            for fold in Folds::suiting(train, self.folds.min(groups), seed)?.of(train)? {
                for ((_, candidate), correct) in self.candidates.iter().zip(&mut correct) {
                    let predicted = candidate.fit(&fold.train, &fold.test, seed)?.predict(fold.test.x())?;
                    *correct += predicted.iter().zip(fold.test.y()).filter(|(a, b)| a == b).count();
                }
            }
            best = (0..correct.len()).rev().max_by_key(|&i| correct[i]).unwrap_or(0);
        }
        let (settings, chosen) = &self.candidates[best];
        Ok(Box::new(Chosen { settings: settings.clone(), fitted: chosen.fit(train, valid, seed)? }))
    }

    fn wants_standardized(&self) -> bool {
        self.candidates.iter().any(|(_, candidate)| candidate.wants_standardized())
    }

    fn wants_quantiles(&self) -> bool {
        self.quantile
    }
}

/// The candidate that was taken, fitted on everything.
struct Chosen {
    settings: String,
    fitted: Box<dyn Predictor>,
}

impl Predictor for Chosen {
    fn scores(&self, x: ArrayView2<f32>) -> Result<Array2<f32>> {
        self.fitted.scores(x)
    }

    fn parameters(&self) -> usize {
        self.fitted.parameters()
    }

    fn gives_probabilities(&self) -> bool {
        self.fitted.gives_probabilities()
    }

    fn settings(&self) -> Option<String> {
        Some(self.settings.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Groups;

    /// Says what it was told to say, whatever it is fitted on.
    struct Stubborn(usize);

    impl Estimator for Stubborn {
        fn fit(&self, train: &Train, _: &Dataset, _: Seed) -> Result<Box<dyn Predictor>> {
            Ok(Box::new(Says(self.0, train.classes().len())))
        }
    }

    struct Says(usize, usize);

    impl Predictor for Says {
        fn scores(&self, x: ArrayView2<f32>) -> Result<Array2<f32>> {
            Ok(Array2::from_shape_fn((x.nrows(), self.1), |(_, class)| f32::from(u8::from(class == self.0))))
        }

        fn parameters(&self) -> usize {
            0
        }
    }

    fn tuned(classes: &[usize]) -> Tuned {
        let candidate = |&class: &usize| (format!("{class}"), Box::new(Stubborn(class)) as Box<dyn Estimator>);
        Tuned { candidates: classes.iter().map(candidate).collect(), folds: 3, quantile: false }
    }

    #[test]
    fn the_candidate_that_is_right_most_often_is_taken_and_of_equal_ones_the_first() {
        let y: Vec<usize> = (0..30).map(|row| usize::from(row % 3 > 0)).collect();
        let rows = Dataset::new(Array2::zeros((30, 1)), y, ["a", "b", "c"]).unwrap();
        let train = Train::new(rows.clone().with_groups(Groups::of((0..30).map(|row| row / 2))).unwrap());
        let chosen = |candidates: &[usize]| {
            let fitted = tuned(candidates).fit(&train, &train, Seed(1)).unwrap();
            fitted.settings().unwrap()
        };
        assert_eq!((chosen(&[0, 1, 2]), chosen(&[2, 0]), chosen(&[1, 1, 0])), ("1".into(), "0".into(), "1".into()));
        assert_eq!(tuned(&[2]).fit(&train, &train, Seed(1)).unwrap().settings(), Some("2".into()));
        assert!(tuned(&[]).fit(&train, &train, Seed(1)).is_err());
        // A single group cannot be cut into folds.
        let alone = Train::new(rows.with_groups(Groups::new(vec![7; 30])).unwrap());
        assert!(tuned(&[0, 1]).fit(&alone, &alone, Seed(1)).is_err());
    }
}
