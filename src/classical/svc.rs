//! Support-vector classification: a support-vector machine for each pair of classes, and their votes.

use super::estimator::{Estimator, Predictor, check_rows, check_train, positive};
use super::kernel::{Budget, Gamma, KernelRows, MOST_SQUARE, Points, largest_square, unit};
use super::smo::{Dual, solve};
use crate::data::{Dataset, Train};
use crate::product::{Write, gemm};
use crate::{Error, Result, Seed};
use ndarray::{Array2, ArrayView2, Axis};
use rayon::prelude::*;

/// Rows whose classes are predicted together.
const ROWS_AT_ONCE: usize = 64;

/// A support-vector classifier with the radial kernel: one machine for each pair of classes, each of which votes for
/// one of them when asked; the most votes win, of equally many the first class. As in libsvm, and so in
/// scikit-learn's `SVC`.
///
/// ```
/// use ndarray::array;
/// use tonegrad::classical::{Estimator, Svc};
/// use tonegrad::{Seed, data::{Dataset, Train}};
/// // No line separates these, but a circle does.
/// let x = array![[0.0, 0.0], [0.1, 0.0], [0.0, 0.1], [3.0, 0.0], [-3.0, 0.0], [0.0, 3.0], [0.0, -3.0]];
/// let train = Train::new(Dataset::new(x, vec![0, 0, 0, 1, 1, 1, 1], ["inside", "outside"])?);
/// let fitted = Svc::default().fit(&train, &train, Seed(0))?;
/// assert_eq!(fitted.predict(array![[0.2, 0.2], [2.0, 2.0]].view())?, [0, 1]);
/// # Ok::<(), tonegrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Svc {
    /// C, the most that one row may weigh, 1 by default: the price of a row on the wrong side.
    pub c: f64,
    /// γ of the kernel, 1 / features by default.
    pub gamma: Gamma,
    /// By how much the KKT conditions may be violated, 1e-3 by default.
    pub tolerance: f64,
    /// Bytes that kernel matrices may take, 3 GiB by default, all threads together. With less it takes longer.
    pub memory: usize,
}

impl Default for Svc {
    fn default() -> Self {
        Svc { c: 1.0, gamma: Gamma::default(), tolerance: 1e-3, memory: 3 << 30 }
    }
}

impl Estimator for Svc {
    fn fit(&self, train: &Train, _: &Dataset, _: Seed) -> Result<Box<dyn Predictor>> {
        Ok(Box::new(self.solve(train)?))
    }
}

impl Svc {
    /// As [`fit`](Estimator::fit), with the machines to be looked at.
    ///
    /// # Errors
    /// As [`fit`](Estimator::fit); rows of one class alone.
    pub fn solve(&self, train: &Train) -> Result<Machines> {
        positive("SVC, C", self.c)?;
        positive("SVC, tolerance", self.tolerance)?;
        let gamma = self.gamma.of(train)?;
        let present = check_train("SVC", train)?;
        if let [only] = present[..] {
            let found = format!("rows of class {:?} alone", train.classes()[only]);
            return Err(Error::data("SVC").found(found).wanted("rows of two classes at least"));
        }
        let n = train.len() as f64;
        let centre: Vec<_> =
            train.x().columns().into_iter().map(|c| c.iter().map(|&v| f64::from(v)).sum::<f64>() / n).collect();
        let unit = unit(largest_square(train.x(), &centre).0);
        let (gamma, points) = (gamma * unit * unit, Points::new(train.x(), &centre, unit));
        let of_class = |&class: &usize| (0..train.len()).filter(|&row| train.y()[row] == class).collect::<Vec<_>>();
        let rows: Vec<_> = present.iter().map(of_class).collect();
        let classes: Vec<_> = rows.iter().map(|rows| points.select(rows)).collect();

        let pairs: Vec<_> = (0..present.len()).flat_map(|a| (a + 1..present.len()).map(move |b| (a, b))).collect();
        // The largest come first, so that no thread is left with one at the end.
        let mut order: Vec<_> = (0..pairs.len()).collect();
        order.sort_by_key(|&pair| std::cmp::Reverse(rows[pairs[pair].0].len() + rows[pairs[pair].1].len()));
        let budget = Budget::new(self.memory);
        let duals = order.into_par_iter().with_max_len(1).map(|pair| {
            let (a, b) = pairs[pair];
            let mut kernel = KernelRows::new(classes[a].and(&classes[b])?, gamma, &budget);
            let size = (rows[a].len(), rows[a].len() + rows[b].len());
            Ok((pair, solve(size, self.c, self.tolerance, |row| kernel.row(row))?))
        });
        let mut duals = duals.collect::<Result<Vec<(usize, Dual)>>>()?;
        duals.sort_unstable_by_key(|(pair, _)| *pair);

        let mut beta = Array2::zeros((train.len(), pairs.len()));
        for ((pair, dual), &(a, b)) in duals.iter().zip(&pairs) {
            rows[a].iter().chain(&rows[b]).zip(&dual.beta).for_each(|(&row, &v)| beta[[row, *pair]] = v);
        }
        let support: Vec<_> = (0..train.len()).filter(|&row| beta.row(row).iter().any(|&v| v != 0.0)).collect();
        Ok(Machines {
            pairs: pairs.iter().map(|&(a, b)| (present[a], present[b])).collect(),
            rho: duals.iter().map(|(_, dual)| dual.rho).collect(),
            steps: duals.iter().map(|(_, dual)| dual.steps).collect(),
            beta: beta.select(Axis(0), &support),
            points: points.select(&support),
            support,
            centre,
            unit,
            gamma,
            present: present.len(),
            classes: train.classes().len(),
        })
    }
}

