//! L-BFGS: the minimum of a smooth function by limited-memory BFGS (Nocedal 1980; Nocedal and Wright 2006, algorithm
//! 7.4).
//!
//! Newton's method steps to -H g, with H the inverse of the Hessian, the second derivatives. That is a matrix of all
//! pairs of variables, too large to write down. But each step s already taken, and the change y of the gradient
//! along it, say what H must do in one direction: H y = s. BFGS takes the nearest symmetric matrix that obeys,
//!
//! ```text
//! H ← (I - ρ s yᵀ) H (I - ρ y sᵀ) + ρ s sᵀ,    ρ = 1 / (yᵀ s)
//! ```
//!
//! and H stays positive definite as long as yᵀ s > 0. With the last m pairs remembered, and H = γ I before them, H g
//! never needs H. Multiplied from the right, newest pair first, each factor (I - ρ y sᵀ) takes α y from the vector,
//! where α = ρ sᵀ q; then H = γ I; then, oldest first, the left factors and the last term put back (α - ρ yᵀ r) s.
//! These are the two loops of `Curvature::multiply`. γ = sᵀ y / yᵀ y of the newest pair gives H the size of the true
//! one there.
//!
//! Who knows the function better begins with H = γ P instead, where P is close to the true H somewhere. With P = A Aᵀ
//! that is the same as to minimise over A⁻¹ x, whose valleys are rounder; γ is sᵀ y / yᵀ P y then.
//!
//! The line search: a step must lower the function enough, and must flatten the slope (the weak Wolfe conditions, with
//! d the direction):
//!
//! ```text
//! f(x + t d) ≤ f(x) + c₁ t gᵀd          g(x + t d)ᵀd ≥ c₂ gᵀd          c₁ = 10⁻⁴, c₂ = 0.9
//! ```
//!
//! The second makes yᵀ s > 0. Where the first fails t is too long, where the second fails too short: doubling, then
//! bisection, finds one that is neither.

use crate::{Error, Result};
use std::collections::VecDeque;

/// The L-BFGS minimiser, with its settings.
///
/// ```
/// use tonegrad::classical::Lbfgs;
/// // (x - 1)² + 10 (y - x²)², whose valley bends towards (1, 1)
/// let found = Lbfgs::default().minimize(vec![-1.0, 1.0], |p, gradient| {
///     let bend = p[1] - p[0] * p[0];
///     gradient[0] = 2.0 * (p[0] - 1.0) - 40.0 * p[0] * bend;
///     gradient[1] = 20.0 * bend;
///     (p[0] - 1.0).powi(2) + 10.0 * bend * bend
/// })?;
/// assert!((found.at[0] - 1.0).abs() < 1e-5 && (found.at[1] - 1.0).abs() < 1e-5);
/// # Ok::<(), tonegrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lbfgs {
    /// Done when no element of the gradient is larger than this.
    pub tolerance: f64,
    /// Steps after which it is given up.
    pub iterations: usize,
    /// Pairs of steps and changes that are remembered.
    pub memory: usize,
}

impl Default for Lbfgs {
    fn default() -> Self {
        Lbfgs { tolerance: 1e-6, iterations: 5000, memory: 10 }
    }
}

/// The minimum of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Minimum {
    /// The variables.
    pub at: Vec<f64>,
    /// The function there.
    pub value: f64,
    /// Its gradient there, all but zero.
    pub gradient: Vec<f64>,
    /// Steps that it took.
    pub iterations: usize,
}

/// Replaces a vector by its product with P.
type Inverse<'a> = &'a dyn Fn(&mut [f64]);

/// Halvings and doublings of a step, after which the function is not what its gradient says.
const TRIES: usize = 60;
const C1: f64 = 1e-4;
const C2: f64 = 0.9;

impl Lbfgs {
    /// Minimises a function from `start`. `function` writes the gradient at its first argument to the second, and
    /// returns the value.
    ///
    /// # Errors
    /// When the value or the gradient is not finite at `start`; when the tolerance is not reached.
    pub fn minimize(&self, start: Vec<f64>, function: impl FnMut(&[f64], &mut [f64]) -> f64) -> Result<Minimum> {
        self.descend(start, None, function)
    }

    /// The same where something is known of the function: `inverse` replaces a vector by its product with P, a positive
    /// definite matrix that is close to the inverse of the second derivatives.
    ///
    /// # Errors
    /// As [`minimize`](Self::minimize).
    pub fn minimize_by(
        &self,
        start: Vec<f64>,
        inverse: impl Fn(&mut [f64]),
        function: impl FnMut(&[f64], &mut [f64]) -> f64,
    ) -> Result<Minimum> {
        self.descend(start, Some(&inverse), function)
    }

