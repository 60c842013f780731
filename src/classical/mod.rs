//! Classical classifiers: logistic regression, support-vector machines, nearest neighbours, behind one trait with
//! networks.
//!
//! | file | idea |
//! |---|---|
//! | [`estimator`] | what all of them are: a method that is fitted, and then predicts classes |
//! | [`lbfgs`] | the minimum of a smooth function, from its gradients alone |
//! | [`logistic`] | logistic regression: a linear logit for each class, penalised, to convergence |
//! | [`smo`] | the dual of a support-vector machine, two variables at a time |
//! | [`kernel`] | the RBF kernel, row by row, by matrix products and within a bound of memory |
//! | [`svc`] | a support-vector machine for each pair of classes, and their votes |
//! | [`knn`] | the votes of the nearest rows |
//! | [`tuned`] | hyperparameters chosen by cross-validation inside the training part |
//! | [`prior`] | a fitted model under other class frequencies |
//!
//! Defaults and rules are those of scikit-learn, so that figures can be compared with what others publish. All of them
//! weigh a feature by its scale: standardise first ([`Parts::standardized`](crate::data::Parts::standardized)).
//!
//! ```
//! use tonegrad::classical::{Estimator, Knn, LogisticRegression, Svc};
//! use tonegrad::Seed;
//! use tonegrad::fma::{FmaReader, Split};
//! let fma = FmaReader::new().families(["mfcc"]).synthetic(Seed(0), 300)?;
//! let parts = fma.split(Split::Random, Seed(0))?.standardized()?;
//! let opponents: [(&str, Box<dyn Estimator>); 3] = [
//!     ("logistic regression", Box::new(LogisticRegression::default())),
//!     ("SVC", Box::new(Svc::default())),
//!     ("kNN(20)", Box::new(Knn { k: 20 })),
//! ];
//! for (name, opponent) in opponents {
//!     let fitted = opponent.fit(&parts.train, &parts.valid, Seed(0))?;
//!     println!("{name}: {:.3}", fitted.evaluate(&parts.test)?.accuracy());
//! }
//! # Ok::<(), tonegrad::Error>(())
//! ```

pub mod estimator;
pub mod kernel;
pub mod knn;
pub mod lbfgs;
pub mod logistic;
pub mod prior;
pub mod smo;
pub mod svc;
pub mod tuned;

pub use estimator::{Estimator, Predictor};
pub use kernel::Gamma;
pub use knn::Knn;
pub use lbfgs::Lbfgs;
pub use logistic::LogisticRegression;
pub use prior::Adjusted;
pub use svc::Svc;
pub use tuned::Tuned;
