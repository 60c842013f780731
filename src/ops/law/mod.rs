//! Laws that every operation obeys, on random shapes and with every option.
//!
//! The suite is generated from the list of operations in [`ops`](super), and each operation's case, with which options and
//! inputs it is to be examined and how smooth it is, stands in the operation's own file: an operation without one does not
//! compile.
#![allow(dead_code, reason = "the integration tests use another part of `draw`")]

mod draw;

use crate::autograd::gradcheck::Failure;
use crate::autograd::gradcheck::{grid, normal};
use crate::autograd::{Check, Op, Slot, Smoothness};
use crate::{Scalar, Tensor};
pub(super) use draw::{Draw, draw};
use draw::{cast, close, told};
use ndarray::{ArrayD, ArrayViewD, Axis, IxDyn, Slice};
use proptest::prelude::*;

/// An operation with inputs. The type of the operation is forgotten, so that the laws are compiled once and not for each.
pub(super) struct Subject {
    single: Box<dyn BothWays<f32>>,
    double: Box<dyn BothWays<f64>>,
    examine: Box<Examine>,
    inputs: Vec<Tensor<f64>>,
    smoothness: Smoothness,
    /// Whether row i of the output comes from row i of the first input alone.
    by_example: bool,
}

/// The gradient check of the operation on its inputs.
type Examine = dyn Fn(&Check) -> Result<(), Failure>;

/// Forward and backward rule, one after the other.
trait BothWays<F: Scalar> {
    /// The output, and what the backward rule makes of a gradient `dy` that is drawn for the output's shape.
    fn run(&self, inputs: &[Tensor<F>], dy: &dyn Fn(&[usize]) -> Tensor<F>) -> (Tensor<F>, Vec<Option<Tensor<F>>>);
}

/// An operation of N inputs.
#[derive(Clone)]
struct Typed<O, const N: usize>(O);

impl<F: Scalar, O: Op<F, N>, const N: usize> BothWays<F> for Typed<O, N> {
    fn run(&self, inputs: &[Tensor<F>], dy: &dyn Fn(&[usize]) -> Tensor<F>) -> (Tensor<F>, Vec<Option<Tensor<F>>>) {
        let mut slots = slots(inputs);
        let (y, saved) = self.0.forward(inputs.to_vec().try_into().expect("N inputs"));
        self.0.backward(&saved, dy(y.shape()), slots.as_mut_slice().try_into().expect("a slot for each input"));
        (y, slots.iter_mut().map(Slot::take).collect())
    }
}

fn slots<F: Scalar>(inputs: &[Tensor<F>]) -> Vec<Slot<F>> {
    inputs.iter().map(|x| Slot::wanted(x.shape(), None)).collect()
}

/// What every operation of the crate is.
pub(super) trait AnyOp<const N: usize>: Op<f64, N> + Op<f32, N> + Clone + 'static {}

impl<O: Op<f64, N> + Op<f32, N> + Clone + 'static, const N: usize> AnyOp<N> for O {}

/// Asked of every operation on the crate's list, so that none can be forgotten.
pub(super) trait Case {
    fn subject(draw: &Draw) -> Subject;
}

/// The case of an operation, in its own file: `case!(Relu, |d| piecewise_linear(Relu, &d.signal(), d.seed));`.
macro_rules! case {
    ($op:ident, |$d:ident| $subject:expr) => {
        #[cfg(test)]
        impl $crate::ops::law::Case for $op {
            fn subject($d: &$crate::ops::law::Draw) -> $crate::ops::law::Subject {
                #[allow(unused_imports, reason = "a case is of one kind")]
                use $crate::ops::law::{
                    jointly_piecewise_linear, jointly_smooth, multilinear, piecewise_linear, smooth,
                };
                $subject
            }
        }
    };
}

fn subject<const N: usize>(op: impl AnyOp<N>, inputs: [Tensor<f64>; N], smoothness: Smoothness) -> Subject {
    let rules = Typed(op);
    Subject {
        single: Box::new(rules.clone()),
        double: Box::new(rules.clone()),
        inputs: inputs.to_vec(),
        examine: Box::new(move |check| check.run(&rules.0, inputs.clone())),
        smoothness,
        by_example: false,
    }
}

