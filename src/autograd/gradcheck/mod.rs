//! Is a gradient right? Asked of finite differences, for anyone's operation.
//!
//! A backward rule claims to apply the transpose of the derivative `J`. The claim holds if and only if
//!
//! ```text
//! <v, J u> = <Jᵀ v, u>        for all directions u of the input and v of the output
//! ```
//!
//! The left side is measured by central differences, `J u ≈ (f(x + h u) - f(x - h u)) / 2h`; the right side is asked of the
//! rule. One random pair (u, v) touches every element of the Jacobian at once, and a wrong rule passes it with
//! probability zero. How closely the sides must agree depends on how smooth the function is, so that is the one thing
//! that the caller says: see [`Smoothness`].

use super::op::{Op, Slot};
use super::tape::{Tape, Var};
use crate::{Seed, Tensor};
use rand_distr::{Distribution, StandardNormal, Uniform};
use std::fmt;

/// How smooth a function is, which decides the step and the tolerance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Smoothness {
    /// Linear in each input (a product, a convolution): central differences have no truncation error at all,
    /// so the step is 1 and the sides must agree to 1e-12.
    Multilinear,
    /// Linear but for kinks (ReLU, max-pooling). On inputs that keep their distance from kinks and from each other (see
    /// [`grid`]) a step of 0.4 crosses no kink: 1e-12 again.
    PiecewiseLinear,
    /// Anything else. The step is the cube root of the machine's precision, where the error of truncation (h²) and that
    /// of rounding (1/h) balance, and the sides must agree to 1e-8.
    Smooth,
}

/// Checks the derivative of an operation, or of any function of variables.
///
/// ```
/// use tonegrad::autograd::Check;
/// use tonegrad::autograd::gradcheck::normal;
/// use tonegrad::ops::Tanh;
/// Check::smooth().run(&Tanh, [normal([2, 3], 1)]).unwrap();
/// Check::smooth().function(|[x, y]| (&x * &y).tanh().sum(), [normal([4], 1), normal([4], 2)]).unwrap();
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Check {
    smoothness: Smoothness,
    tolerance: f64,
    seed: u64,
}

/// Checks a smooth operation on these inputs: [`Check`] in one line.
///
/// # Errors
/// When the backward rule is not the transposed derivative of the forward rule, or breaks the contract of [`Op`].
pub fn gradcheck<const N: usize>(op: &impl Op<f64, N>, inputs: [Tensor<f64>; N]) -> Result<(), Failure> {
    Check::smooth().run(op, inputs)
}

/// What was wrong, where, and how to see it again.
#[derive(Clone, PartialEq)]
pub struct Failure {
    /// The law that does not hold.
    pub law: &'static str,
    /// Which input, counted from 0; `None` when all moved together.
    pub input: Option<usize>,
    /// The elements (of the flattened input and output) at which the Jacobian is wrong, where that could be found.
    pub element: Option<(usize, usize)>,
    /// What the backward rule says.
    pub exact: f64,
    /// What finite differences say.
    pub numeric: f64,
    /// Shapes of the inputs.
    pub shapes: Vec<Vec<usize>>,
    /// Seed of the directions.
    pub seed: u64,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: ", self.law)?;
        match self.input {
            Some(input) => write!(f, "input {input}")?,
            None => write!(f, "all inputs together")?,
        }
        if let Some((from, to)) = self.element {
            write!(f, ", d output[{to}] / d input[{from}]")?;
        }
        let (exact, numeric) = (self.exact, self.numeric);
        write!(f, ": the rule says {exact:e}, finite differences {numeric:e}")?;
        write!(f, " (input shapes {:?}, seed {})", self.shapes, self.seed)
    }
}

/// As [`Display`](fmt::Display), so that `unwrap` prints something to read.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Failure {}

/// Normally distributed values.
pub fn normal(shape: impl AsRef<[usize]>, seed: u64) -> Tensor<f64> {
    let shape = shape.as_ref();
    let draws = StandardNormal.sample_iter(Seed(seed).stream("gradcheck"));
    Tensor::new(shape, draws.take(shape.iter().product()).collect())
}

/// The numbers halfway between whole ones around zero, each once, in random order: no two are nearer to each other than 1,
/// and none is nearer than one half to a kink at a whole number, such as ReLU's.
pub fn grid(shape: impl AsRef<[usize]>, seed: u64) -> Tensor<f64> {
    let shape = shape.as_ref();
    let len: usize = shape.iter().product();
    let halfway = |i: usize| (i / 2) as f64 + 0.5;
    let mut values: Vec<f64> = (0..len).map(|i| if i % 2 == 0 { halfway(i) } else { -halfway(i) }).collect();
    let mut rng = Seed(seed).stream("gradcheck grid");
    for i in (1..len).rev() {
        let j = Uniform::new_inclusive(0, i).expect("0 is not above i").sample(&mut rng);
        values.swap(i, j);
    }
    Tensor::new(shape, values)
}