    fn descend(
        &self,
        start: Vec<f64>,
        inverse: Option<Inverse>,
        mut function: impl FnMut(&[f64], &mut [f64]) -> f64,
    ) -> Result<Minimum> {
        let mut gradient = vec![0.0; start.len()];
        let value = function(&start, &mut gradient);
        let mut here = Minimum { at: start, value, gradient, iterations: 0 };
        let mut history = Curvature { pairs: VecDeque::new(), memory: self.memory, inverse };
        while !(largest(&here.gradient) <= self.tolerance) {
            let next = if here.iterations == self.iterations { None } else { step(&here, &history, &mut function) };
            let Some(next) = next else {
                if history.pairs.is_empty() || here.iterations == self.iterations {
                    return Err(self.short_of(&here));
                }
                // The remembered curvature may be at fault, where rounding has come into it: downhill once more
                // without it.
                history.pairs.clear();
                continue;
            };
            history.push(difference(&next.at, &here.at), difference(&next.gradient, &here.gradient));
            here = next;
        }
        Ok(here)
    }

    fn short_of(&self, here: &Minimum) -> Error {
        let slope = largest(&here.gradient);
        let error = if (slope + here.value).is_finite() { Error::config } else { Error::non_finite };
        error("L-BFGS")
            .found(format!("a gradient of {slope:.3e} after {} steps", here.iterations))
            .wanted(format!("{:.1e} at most", self.tolerance))
            .fix("standardise the features, allow more steps, or ask for less")
    }
}

/// One step along the best direction that is known.
fn step(here: &Minimum, history: &Curvature, function: &mut impl FnMut(&[f64], &mut [f64]) -> f64) -> Option<Minimum> {
    let direction: Vec<_> = history.multiply(&here.gradient).into_iter().map(|v| -v).collect();
    let slope = dot(&here.gradient, &direction);
    // Without a past or P, nothing is known of the scale: the first step has a length of 1 at most.
    let norm = dot(&direction, &direction).sqrt();
    let blind = history.pairs.is_empty() && history.inverse.is_none();
    let mut t = if blind { (1.0 / norm).min(1.0) } else { 1.0 };
    let (mut low, mut high) = (0.0, f64::INFINITY);
    // Near the minimum the value changes by less than it is rounded to; the slope still says which way is down.
    let noise = 1e-15 * here.value.abs();
    let mut gradient = vec![0.0; here.at.len()];
    for _ in 0..TRIES {
        let at: Vec<_> = here.at.iter().zip(&direction).map(|(x, d)| x + t * d).collect();
        let value = function(&at, &mut gradient);
        if !(value <= here.value + C1 * t * slope + noise) {
            high = t;
        } else if dot(&gradient, &direction) < C2 * slope {
            low = t;
        } else {
            return Some(Minimum { at, value, gradient, iterations: here.iterations + 1 });
        }
        t = if high.is_finite() { (low + high) / 2.0 } else { 2.0 * t };
    }
    None
}

/// What is known of H.
struct Curvature<'a> {
    pairs: VecDeque<Pair>,
    memory: usize,
    /// The product with P.
    inverse: Option<Inverse<'a>>,
}

/// A step s, the change y of the gradient along it, ρ = 1 / (yᵀ s), and γ.
struct Pair {
    s: Vec<f64>,
    y: Vec<f64>,
    rho: f64,
    gamma: f64,
}