pub(super) fn multilinear<const N: usize>(op: impl AnyOp<N>, inputs: [Tensor<f64>; N]) -> Subject {
    subject(op, inputs, Smoothness::Multilinear)
}

pub(super) fn piecewise_linear(op: impl AnyOp<1>, shape: &[usize], seed: u64) -> Subject {
    subject(op, [grid(shape, seed)], Smoothness::PiecewiseLinear)
}

pub(super) fn smooth(op: impl AnyOp<1>, x: Tensor<f64>) -> Subject {
    subject(op, [x], Smoothness::Smooth)
}

/// Linear pieces in several inputs, from [`Draw::distinct`] or another way at a distance from kinks.
pub(super) fn jointly_piecewise_linear<const N: usize>(op: impl AnyOp<N>, inputs: [Tensor<f64>; N]) -> Subject {
    subject(op, inputs, Smoothness::PiecewiseLinear)
}

/// Smooth in several inputs.
pub(super) fn jointly_smooth<const N: usize>(op: impl AnyOp<N>, inputs: [Tensor<f64>; N]) -> Subject {
    subject(op, inputs, Smoothness::Smooth)
}

impl Subject {
    pub(super) fn by_example(self) -> Self {
        Subject { by_example: true, ..self }
    }
}

/// The backward rule is the transpose of the derivative, and keeps its contract: it adds, leaves unwanted slots alone, sends
/// zero to zero, gives the same bits twice.
pub(super) fn duality(draw: &Draw, subject: Subject) -> Result<(), TestCaseError> {
    told((subject.examine)(&Check::new(subject.smoothness).seed(draw.seed)))
}

/// The output, and the gradients of `<v, output>` for a `v` that depends on `seed`.
fn both_ways<F: Scalar>(rules: &dyn BothWays<F>, inputs: &[Tensor<F>], seed: u64) -> (Tensor<F>, Vec<Tensor<F>>) {
    // Rounded to f32, so that both precisions get the same one.
    let (y, gradients) = rules.run(inputs, &|shape| cast(&cast::<f64, f32>(&normal(shape, seed))));
    let gradients = gradients.into_iter().zip(inputs).map(|(g, x)| g.unwrap_or(Tensor::zeros(x.shape())));
    (y, gradients.collect())
}

/// What is proven in double precision holds in single precision, but for rounding.
pub(super) fn precision(draw: &Draw, subject: Subject) -> Result<(), TestCaseError> {
    let single: Vec<Tensor<f32>> = subject.inputs.iter().map(cast).collect();
    let double: Vec<Tensor<f64>> = single.iter().map(cast).collect();
    let (y32, g32) = both_ways(&*subject.single, &single, draw.seed);
    let (y64, g64) = both_ways(&*subject.double, &double, draw.seed);
    // A sum of terms that cancel may be small, and its rounding error is not.
    let of_terms = 1e-4 * double.iter().flat_map(|x| x.as_slice()).fold(1.0, |m: f64, x| m.max(x.abs()));
    prop_assert!((0..y64.len()).all(|i| (f64::from(y32.as_slice()[i]) - y64.as_slice()[i]).abs() <= of_terms));
    g32.iter().zip(&g64).try_for_each(|(single, double)| close(single, double, 1e-4))
}

/// The same numbers, in memory in the order of the last axis first; every second one of a larger array; backwards.
fn layouts(x: &Tensor<f64>) -> [(&'static str, Tensor<f64>); 3] {
    let view: ArrayViewD<f64> = x.view::<IxDyn>();
    let transposed: ArrayD<f64> = view.t().as_standard_layout().into_owned();

    let mut wide = ArrayD::from_elem(x.shape().iter().map(|n| 2 * n).collect::<Vec<_>>(), f64::NAN);
    let second = |a: ndarray::AxisDescription| Slice::new((a.len / 2 > 0) as isize, None, 2);
    wide.slice_each_axis_mut(second).assign(&view);

    let reverse = |mut a: ArrayViewD<'_, f64>| {
        (0..a.ndim()).for_each(|axis| a.invert_axis(Axis(axis)));
        a.to_owned()
    };
    let reversed: ArrayD<f64> = reverse(view.view()).as_standard_layout().into_owned();
    let mut backwards = reversed.view();
    (0..backwards.ndim()).for_each(|axis| backwards.invert_axis(Axis(axis)));

    [
        ("transposed", Tensor::copy_of(transposed.t())),
        ("strided", Tensor::copy_of(wide.slice_each_axis(second))),
        ("reversed", Tensor::copy_of(backwards)),
    ]
}

