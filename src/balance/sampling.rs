//! Random over-sampling and under-sampling: rows repeated, or left out, the plain ways to balance.

use super::{Strategy, rows_by_class};
use crate::data::{Dataset, Train};
use crate::{Error, Result, Seed};
use rand::RngExt;
use rand::seq::SliceRandom;

/// Random over-sampling: repeats rows of a class, each as likely as the other, with replacement.
///
/// ```
/// use ndarray::array;
/// use tonegrad::Seed;
/// use tonegrad::data::{Dataset, Train};
/// use tonegrad::balance::RandomOverSampler;
/// let train = Train::new(Dataset::new(array![[1.0], [2.0], [3.0]], vec![0, 1, 1], ["Folk", "Rock"])?);
/// let balanced = RandomOverSampler::default().balance(&train, Seed(1))?;
/// assert_eq!((balanced.x().column(0).to_vec(), balanced.y()), (vec![1.0, 2.0, 3.0, 1.0], &[0, 1, 1, 0][..]));
/// # Ok::<(), tonegrad::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RandomOverSampler {
    /// How many rows each class shall have; `Auto` raises all to the largest.
    pub strategy: Strategy,
}

impl RandomOverSampler {
    /// All rows, in order, then the repeated ones, class by class, drawn from `seed.stream("over-sample <class>")`.
    ///
    /// # Errors
    /// When there are rows of one class only, when a class without a row must grow, or when the strategy asks for fewer
    /// rows than there are.
    pub fn balance(&self, train: &Train, seed: Seed) -> Result<Train> {
        let targets = self.strategy.over(train)?;
        let mut chosen: Vec<_> = (0..train.len()).collect();
        for ((rows, target), class) in rows_by_class(train).iter().zip(targets).zip(train.classes()) {
            if rows.is_empty() && target > 0 {
                return Err(Error::data(format!("over-sample, class {class:?}"))
                    .found("no row")
                    .wanted(format!("one at least, to repeat for a count of {target}")));
            }
            let mut rng = seed.stream(&format!("over-sample {class}"));
            chosen.extend((rows.len()..target).map(|_| rows[rng.random_range(0..rows.len())]));
        }
        Ok(Train::new(train.select(&chosen)))
    }
}

/// Random under-sampling: leaves out rows of a class, without replacement.
///
/// ```
/// use ndarray::array;
/// use tonegrad::Seed;
/// use tonegrad::data::{Dataset, Train};
/// use tonegrad::balance::RandomUnderSampler;
/// let train = Train::new(Dataset::new(array![[1.0], [2.0], [3.0]], vec![0, 1, 1], ["Folk", "Rock"])?);
/// assert_eq!(RandomUnderSampler::default().balance(&train, Seed(1))?.counts(), [1, 1]);
/// # Ok::<(), tonegrad::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RandomUnderSampler {
    /// How many rows each class shall have; `Auto` brings all down to the smallest that has a row.
    pub strategy: Strategy,
}

impl RandomUnderSampler {
    /// The rows that stay, in their order, drawn from `seed.stream("under-sample <class>")`.
    ///
    /// # Errors
    /// When there are rows of one class only, or when the strategy asks for more rows than there are.
    pub fn balance(&self, train: &Train, seed: Seed) -> Result<Train> {
        Ok(Train::new(thinned(train, &self.strategy.under(train)?, "under-sample", seed)))
    }
}

/// Cuts every class above `most` rows to `most`, at random and without replacement. The rows that stay keep their order.
///
/// ```
/// use ndarray::array;
/// use tonegrad::Seed;
/// use tonegrad::data::{Dataset, Train};
/// use tonegrad::balance::cap;
/// let train = Train::new(Dataset::new(array![[1.0], [2.0], [3.0], [4.0]], vec![1, 0, 1, 1], ["Folk", "Rock"])?);
/// assert_eq!(cap(&train, 2, Seed(1))?.counts(), [1, 2]);
/// # Ok::<(), tonegrad::Error>(())
/// ```
/// # Errors
/// When `most` is 0, or rows have no classes.
pub fn cap(train: &Train, most: usize, seed: Seed) -> Result<Train> {
    if most == 0 {
        return Err(Error::config("cap, rows of a class").found("0").wanted("at least 1"));
    }
    train.has_classes("cap")?;
    let targets: Vec<_> = train.counts().into_iter().map(|count| count.min(most)).collect();
    Ok(Train::new(thinned(train, &targets, "cap", seed)))
}

/// `targets` rows of each class, in their order, drawn from `seed.stream("<purpose> <class>")`.
fn thinned(data: &Dataset, targets: &[usize], purpose: &str, seed: Seed) -> Dataset {
    let mut chosen = Vec::new();
    for ((mut rows, &target), class) in rows_by_class(data).into_iter().zip(targets).zip(data.classes()) {
        if target < rows.len() {
            rows.shuffle(&mut seed.stream(&format!("{purpose} {class}")));
            rows.truncate(target);
        }
        chosen.append(&mut rows);
    }
    chosen.sort_unstable();
    data.select(&chosen)
}