impl Curvature<'_> {
    /// P v.
    fn rough(&self, mut v: Vec<f64>) -> Vec<f64> {
        if let Some(inverse) = self.inverse {
            inverse(&mut v);
        }
        v
    }

    fn push(&mut self, s: Vec<f64>, y: Vec<f64>) {
        let curvature = dot(&s, &y);
        if curvature > 0.0 {
            let gamma = curvature / dot(&y, &self.rough(y.clone()));
            self.pairs.push_back(Pair { s, y, rho: 1.0 / curvature, gamma });
            if self.pairs.len() > self.memory {
                self.pairs.pop_front();
            }
        }
    }

    /// H g.
    fn multiply(&self, gradient: &[f64]) -> Vec<f64> {
        let mut q = gradient.to_vec();
        let mut alphas = Vec::with_capacity(self.pairs.len());
        for Pair { s, y, rho, .. } in self.pairs.iter().rev() {
            let alpha = rho * dot(s, &q);
            q.iter_mut().zip(y).for_each(|(q, y)| *q -= alpha * y);
            alphas.push(alpha);
        }
        q = self.rough(q);
        if let Some(Pair { gamma, .. }) = self.pairs.back() {
            q.iter_mut().for_each(|q| *q *= gamma);
        }
        for (Pair { s, y, rho, .. }, alpha) in self.pairs.iter().zip(alphas.into_iter().rev()) {
            let rest = alpha - rho * dot(y, &q);
            q.iter_mut().zip(s).for_each(|(q, s)| *q += rest * s);
        }
        q
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

/// NaN where there is one, so that it is never taken for a small gradient.
fn largest(v: &[f64]) -> f64 {
    v.iter().fold(0.0, |largest: f64, v| if v.abs() <= largest { largest } else { v.abs() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Σ λ_i (x_i - c_i)² / 2.
    fn bowl(lambda: &[f64], centre: &[f64]) -> impl FnMut(&[f64], &mut [f64]) -> f64 {
        move |x, gradient| {
            gradient.iter_mut().zip(x.iter().zip(centre)).zip(lambda).for_each(|((g, (x, c)), l)| *g = l * (x - c));
            gradient.iter().zip(lambda).map(|(g, l)| g * g / l / 2.0).sum()
        }
    }

    proptest! {
        #[test]
        fn finds_the_bottom_of_a_bowl(
            (lambda, centre) in (1usize..12).prop_flat_map(|n| (
                prop::collection::vec(0.01f64..100.0, n),
                prop::collection::vec(-10.0f64..10.0, n),
            )),
        ) {
            let found = Lbfgs::default().minimize(vec![0.0; lambda.len()], bowl(&lambda, &centre)).unwrap();
            for (x, c) in found.at.iter().zip(&centre) {
                prop_assert!((x - c).abs() <= 1e-6 / 0.01, "{x} for {c}");
            }
        }

        #[test]
        fn obeys_the_newest_pair(
            known: bool,
            s in prop::collection::vec(-1.0f64..1.0, 3 * 4),
            y in prop::collection::vec(-1.0f64..1.0, 3 * 4),
        ) {
            let halve: Inverse = &|v| v.iter_mut().for_each(|v| *v /= 2.0);
            let mut history = Curvature { pairs: VecDeque::new(), memory: 3, inverse: known.then_some(halve) };
            let pairs: Vec<_> = s.chunks(4).zip(y.chunks(4)).filter(|(s, y)| dot(s, y) > 0.1).collect();
            prop_assume!(!pairs.is_empty());
            pairs.iter().for_each(|(s, y)| history.push(s.to_vec(), y.to_vec()));
            let (s, y) = pairs[pairs.len() - 1];
            for (found, wanted) in history.multiply(y).iter().zip(s) {
                prop_assert!((found - wanted).abs() < 1e-8, "H y = {found}, s = {wanted}");
            }
        }
    }

    #[test]
    fn who_knows_the_second_derivatives_needs_one_step() {
        let (lambda, centre) = ([1e-3, 1.0, 1e3], [5.0, -2.0, 1.0]);
        let inverse = |v: &mut [f64]| v.iter_mut().zip(lambda).for_each(|(v, l)| *v /= l);
        let found = Lbfgs::default().minimize_by(vec![0.0; 3], inverse, bowl(&lambda, &centre)).unwrap();
        assert_eq!(found.iterations, 1);
        assert!(found.at.iter().zip(&centre).all(|(x, c)| (x - c).abs() < 1e-9), "{:?}", found.at);
        assert!(Lbfgs::default().minimize(vec![0.0; 3], bowl(&lambda, &centre)).unwrap().iterations > 3);
    }

    #[test]
    fn says_when_it_falls_short() {
        let unbounded = |_: &[f64], gradient: &mut [f64]| {
            gradient[0] = -1.0;
            f64::NAN
        };
        let message = Lbfgs::default().minimize(vec![0.0], unbounded).unwrap_err().to_string();
        assert!(message.contains("a gradient of 1.000e0 after 0 steps"), "{message}");
        let hurried = Lbfgs { iterations: 1, ..Lbfgs::default() };
        assert!(hurried.minimize(vec![5.0, 5.0], bowl(&[1.0, 50.0], &[0.0, 0.0])).is_err());
    }
}