/// Whatever the layout of the array that a tensor was copied from, the operation gives the same bits.
pub(super) fn layout(draw: &Draw, subject: Subject) -> Result<(), TestCaseError> {
    let wanted = both_ways(&*subject.double, &subject.inputs, draw.seed);
    for layout in 0..3 {
        let name = layouts(&subject.inputs[0])[layout].0;
        let inputs: Vec<_> = subject.inputs.iter().map(|x| layouts(x)[layout].1.clone()).collect();
        prop_assert_eq!(&both_ways(&*subject.double, &inputs, draw.seed), &wanted, "{}", name);
    }
    Ok(())
}

/// A batch is a stack of examples: together or one by one, the same bits come out of both rules. Only the sums over the
/// batch, the gradients of shared weights, may round differently.
pub(super) fn stack(draw: &Draw, subject: Subject) -> Result<(), TestCaseError> {
    if !subject.by_example {
        return Ok(());
    }
    let Subject { double, inputs, .. } = subject;
    let run = |inputs: &[Tensor<f64>], dy: &dyn Fn(&[usize]) -> Tensor<f64>| {
        let (y, gradients) = double.run(inputs, dy);
        let each = |g: Option<Tensor<f64>>| g.expect("every input of such an operation has a gradient");
        (y, gradients.into_iter().map(each).collect::<Vec<_>>())
    };
    let (y, gradients) = run(&inputs, &|shape| normal(shape, draw.seed));
    let dy = normal(y.shape(), draw.seed);
    let mut sums: Vec<_> = gradients.iter().map(|g| Tensor::zeros(g.shape())).collect();
    for row in 0..inputs[0].shape()[0] {
        let mut alone = inputs.clone();
        alone[0] = inputs[0].rows(row, row + 1);
        let (y_row, g_row) = run(&alone, &|_| dy.rows(row, row + 1));
        prop_assert_eq!(y_row, y.rows(row, row + 1));
        prop_assert_eq!(&g_row[0], &gradients[0].rows(row, row + 1));
        sums.iter_mut().zip(&g_row).skip(1).for_each(|(sum, g)| sum.add(g));
    }
    sums.iter().zip(&gradients).skip(1).try_for_each(|(sum, g)| close(sum, g, 1e-12))
}

/// Examines on random cases, the same in every run unless PROPTEST_RNG_SEED says otherwise. By a pointer, so that proptest's
/// machinery is compiled once and not for each of a hundred laws.
pub(super) fn on_random_cases(examine: fn(&Draw) -> Result<(), TestCaseError>) {
    proptest!(|(d in draw())| examine(&d)?);
}

/// A test for each law and each operation on the list.
macro_rules! suite {
    ($($op:ident)*) => {
        use super::law::{Case, on_random_cases, stack};

        suite!(@law duality $($op)*);
        suite!(@law precision $($op)*);
        suite!(@law layout $($op)*);

        #[test]
        fn a_batch_is_a_stack_of_examples() {
            on_random_cases(|d| {
                $(stack(d, <super::$op as Case>::subject(d))?;)*
                Ok(())
            });
        }
    };
    (@law $law:ident $($op:ident)*) => {
        #[allow(non_snake_case, reason = "tests are called as the operations are")]
        mod $law {
            use super::*;

            $(
                #[test]
                fn $op() {
                    on_random_cases(|d| crate::ops::law::$law(d, <crate::ops::$op as Case>::subject(d)));
                }
            )*
        }
    };
}
pub(super) use suite;
