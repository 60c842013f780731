//! The Jacobian-vector product against the vector-Jacobian product: the law `<v, J u> = <Jᵀ v, u>`.

use super::check::{Check, Claim, Smoothness};
use super::failure::Failure;
use super::points::{direction, normal};
use crate::Tensor;

pub(super) const TRANSPOSE: &str = "the rule is the transposed derivative";
pub(super) const SLOPE: &str = "halving the step quarters the error";
pub(super) const COARSE: &str = "the step is fine enough (halving it still quarters the error: scale the inputs)";

/// Jacobians of so many elements are compared one by one.
const SMALL: usize = 1 << 10;
/// The larger of two steps at which the error of central differences is all truncation.
const LARGE_STEP: f64 = 1.0 / 128.0;

/// Both sides of the law, and the size of the terms that were summed to get them.
#[derive(Clone, Copy)]
struct Sides {
    numeric: f64,
    exact: f64,
    size: f64,
}

impl Sides {
    fn error(self) -> f64 {
        let error = (self.numeric - self.exact).abs();
        if error.is_nan() { f64::INFINITY } else { error }
    }
}

fn dot(a: &Tensor<f64>, b: &Tensor<f64>) -> f64 {
    a.as_slice().iter().zip(b.as_slice()).map(|(a, b)| a * b).sum()
}

/// Σ |a||b|.
fn dot_of_sizes(a: &Tensor<f64>, b: &Tensor<f64>) -> f64 {
    a.as_slice().iter().zip(b.as_slice()).map(|(a, b)| (a * b).abs()).sum()
}

fn largest(x: &Tensor<f64>) -> f64 {
    x.as_slice().iter().fold(0.0, |m, x| x.abs().max(m))
}

/// The index along each axis of element number `flat`, in row-major order, of an array of this shape.
fn index(shape: &[usize], mut flat: usize) -> Vec<usize> {
    let mut index: Vec<usize> = shape.iter().rev().map(|&n| (flat % n, flat /= n).0).collect();
    index.reverse();
    index
}

impl Claim<'_> {
    /// f(x + h u), where only the inputs move that have a direction.
    fn at(&self, h: f64, u: &[Option<Tensor<f64>>]) -> Tensor<f64> {
        let mut x = self.inputs.to_vec();
        for (x, u) in x.iter_mut().zip(u) {
            if let Some(u) = u {
                x.as_mut_slice().iter_mut().zip(u.as_slice()).for_each(|(x, u)| *x += h * u);
            }
        }
        (self.forward)(&x)
    }

    /// Both sides, for the gradients `g` that belong to `v`.
    fn sides(&self, h: f64, u: &[Option<Tensor<f64>>], v: &Tensor<f64>, g: &[Tensor<f64>]) -> Sides {
        let (plus, minus) = (self.at(h, u), self.at(-h, u));
        let level = (dot_of_sizes(v, &plus) + dot_of_sizes(v, &minus)) / 2.0;
        let mut slope = plus;
        slope.as_mut_slice().iter_mut().zip(minus.as_slice()).for_each(|(p, m)| *p = (*p - m) / (2.0 * h));
        let moved = || g.iter().zip(u).filter_map(|(g, u)| Some((g, u.as_ref()?)));
        let size = level + dot_of_sizes(v, &slope) + moved().map(|(g, u)| dot_of_sizes(g, u)).sum::<f64>();
        Sides { numeric: dot(v, &slope), exact: moved().map(|(g, u)| dot(g, u)).sum(), size }
    }
}

impl Check {
    fn step(&self) -> f64 {
        match self.smoothness {
            Smoothness::Multilinear => 1.0,
            Smoothness::PiecewiseLinear => 0.4,
            Smoothness::Smooth => f64::EPSILON.cbrt(),
            Smoothness::PiecewiseSmooth => 1e-7,
        }
    }