/// A fitted [`Svc`]: for each pair of classes the machine f(x) = Σ β k(x_support, x) - ρ, positive for the first.
#[derive(Clone, Debug, PartialEq)]
pub struct Machines {
    /// The pairs of classes.
    pub pairs: Vec<(usize, usize)>,
    /// Training rows that matter to some machine.
    pub support: Vec<usize>,
    /// β, (support, pairs).
    pub beta: Array2<f64>,
    /// ρ of each pair.
    pub rho: Vec<f64>,
    /// Steps that each pair took.
    pub steps: Vec<usize>,
    points: Points,
    centre: Vec<f64>,
    /// What rows are divided by, and γ for rows that were.
    unit: f64,
    gamma: f64,
    present: usize,
    classes: usize,
}

impl Machines {
    /// f of each pair, (rows, pairs).
    ///
    /// # Errors
    /// When rows have another number of features than those of training, or one is not finite, or too far away from
    /// those of training for `f32` to tell the distance.
    pub fn decisions(&self, x: ArrayView2<f32>) -> Result<Array2<f64>> {
        check_rows("SVC", x, self.centre.len())?;
        let (square, row) = largest_square(x, &self.centre);
        if square / (self.unit * self.unit) > MOST_SQUARE {
            return Err(Error::data(format!("SVC, row {row}"))
                .found(format!("a row at a distance of {:.3e} from the mean of the training rows", square.sqrt()))
                .wanted(format!("at most {:.3e}", MOST_SQUARE.sqrt() * self.unit))
                .fix("standardise the features, or leave the row out"));
        }
        let mut decisions = Array2::zeros((x.nrows(), self.pairs.len()));
        let blocks = decisions.axis_chunks_iter_mut(Axis(0), ROWS_AT_ONCE).into_par_iter();
        blocks.zip(x.axis_chunks_iter(Axis(0), ROWS_AT_ONCE)).for_each(|(mut f, x)| {
            let kernel =
                Points::new(x, &self.centre, self.unit).kernel(0..x.nrows(), &self.points, self.gamma).mapv(f64::from);
            gemm(Write::Set, kernel.view(), self.beta.view(), f.view_mut());
            f.rows_mut().into_iter().for_each(|mut f| f.iter_mut().zip(&self.rho).for_each(|(f, rho)| *f -= rho));
        });
        Ok(decisions)
    }
}

impl Predictor for Machines {
    /// Votes.
    fn scores(&self, x: ArrayView2<f32>) -> Result<Array2<f32>> {
        let decisions = self.decisions(x)?;
        let mut votes = Array2::zeros((x.nrows(), self.classes));
        for (f, mut votes) in decisions.rows().into_iter().zip(votes.rows_mut()) {
            for (f, &(first, second)) in f.iter().zip(&self.pairs) {
                votes[if *f > 0.0 { first } else { second }] += 1.0;
            }
        }
        Ok(votes)
    }

    /// Support rows, a weight in each machine of their class, and the ρ.
    fn parameters(&self) -> usize {
        self.support.len() * (self.centre.len() + self.present - 1) + self.rho.len()
    }
}
