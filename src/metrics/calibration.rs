//! Calibration: whether a model that says 80 % is right four times of five.

use super::{comparable, in_range, no_rows};
use crate::{Error, Result};
use ndarray::ArrayView2;

/// Bins of a reliability diagram.
const BINS: usize = 15;

/// A reliability diagram: rows by the probability of their most probable class, in fifteen bins of equal width.
///
/// ```
/// use ndarray::array;
/// use tonegrad::metrics::Reliability;
/// // Sure of four rows at 90 %, and right about two of them.
/// let p = array![[0.9, 0.1], [0.9, 0.1], [0.1, 0.9], [0.1, 0.9]];
/// let r = Reliability::new(p.view(), &[0, 1, 0, 1])?;
/// assert!((r.ece - 0.4).abs() < 1e-6);
/// assert_eq!((r.bins[13].rows, r.bins[13].accuracy), (4, 0.5));
/// # Ok::<(), tonegrad::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Reliability {
    /// The expected calibration error: Σ rows of a bin / rows · |its accuracy - its confidence| (Guo et al. 2017).
    pub ece: f64,
    /// The bins, from the least confident.
    pub bins: Vec<Bin>,
}

/// A bin of a [`Reliability`] diagram.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Bin {
    /// Rows in it.
    pub rows: u64,
    /// Mean probability of their most probable class; 0 of no rows.
    pub confidence: f64,
    /// The share of them that is of that class; 0 of no rows.
    pub accuracy: f64,
}

impl Reliability {
    /// `probabilities` is (rows, classes), `truth` the class of each row.
    ///
    /// # Errors
    /// As [`nll`].
    pub fn new(probabilities: ArrayView2<f32>, truth: &[usize]) -> Result<Reliability> {
        check("reliability", probabilities, truth)?;
        let mut bins = vec![Bin::default(); BINS];
        for ((row, &truth), best) in probabilities.rows().into_iter().zip(truth).zip(super::argmax(probabilities)?) {
            let confidence = f64::from(row[best]);
            // Bins are open below and closed above.
            let at = ((confidence * BINS as f64).ceil() as usize).clamp(1, BINS) - 1;
            bins[at].rows += 1;
            bins[at].confidence += confidence;
            bins[at].accuracy += f64::from(u8::from(best == truth));
        }
        let ece = bins.iter().map(|bin| (bin.accuracy - bin.confidence).abs()).sum::<f64>() / truth.len() as f64;
        for bin in &mut bins {
            let rows = bin.rows.max(1) as f64;
            (bin.confidence, bin.accuracy) = (bin.confidence / rows, bin.accuracy / rows);
        }
        Ok(Reliability { ece, bins })
    }
}

/// The negative log-likelihood, the mean over the rows of -log p of their class, penalties apart. A class that was
/// given nothing counts as the least `f32` above zero.
///
/// ```
/// use ndarray::array;
/// use tonegrad::metrics::nll;
/// assert_eq!(nll(array![[0.5, 0.5], [0.25, 0.75]].view(), &[1, 0])?, 1.5 * 2f64.ln());
/// # Ok::<(), tonegrad::Error>(())
/// ```
///
/// # Errors
/// When there are no rows, rows and `truth` differ in number, a class is out of range, or a value is not a number.
pub fn nll(probabilities: ArrayView2<f32>, truth: &[usize]) -> Result<f64> {
    check("negative log-likelihood", probabilities, truth)?;
    let surprise = |(row, &class): (usize, &usize)| -f64::from(probabilities[[row, class]].max(f32::MIN_POSITIVE)).ln();
    Ok(truth.iter().enumerate().map(surprise).sum::<f64>() / truth.len() as f64)
}

/// Temperature scaling (Guo et al. 2017): the T for which softmax(z / T) makes `truth` most likely, given logits z,
/// (rows, classes). Above 1 it takes back confidence, below 1 it adds some; it changes no prediction. Fit it on
/// validation rows.
///
/// With β = 1/T the mean loss has the slope mean(Σ_k p_k z_k - z_truth), which rises with β, for its own slope is the
/// variance of z under p. So there is one minimum, and bisection finds it.
///
/// ```
/// use ndarray::array;
/// use tonegrad::metrics::temperature;
/// // Sure of itself at e³ to 1, and right three times of four: odds of 3 to 1 would be right.
/// let logits = array![[3.0, 0.0], [3.0, 0.0], [3.0, 0.0], [3.0, 0.0]];
/// assert!((temperature(logits.view(), &[0, 0, 0, 1])? - 3.0 / 3f64.ln()).abs() < 1e-9);
/// # Ok::<(), tonegrad::Error>(())
/// ```
///
/// # Errors
/// As [`nll`], and when a logit is infinite.
pub fn temperature(logits: ArrayView2<f32>, truth: &[usize]) -> Result<f64> {
    check("temperature", logits, truth)?;
    if let Some(((row, class), z)) = logits.indexed_iter().find(|(_, z)| z.is_infinite()) {
        return Err(Error::non_finite(format!("temperature, row {row}, class {class}"))
            .found(z.to_string())
            .wanted("a finite logit"));
    }
    let slope = |beta: f64| {
        let of_row = |(row, &class): (usize, &usize)| {
            let z = logits.row(row).mapv(f64::from);
            let most = z.fold(f64::NEG_INFINITY, |most, &z| z.max(most));
            let weights = z.mapv(|z| (beta * (z - most)).exp());
            (&weights * &z).sum() / weights.sum() - z[class]
        };
        truth.iter().enumerate().map(of_row).sum::<f64>()
    };
    // Where every row is right, or none is, the minimum is at an end: nothing is learned beyond a factor of 100.
    let (mut low, mut high) = (0.01f64.ln(), 100f64.ln());
    for _ in 0..100 {
        let middle = (low + high) / 2.0;
        if slope(middle.exp()) < 0.0 { low = middle } else { high = middle }
    }
    Ok((-(low + high) / 2.0).exp())
}

fn check(place: &str, values: ArrayView2<f32>, truth: &[usize]) -> Result<()> {
    comparable(values)?;
    if truth.is_empty() {
        return Err(no_rows(place));
    }
    if values.nrows() != truth.len() {
        return Err(Error::shape(place)
            .found(format!("{} rows and {} classes", values.nrows(), truth.len()))
            .wanted("one class for each row"));
    }
    in_range(place, "truth", truth, values.ncols())
}