    /// The law for each input alone, then for all of them together; then element by element where that is affordable.
    pub(super) fn duality(&self, claim: &Claim) -> Result<(), Failure> {
        let inputs = claim.inputs;
        let y = (claim.forward)(inputs);
        let v = normal(y.shape(), self.seed.wrapping_add(3));
        let g = (claim.transpose)(v.clone());
        let direction = |i: usize| direction(inputs[i].shape(), self.seed.wrapping_add(4 + i as u64));
        let alone = (0..inputs.len()).map(Some);
        let together = (inputs.len() > 1).then_some(None);
        for input in alone.chain(together) {
            let u: Vec<_> =
                (0..inputs.len()).map(|i| (input.is_none() || input == Some(i)).then(|| direction(i))).collect();
            let sides = claim.sides(self.step(), &u, &v, &g);
            // NaN agrees with nothing.
            let agree = sides.error() <= self.tolerance * sides.size;
            if !agree {
                return Err(self.blame(claim, input, u, v, &g, sides));
            }
            if self.smoothness == Smoothness::Smooth {
                self.slope(claim, input, &u, &v, &g)?;
            }
        }
        let elements: usize = inputs.iter().map(|x| x.len() * y.len()).sum();
        if elements <= SMALL { self.elementwise(claim, &y) } else { Ok(()) }
    }

    /// Where truncation rules, the error of central differences is c h² + O(h⁴); that of a wrong gradient is constant, and
    /// that of a kink proportional to h.
    fn slope(
        &self,
        claim: &Claim,
        input: Option<usize>,
        u: &[Option<Tensor<f64>>],
        v: &Tensor<f64>,
        g: &[Tensor<f64>],
    ) -> Result<(), Failure> {
        let [whole, half] = [LARGE_STEP, LARGE_STEP / 2.0].map(|h| claim.sides(h, u, v, g));
        let error = |s: Sides| s.numeric - s.exact;
        // A tenth of the error, and a floor for errors that happen to cancel up to the next order, h⁴ = 4e-9.
        let bound = error(whole).abs() / 10.0 + 1e-6 * whole.size;
        if (error(half) - error(whole) / 4.0).abs() <= bound {
            return Ok(());
        }
        let (exact, numeric) = (half.exact, half.numeric);
        Err(Failure { law: SLOPE, input, exact, numeric, ..self.failure(claim.inputs) })
    }

    /// The error is linear in u and in v. So it can be cornered: of two halves of v, then of u, one must be wrong.
    fn blame(
        &self,
        claim: &Claim,
        input: Option<usize>,
        mut u: Vec<Option<Tensor<f64>>>,
        mut v: Tensor<f64>,
        g: &[Tensor<f64>],
        sides: Sides,
    ) -> Failure {
        let Sides { exact, numeric, .. } = sides;
        let failure = Failure { law: TRANSPOSE, input, exact, numeric, ..self.failure(claim.inputs) };
        if self.smoothness == Smoothness::Smooth {
            let wider = claim.sides(2.0 * self.step(), &u, &v, g);
            if (3.5..4.5).contains(&((wider.numeric - exact) / (numeric - exact))) {
                return Failure { law: COARSE, ..failure };
            }
        }
        let Some(i) = input else { return failure };
        let Some(mut direction) = u[i].take() else { return failure };
        let to = corner(&mut v, |v| {
            u[i] = Some(direction.clone());
            claim.sides(self.step(), &u, v, &(claim.transpose)(v.clone())).error()
        });
        let g = (claim.transpose)(v.clone());
        let from = corner(&mut direction, |direction| {
            u[i] = Some(direction.clone());
            claim.sides(self.step(), &u, &v, &g).error()
        });
        // The directions that are left have one element each, of random size.
        let scale = v.as_slice()[to] * direction.as_slice()[from];
        u[i] = Some(direction);
        let Sides { numeric, exact, .. } = claim.sides(self.step(), &u, &v, &g);
        let element = Some((index(claim.inputs[i].shape(), from), index(v.shape(), to)));
        Failure { element, exact: exact / scale, numeric: numeric / scale, ..failure }
    }

