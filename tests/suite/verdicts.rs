//! The checker's verdicts at the edges: what is rounding, what is a coarse step, a kink or a fault, and how small a fault is seen.

use tonegrad::Tensor;
use tonegrad::autograd::gradcheck::{Failure, normal};
use tonegrad::autograd::{Check, Op, Slot, gradcheck};

const TRANSPOSE: &str = "the rule is the transposed derivative";

/// 1e8·x, whose backward rule adds in two parts.
struct TwoTerms;

impl Op<f64, 1> for TwoTerms {
    type Saved = ();

    fn forward(&self, [mut x]: [Tensor<f64>; 1]) -> (Tensor<f64>, ()) {
        x.as_mut_slice().iter_mut().for_each(|x| *x *= 1e8);
        (x, ())
    }

    fn backward(&self, (): &(), dy: Tensor<f64>, [dx]: &mut [Slot<f64>; 1]) {
        for factor in [3e7, 7e7] {
            dx.add(Tensor::new(dy.shape(), dy.as_slice().iter().map(|dy| factor * dy).collect()));
        }
    }
}

#[test]
fn rounding_in_proportion_to_the_values_is_no_fault() {
    for seed in 0..20 {
        Check::multilinear().seed(seed).run(&TwoTerms, [normal([3, 3], seed)]).unwrap();
    }
}

/// A rule that is correct, of a function that is given.
struct Known(fn(f64) -> f64, fn(f64) -> f64);

impl Op<f64, 1> for Known {
    type Saved = Tensor<f64>;

    fn forward(&self, [x]: [Tensor<f64>; 1]) -> (Tensor<f64>, Tensor<f64>) {
        (Tensor::new(x.shape(), x.as_slice().iter().map(|&x| self.0(x)).collect()), x)
    }

    fn backward(&self, x: &Tensor<f64>, mut dy: Tensor<f64>, [dx]: &mut [Slot<f64>; 1]) {
        dy.as_mut_slice().iter_mut().zip(x.as_slice()).for_each(|(dy, &x)| *dy *= self.1(x));
        dx.add(dy);
    }
}

fn checked(f: fn(f64) -> f64, slope: fn(f64) -> f64) -> Result<(), Failure> {
    gradcheck(&Known(f, slope), [normal([2, 3], 1)])
}

#[test]
fn a_wrong_gradient_is_distinguished_from_a_coarse_step_and_from_a_kink() {
    checked(f64::sin, f64::cos).unwrap();
    assert_eq!(checked(f64::sin, |x| 1.0001 * x.cos()).unwrap_err().law, TRANSPOSE);
    // Correct, but a million times too wild for a step of 6e-6.
    let coarse = checked(|x| (1e4 * x).sin(), |x| 1e4 * (1e4 * x).cos()).unwrap_err();
    assert_eq!(coarse.law, "the step is fine enough (halving it still quarters the error: scale the inputs)");
    assert!(coarse.exact != 0.0 && coarse.numeric != 0.0 && coarse.exact != coarse.numeric, "{coarse}");
    // Of larger derivatives, but not too wild: at the larger steps the error is seen, and a quarter of it at half the
    // step.
    checked(|x| (5.0 * x).sin(), |x| 5.0 * (5.0 * x).cos()).unwrap();
    // No third derivative at 0, so that the error is of the next order: small beside the slope, not a quarter.
    let quintic = Known(|x| 1e4 * (x + x.powi(5)), |x| 1e4 * (1.0 + 5.0 * x.powi(4)));
    gradcheck(&quintic, [Tensor::zeros([3])]).unwrap();
    // Correct wherever it was asked, but not smooth: the larger steps cross a kink that the smallest does not.
    let kinked = gradcheck(&Known(|x| (x - 1e-3).abs(), |x| (x - 1e-3).signum()), [Tensor::zeros([3])]).unwrap_err();
    assert_eq!((kinked.law, kinked.input), ("halving the step quarters the error", Some(0)));
    assert!(kinked.exact != 0.0 && kinked.numeric != 0.0, "{kinked}");
    // A large value rounds more, and no rule is to blame.
    checked(|x| 1e6 + x.sin(), f64::cos).unwrap();
    // Small gradients are held to their own size.
    let tiny = |wrong: bool| Known(|x| 1e-9 * x.sin(), if wrong { |x| 1.01e-9 * x.cos() } else { |x| 1e-9 * x.cos() });
    gradcheck(&tiny(false), [normal([5], 1)]).unwrap();
    // Too many to be compared one by one: the random directions have to show it.
    gradcheck(&tiny(true), [normal([60], 1)]).unwrap_err();
    gradcheck(&tiny(true), [normal([5], 1)]).unwrap_err();
    // NaN is never correct.
    checked(f64::sin, |_| f64::NAN).unwrap_err();
}

