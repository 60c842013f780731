//! Laws that every operation obeys, on random shapes and with every option.
//!
//! The suite is generated from the list of operations in [`ops`](super), and each operation's case, with which options and
//! inputs it is to be examined and how smooth it is, stands in the operation's own file: an operation without one does not
//! compile.
#![allow(dead_code, reason = "the integration tests use another part of `draw`")]

mod draw;

use crate::autograd::gradcheck::{grid, normal};
use crate::autograd::{Check, Op, Slot, Smoothness};
use crate::{Scalar, Tensor};
pub(super) use draw::{Draw, draw};
use draw::{cast, close, told};
use ndarray::{ArrayD, ArrayViewD, Axis, IxDyn, Slice};
use proptest::prelude::*;

/// An operation with inputs.
pub(super) struct Subject<O, const N: usize> {
    pub op: O,
    pub inputs: [Tensor<f64>; N],
    pub smoothness: Smoothness,
    /// Whether row i of the output comes from row i of the first input alone.
    pub by_example: bool,
}

/// What every operation of the crate is.
pub(super) trait AnyOp<const N: usize>: Op<f64, N> + Op<f32, N> + Clone {}

impl<O: Op<f64, N> + Op<f32, N> + Clone, const N: usize> AnyOp<N> for O {}

/// A law that must hold for every operation.
pub(super) trait Law {
    fn holds<O: AnyOp<N>, const N: usize>(draw: &Draw, subject: Subject<O, N>) -> Result<(), TestCaseError>;
}

/// Asked of every operation on the crate's list, so that none can be forgotten.
pub(super) trait Case {
    fn examine<L: Law>(draw: &Draw) -> Result<(), TestCaseError>;
}

/// The case of an operation, in its own file: `case!(Relu, |d| piecewise_linear(Relu, &d.signal(), d.seed));`.
macro_rules! case {
    ($op:ident, |$d:ident| $subject:expr) => {
        #[cfg(test)]
        impl $crate::ops::law::Case for $op {
            fn examine<L: $crate::ops::law::Law>(
                $d: &$crate::ops::law::Draw,
            ) -> Result<(), proptest::test_runner::TestCaseError> {
                #[allow(unused_imports, reason = "a case is of one kind")]
                use $crate::ops::law::{
                    jointly_piecewise_linear, jointly_smooth, multilinear, piecewise_linear, smooth,
                };
                L::holds($d, $subject)
            }
        }
    };
}

pub(super) fn multilinear<O, const N: usize>(op: O, inputs: [Tensor<f64>; N]) -> Subject<O, N> {
    Subject { op, inputs, smoothness: Smoothness::Multilinear, by_example: false }
}

pub(super) fn piecewise_linear<O>(op: O, shape: &[usize], seed: u64) -> Subject<O, 1> {
    Subject { op, inputs: [grid(shape, seed)], smoothness: Smoothness::PiecewiseLinear, by_example: false }
}

pub(super) fn smooth<O>(op: O, x: Tensor<f64>) -> Subject<O, 1> {
    Subject { op, inputs: [x], smoothness: Smoothness::Smooth, by_example: false }
}

/// Linear pieces in several inputs, from [`Draw::distinct`] or another way at a distance from kinks.
pub(super) fn jointly_piecewise_linear<O, const N: usize>(op: O, inputs: [Tensor<f64>; N]) -> Subject<O, N> {
    Subject { op, inputs, smoothness: Smoothness::PiecewiseLinear, by_example: false }
}

/// Smooth in several inputs.
pub(super) fn jointly_smooth<O, const N: usize>(op: O, inputs: [Tensor<f64>; N]) -> Subject<O, N> {
    Subject { op, inputs, smoothness: Smoothness::Smooth, by_example: false }
}

impl<O, const N: usize> Subject<O, N> {
    pub(super) fn by_example(self) -> Self {
        Subject { by_example: true, ..self }
    }
}

/// The backward rule is the transpose of the derivative, and keeps its contract: it adds, leaves unwanted slots alone, sends
/// zero to zero, gives the same bits twice.
pub(super) struct Duality;

impl Law for Duality {
    fn holds<O: AnyOp<N>, const N: usize>(draw: &Draw, subject: Subject<O, N>) -> Result<(), TestCaseError> {
        told(Check::new(subject.smoothness).seed(draw.seed).run(&subject.op, subject.inputs))
    }
}

/// The output, and the gradients of `<v, output>` for a `v` that depends on `seed`.
fn both_ways<F: Scalar, O: Op<F, N>, const N: usize>(
    op: &O,
    inputs: &[Tensor<F>; N],
    seed: u64,
) -> (Tensor<F>, Vec<Tensor<F>>) {
    let (y, saved) = op.forward(inputs.clone());
    // Rounded to f32, so that both precisions get the same one.
    let dy = cast(&cast::<f64, f32>(&normal(y.shape(), seed)));
    let mut slots = inputs.each_ref().map(|x| Slot::wanted(x.shape(), None));
    op.backward(&saved, dy, &mut slots);
    let gradients = slots.into_iter().zip(inputs).map(|(mut slot, x)| slot.take().unwrap_or(Tensor::zeros(x.shape())));
    (y, gradients.collect())
}