/// A function and its claimed transpose, whichever way they were written.
struct Claim<'a> {
    forward: &'a dyn Fn(&[Tensor<f64>]) -> Tensor<f64>,
    /// Gradients of `<v, f(x)>` with respect to the inputs.
    transpose: &'a dyn Fn(&[Tensor<f64>], Tensor<f64>) -> Vec<Tensor<f64>>,
}

impl Check {
    fn new(smoothness: Smoothness, tolerance: f64) -> Self {
        Check { smoothness, tolerance, seed: 0 }
    }

    /// For functions that are linear in each input.
    pub fn multilinear() -> Self {
        Self::new(Smoothness::Multilinear, 1e-12)
    }

    /// For functions that are linear but for kinks; give it inputs from [`grid`].
    pub fn piecewise_linear() -> Self {
        Self::new(Smoothness::PiecewiseLinear, 1e-12)
    }

    /// For all other functions.
    pub fn smooth() -> Self {
        Self::new(Smoothness::Smooth, 1e-8)
    }

    /// Another tolerance, relative to the size of the terms that are summed.
    pub fn tolerance(self, tolerance: f64) -> Self {
        Check { tolerance, ..self }
    }

    /// Another seed for the directions.
    pub fn seed(self, seed: u64) -> Self {
        Check { seed, ..self }
    }

    /// Checks an operation: the duality above, and the contract of [`Op::backward`]: it adds, leaves unwanted slots
    /// alone, sends zero to zero, and gives the same bits twice.
    ///
    /// # Errors
    /// The first law that does not hold.
    pub fn run<const N: usize>(&self, op: &impl Op<f64, N>, inputs: [Tensor<f64>; N]) -> Result<(), Failure> {
        let array = |x: &[Tensor<f64>]| -> [Tensor<f64>; N] { std::array::from_fn(|i| x[i].clone()) };
        let backward = |x: &[Tensor<f64>], dy: Tensor<f64>, mut slots: [Slot<f64>; N]| {
            let (_, saved) = op.forward(array(x));
            op.backward(&saved, dy, &mut slots);
            slots.map(|mut slot| slot.take())
        };
        let fresh = |x: &[Tensor<f64>]| -> [Slot<f64>; N] { std::array::from_fn(|i| Slot::wanted(x[i].shape(), None)) };
        let claim = Claim {
            forward: &|x| op.forward(array(x)).0,
            transpose: &|x, dy| {
                let gradients = backward(x, dy, fresh(x));
                gradients.into_iter().zip(x).map(|(g, x)| g.unwrap_or_else(|| Tensor::zeros(x.shape()))).collect()
            },
        };
        self.check(&claim, &inputs)?;

        let y = op.forward(inputs.clone()).0;
        let dy = normal(y.shape(), self.seed + 1);
        let first = (claim.transpose)(&inputs, dy.clone());
        let fail = |law, input, exact: f64, numeric: f64| {
            Err(Failure { law, input: Some(input), element: None, exact, numeric, ..self.failure(&inputs) })
        };
        let differing = |a: &Tensor<f64>, b: &Tensor<f64>, bound: f64| {
            a.as_slice()
                .iter()
                .zip(b.as_slice())
                .map(|(&a, &b)| (a, b))
                .find(|(a, b)| !((a - b).abs() <= bound * b.abs().max(1.0)))
        };
        for (i, (again, first)) in (claim.transpose)(&inputs, dy.clone()).iter().zip(&first).enumerate() {
            if let Some((a, b)) = differing(again, first, 0.0) {
                return fail("the same call gives the same bits", i, a, b);
            }
        }
        for (i, zero) in (claim.transpose)(&inputs, Tensor::zeros(y.shape())).iter().enumerate() {
            if let Some((a, b)) = differing(zero, &Tensor::zeros(zero.shape()), 0.0) {
                return fail("a zero gradient is sent to zero", i, a, b);
            }
        }
        for i in 0..N {
            let before = normal(inputs[i].shape(), self.seed + 2);
            let slots = std::array::from_fn(|j| match i == j {
                true => Slot::wanted(inputs[j].shape(), Some(before.clone())),
                false => Slot::unwanted(),
            });
            let gradients = backward(&inputs, dy.clone(), slots);
            if let Some(j) = (0..N).find(|&j| j != i && gradients[j].is_some()) {
                return fail("an unwanted slot stays empty", j, 0.0, 0.0);
            }
            let mut sum = before.clone();
            sum.add(&first[i]);
            if let Some((a, b)) = differing(gradients[i].as_ref().unwrap_or(&before), &sum, 1e-12) {
                return fail("a rule adds to what is in the slot", i, a, b);
            }
        }
        Ok(())
    }