#[test]
fn a_function_of_a_wrong_operation_is_rejected_and_the_tolerance_is_the_callers() {
    // The rule says 1.0001 where the slope is 1.
    let wrong = || Known(|x| x, |_| 1.0001);
    let x = [normal([2, 3], 1)];
    let check = Check::piecewise_smooth();
    assert_eq!(check.function(|[x]| x.tape().apply(wrong(), [x]), x.clone()).unwrap_err().law, TRANSPOSE);
    let function_of = |check: Check| check.function_of(|v| v[0].tape().apply(wrong(), [v[0].clone()]), &x);
    assert_eq!(function_of(check).unwrap_err().law, TRANSPOSE);
    assert_eq!(function_of(check.tolerance(1e-6)).unwrap_err().law, TRANSPOSE);
    function_of(check.tolerance(1e-3)).unwrap();
}

/// x²y/(x² + y²), whose rule says that nothing changes.
struct Together;

impl Op<f64, 2> for Together {
    type Saved = ();

    fn forward(&self, [x, y]: [Tensor<f64>; 2]) -> (Tensor<f64>, ()) {
        let pairs = x.as_slice().iter().zip(y.as_slice());
        let value = |(&x, &y): (&f64, &f64)| if y == 0.0 { 0.0 } else { x * x * y / (x * x + y * y) };
        (Tensor::new(x.shape(), pairs.map(value).collect()), ())
    }

    fn backward(&self, (): &(), _: Tensor<f64>, _: &mut [Slot<f64>; 2]) {}
}

#[test]
fn inputs_are_moved_together_too() {
    // At 0 the function is 0 along both axes, but not between them.
    let failure = Check::piecewise_smooth().run(&Together, [Tensor::zeros([3]), Tensor::zeros([3])]).unwrap_err();
    assert_eq!((failure.law, failure.input, failure.exact), (TRANSPOSE, None, 0.0));
    assert!(failure.numeric != 0.0);
}

/// x, whose rule is off by 1e-11 in one element: too little to be seen in a sum over all of them.
struct Slightly;

impl Op<f64, 1> for Slightly {
    type Saved = ();

    fn forward(&self, [x]: [Tensor<f64>; 1]) -> (Tensor<f64>, ()) {
        (x, ())
    }

    fn backward(&self, (): &(), mut dy: Tensor<f64>, [dx]: &mut [Slot<f64>; 1]) {
        dy.as_mut_slice()[5] *= 1.0 + 1e-11;
        dx.add(dy);
    }
}

#[test]
fn small_jacobians_are_compared_element_by_element() {
    let failure = Check::multilinear().run(&Slightly, [normal([30], 1)]).unwrap_err();
    assert_eq!((failure.law, failure.element), (TRANSPOSE, Some((vec![5], vec![5]))));
    assert_eq!((failure.exact, failure.numeric.round()), (1.0 + 1e-11, 1.0));
    // Too large for that.
    Check::multilinear().run(&Slightly, [normal([40], 1)]).unwrap();
}