    /// The whole Jacobian.
    fn elementwise(&self, claim: &Claim, y: &Tensor<f64>) -> Result<(), Failure> {
        let unit = |shape: &[usize], at: usize| {
            let mut unit = Tensor::zeros(shape);
            unit.as_mut_slice()[at] = 1.0;
            unit
        };
        let rows: Vec<_> = (0..y.len()).map(|to| (claim.transpose)(unit(y.shape(), to))).collect();
        // Rounding depends on the values that were summed, which a single small element does not show.
        let size = rows.iter().flatten().map(largest).fold(largest(y), f64::max);
        for (input, x) in claim.inputs.iter().enumerate() {
            for from in 0..x.len() {
                let mut u = vec![None; claim.inputs.len()];
                u[input] = Some(unit(x.shape(), from));
                let (plus, minus) = (claim.at(self.step(), &u), claim.at(-self.step(), &u));
                for (to, row) in rows.iter().enumerate() {
                    let numeric = (plus.as_slice()[to] - minus.as_slice()[to]) / (2.0 * self.step());
                    let exact = row[input].as_slice()[from];
                    let agree = (numeric - exact).abs() <= self.tolerance * size.max(numeric.abs());
                    if !agree {
                        let (law, element) = (TRANSPOSE, Some((index(x.shape(), from), index(y.shape(), to))));
                        let found =
                            Failure { law, input: Some(input), element, exact, numeric, ..self.failure(claim.inputs) };
                        return Err(found);
                    }
                }
            }
        }
        Ok(())
    }
}

/// Halves the elements of `x` that are not zero, keeping the half with the larger error, until one is left.
fn corner(x: &mut Tensor<f64>, mut error: impl FnMut(&Tensor<f64>) -> f64) -> usize {
    let mut range = 0..x.len();
    while range.len() > 1 {
        let middle = range.start + range.len() / 2;
        let without = |gap: std::ops::Range<usize>| {
            let mut rest = x.clone();
            rest.as_mut_slice()[gap].fill(0.0);
            rest
        };
        let (low, high) = (without(middle..range.end), without(range.start..middle));
        if error(&low) >= error(&high) {
            (*x, range) = (low, range.start..middle);
        } else {
            (*x, range) = (high, middle..range.end);
        }
    }
    range.start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_element_to_blame_is_cornered() {
        let mut x = Tensor::full([2, 3, 5], 0.5);
        let at = corner(&mut x, |x| x.as_slice()[17].abs());
        assert_eq!((at, index(&[2, 3, 5], at)), (17, vec![1, 0, 2]));
        assert_eq!(x.as_slice().iter().filter(|&&x| x != 0.0).count(), 1);
    }

    #[test]
    fn both_sides_and_the_size_of_what_was_summed() {
        // 5x at x = 3, u = -1, v = -2, h = 1: f is 10 and 20 on the two sides, so the slope along u is -5, and Jᵀ v = -10.
        let number = |x: f64| Tensor::new([1], vec![x]);
        let times = |x: &Tensor<f64>, factor: f64| number(factor * x.item());
        let inputs = [number(3.0)];
        let claim = Claim { inputs: &inputs, forward: &|x| times(&x[0], 5.0), transpose: &|dy| vec![times(&dy, 5.0)] };
        let v = number(-2.0);
        let Sides { numeric, exact, size } = claim.sides(1.0, &[Some(number(-1.0))], &v, &(claim.transpose)(v.clone()));
        // Levels (20 + 40)/2, then 10 for the slope, and 10 for the gradient.
        assert_eq!((numeric, exact, size), (10.0, 10.0, 50.0));
        assert_eq!(largest(&Tensor::new([2], vec![-3.0, 2.0])), 3.0);
    }
}