/// What is proven in double precision holds in single precision, but for rounding.
pub(super) struct Precision;

impl Law for Precision {
    fn holds<O: AnyOp<N>, const N: usize>(draw: &Draw, subject: Subject<O, N>) -> Result<(), TestCaseError> {
        let single: [Tensor<f32>; N] = subject.inputs.each_ref().map(cast);
        let double: [Tensor<f64>; N] = single.each_ref().map(cast);
        let (y32, g32) = both_ways(&subject.op, &single, draw.seed);
        let (y64, g64) = both_ways(&subject.op, &double, draw.seed);
        // A sum of terms that cancel may be small, and its rounding error is not.
        let of_terms = 1e-4 * double.iter().flat_map(|x| x.as_slice()).fold(1.0, |m: f64, x| m.max(x.abs()));
        prop_assert!((0..y64.len()).all(|i| (f64::from(y32.as_slice()[i]) - y64.as_slice()[i]).abs() <= of_terms));
        g32.iter().zip(&g64).try_for_each(|(single, double)| close(single, double, 1e-4))
    }
}

/// Whatever the layout of the array that a tensor was copied from, the operation gives the same bits.
pub(super) struct Layout;

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

impl Law for Layout {
    fn holds<O: AnyOp<N>, const N: usize>(draw: &Draw, subject: Subject<O, N>) -> Result<(), TestCaseError> {
        let wanted = both_ways(&subject.op, &subject.inputs, draw.seed);
        for layout in 0..3 {
            let name = layouts(&subject.inputs[0])[layout].0;
            let inputs = subject.inputs.each_ref().map(|x| layouts(x)[layout].1.clone());
            prop_assert_eq!(&both_ways(&subject.op, &inputs, draw.seed), &wanted, "{}", name);
        }
        Ok(())
    }
}

/// A batch is a stack of examples: together or one by one, the same bits come out of both rules. Only the sums over the
/// batch, the gradients of shared weights, may round differently.
pub(super) struct Stack;

impl Law for Stack {
    fn holds<O: AnyOp<N>, const N: usize>(draw: &Draw, subject: Subject<O, N>) -> Result<(), TestCaseError> {
        if !subject.by_example {
            return Ok(());
        }
        let Subject { op, inputs, .. } = subject;
        let run = |inputs: &[Tensor<f64>; N], dy: Option<(usize, &Tensor<f64>)>| {
            let (y, saved) = op.forward(inputs.clone());
            let dy = dy.map_or_else(|| normal(y.shape(), draw.seed), |(row, dy)| dy.rows(row, row + 1));
            let mut slots = inputs.each_ref().map(|x| Slot::wanted(x.shape(), None));
            op.backward(&saved, dy.clone(), &mut slots);
            (y, dy, slots.map(|mut slot| slot.take().expect("every input of such an operation has a gradient")))
        };
        let (y, dy, gradients) = run(&inputs, None);
        let mut sums = gradients.each_ref().map(|g| Tensor::zeros(g.shape()));
        for row in 0..inputs[0].shape()[0] {
            let mut alone = inputs.clone();
            alone[0] = inputs[0].rows(row, row + 1);
            let (y_row, _, g_row) = run(&alone, Some((row, &dy)));
            prop_assert_eq!(y_row, y.rows(row, row + 1));
            prop_assert_eq!(&g_row[0], &gradients[0].rows(row, row + 1));
            sums.iter_mut().zip(&g_row).skip(1).for_each(|(sum, g)| sum.add(g));
        }
        sums.iter().zip(&gradients).skip(1).try_for_each(|(sum, g)| close(sum, g, 1e-12))
    }
}

/// Examines on random cases, the same in every run unless PROPTEST_RNG_SEED says otherwise. By a pointer, so that proptest's
/// machinery is compiled once and not for each of a hundred laws.
pub(super) fn on_random_cases(examine: fn(&Draw) -> Result<(), TestCaseError>) {
    proptest!(|(d in draw())| examine(&d)?);
}

/// A test for each law and each operation on the list.
macro_rules! suite {
    ($($op:ident)*) => {
        use super::law::{Case, Duality, Layout, Precision, Stack, on_random_cases};

        suite!(@law duality Duality $($op)*);
        suite!(@law precision Precision $($op)*);
        suite!(@law layout Layout $($op)*);

        #[test]
        fn a_batch_is_a_stack_of_examples() {
            on_random_cases(|d| {
                $(<super::$op as Case>::examine::<Stack>(d)?;)*
                Ok(())
            });
        }
    };
    (@law $name:ident $law:ident $($op:ident)*) => {
        #[allow(non_snake_case, reason = "tests are called as the operations are")]
        mod $name {
            use super::*;

            $(
                #[test]
                fn $op() {
                    on_random_cases(<crate::ops::$op as Case>::examine::<$law>);
                }
            )*
        }
    };
}
pub(super) use suite;
