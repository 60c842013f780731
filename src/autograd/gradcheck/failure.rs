//! A failed gradient check: which element of the Jacobian is wrong, by how much, and how to see it again.

use std::fmt;

/// A failed gradient check: a law that does not hold, and where.
///
/// ```
/// use tonegrad::autograd::{Check, Op, Slot, gradcheck::normal};
/// use tonegrad::Tensor;
///
/// /// x + x, whose author forgot that it has two terms.
/// struct Twice;
///
/// impl Op<f64, 1> for Twice {
///     type Saved = ();
///     fn forward(&self, [x]: [Tensor<f64>; 1]) -> (Tensor<f64>, ()) {
///         let mut y = x.clone();
///         y.add(&x);
///         (y, ())
///     }
///     fn backward(&self, (): &(), dy: Tensor<f64>, [dx]: &mut [Slot<f64>; 1]) {
///         dx.add(dy);
///     }
/// }
///
/// let failure = Check::multilinear().run(&Twice, [Tensor::new([1, 1], vec![0.0])]).unwrap_err();
/// assert_eq!(
///     failure.to_string(),
///     "law broken: the rule is the transposed derivative; d output[0, 0] / d input 0[0, 0]: the rule gives 1, \
///      the law wants 2 (input shapes [[1, 1]], seed 0)"
/// );
/// ```
#[derive(Clone, PartialEq)]
pub struct Failure {
    /// The law.
    pub law: &'static str,
    /// Which input, counted from 0; `None` when all moved together.
    pub input: Option<usize>,
    /// The element of the input and that of the output where the Jacobian is most wrong.
    pub element: Option<(Vec<usize>, Vec<usize>)>,
    /// What the backward rule says: the analytic derivative.
    pub exact: f64,
    /// What finite differences say, or what the law asks for.
    pub numeric: f64,
    /// Shapes of the inputs.
    pub shapes: Box<[Vec<usize>]>,
    /// Seed of the directions.
    pub seed: u64,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Failure { law, input, element, exact, numeric, shapes, seed } = self;
        write!(f, "law broken: {law}; ")?;
        match (input, element) {
            (Some(input), Some((from, to))) => write!(f, "d output{to:?} / d input {input}{from:?}: ")?,
            (Some(input), None) => write!(f, "input {input}: ")?,
            (None, _) => write!(f, "all inputs together: ")?,
        }
        write!(f, "the rule gives {exact}, the law wants {numeric} (input shapes {shapes:?}, seed {seed})")
    }
}

/// As [`Display`](fmt::Display), so that `unwrap` prints something to read.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Failure {}