    /// Checks any function of variables, a whole network for instance.
    ///
    /// # Errors
    /// When the gradients that the tape returns are not those of the function.
    pub fn function<const N: usize>(
        &self,
        f: impl for<'t> Fn([Var<'t, f64>; N]) -> Var<'t, f64>,
        inputs: [Tensor<f64>; N],
    ) -> Result<(), Failure> {
        let claim = Claim {
            forward: &|x| {
                let tape = Tape::new();
                f(std::array::from_fn(|i| tape.constant(x[i].clone()))).into_value()
            },
            transpose: &|x, dy| {
                let tape = Tape::new();
                let leaves: [_; N] = std::array::from_fn(|i| tape.leaf(x[i].clone()));
                let y = f(leaves.clone());
                let gradients = tape.backward(&y, dy);
                leaves.iter().map(|leaf| gradients.of(leaf)).collect()
            },
        };
        self.check(&claim, &inputs)
    }

    fn failure(&self, inputs: &[Tensor<f64>]) -> Failure {
        let shapes = inputs.iter().map(|x| x.shape().to_vec()).collect();
        Failure { law: "", input: None, element: None, exact: 0.0, numeric: 0.0, shapes, seed: self.seed }
    }

    fn step(&self) -> f64 {
        match self.smoothness {
            Smoothness::Multilinear => 1.0,
            Smoothness::PiecewiseLinear => 0.4,
            Smoothness::Smooth => f64::EPSILON.cbrt(),
        }
    }

    /// Duality for each input alone, then for all of them together; then element by element where that is affordable,
    /// or to find the culprit.
    fn check(&self, claim: &Claim, inputs: &[Tensor<f64>]) -> Result<(), Failure> {
        let y = (claim.forward)(inputs);
        let v = normal(y.shape(), self.seed + 3);
        let exact = (claim.transpose)(inputs, v.clone());
        let directions: Vec<_> =
            (0..inputs.len()).map(|i| self.direction(inputs[i].shape(), self.seed + 4 + i as u64)).collect();
        let alone = (0..inputs.len()).map(|i| vec![i]);
        let together = (inputs.len() > 1).then(|| (0..inputs.len()).collect());
        for moved in alone.chain(together) {
            let along = |sign: f64| {
                let mut x = inputs.to_vec();
                for &i in &moved {
                    let u = directions[i].as_slice();
                    x[i].as_mut_slice().iter_mut().zip(u).for_each(|(x, u)| *x += sign * self.step() * u);
                }
                (claim.forward)(&x)
            };
            let (plus, minus) = (along(1.0), along(-1.0));
            let terms = || {
                let difference =
                    plus.as_slice().iter().zip(minus.as_slice()).map(|(p, m)| (p - m) / (2.0 * self.step()));
                difference.zip(v.as_slice()).map(|(d, v)| d * v)
            };
            let exact_terms = || {
                moved.iter().flat_map(|&i| exact[i].as_slice().iter().zip(directions[i].as_slice()).map(|(g, u)| g * u))
            };
            let (numeric, exact): (f64, f64) = (terms().sum(), exact_terms().sum());
            let size = terms().chain(exact_terms()).map(f64::abs).sum::<f64>().max(1.0);
            if !((numeric - exact).abs() <= self.tolerance * size) {
                let input = (moved.len() == 1).then(|| moved[0]);
                let element = moved.iter().find_map(|&i| self.elementwise(claim, inputs, i, &y).err());
                let law = "the rule is the transposed derivative";
                return Err(element.unwrap_or(Failure { law, input, exact, numeric, ..self.failure(inputs) }));
            }
        }
        let elements: usize = inputs.iter().map(|x| x.len() * y.len()).sum();
        if elements <= 1 << 10 {
            (0..inputs.len()).try_for_each(|i| self.elementwise(claim, inputs, i, &y))?;
        }
        Ok(())
    }

    /// Signed directions of size at most 1, so that a step along one crosses no kink of a [`grid`].
    fn direction(&self, shape: &[usize], seed: u64) -> Tensor<f64> {
        let draws = Uniform::new_inclusive(-1.0, 1.0)
            .expect("-1 is below 1")
            .sample_iter(Seed(seed).stream("gradcheck direction"));
        Tensor::new(shape, draws.take(shape.iter().product()).collect())
    }

    /// The Jacobian of one input, element by element.
    fn elementwise(&self, claim: &Claim, inputs: &[Tensor<f64>], input: usize, y: &Tensor<f64>) -> Result<(), Failure> {
        let rows: Vec<_> = (0..y.len())
            .map(|to| {
                let mut v = Tensor::zeros(y.shape());
                v.as_mut_slice()[to] = 1.0;
                (claim.transpose)(inputs, v).swap_remove(input)
            })
            .collect();
        for from in 0..inputs[input].len() {
            let at = |sign: f64| {
                let mut x = inputs.to_vec();
                x[input].as_mut_slice()[from] += sign * self.step();
                (claim.forward)(&x)
            };
            let (plus, minus) = (at(1.0), at(-1.0));
            for (to, row) in rows.iter().enumerate() {
                let numeric = (plus.as_slice()[to] - minus.as_slice()[to]) / (2.0 * self.step());
                let exact = row.as_slice()[from];
                // Rounding in a difference grows with the values that are subtracted.
                let size = numeric.abs().max(exact.abs()).max(y.as_slice()[to].abs()).max(1.0);
                if !((numeric - exact).abs() <= self.tolerance * size) {
                    let law = "the rule is the transposed derivative, element by element";
                    let element = Some((from, to));
                    return Err(Failure { law, input: Some(input), element, exact, numeric, ..self.failure(inputs) });
                }
            }
        }
        Ok(())
    }
}
