//! The checker is checked: rules with a planted fault are rejected, and differ from a correct one only by that fault.

use ndarray::{Ix1, Ix2};
use std::sync::atomic::{AtomicUsize, Ordering};
use tonegrad::Tensor;
use tonegrad::autograd::gradcheck::{Failure, grid, normal};
use tonegrad::autograd::{Check, Op, Slot};
use tonegrad::ops::{self, Padding};

const TRANSPOSE: &str = "the rule is the transposed derivative";
const ADDS: &str = "a rule adds to what is in the slot";

/// What goes wrong between a correct rule and the slots of its inputs.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    /// The gradient of this input has the wrong sign.
    Sign(usize),
    /// It is scaled by this factor.
    Scale(usize, f64),
    /// It is forgotten.
    Dropped(usize),
    /// It is written over what was there.
    Overwrites(usize),
    /// What was there counts twice.
    AddsTwice(usize),
    /// The first example of the batch gets none.
    RowLost(usize),
    /// One element of it is wrong, by a little.
    OneElement(usize),
    /// It arrives one index later along the first axis.
    OffByOne(usize),
    /// A constant is added, whatever comes in.
    Leaks(usize),
}

/// A correct operation behind a faulty connection.
struct Planted<O>(O, Fault);

impl<O: Op<f64, N>, const N: usize> Op<f64, N> for Planted<O> {
    type Saved = (O::Saved, Vec<Vec<usize>>);

    fn forward(&self, x: [Tensor<f64>; N]) -> (Tensor<f64>, Self::Saved) {
        let shapes = x.iter().map(|x| x.shape().to_vec()).collect();
        let (y, saved) = self.0.forward(x);
        (y, (saved, shapes))
    }

    fn backward(&self, (saved, shapes): &Self::Saved, dy: Tensor<f64>, dx: &mut [Slot<f64>; N]) {
        let mut right: [Slot<f64>; N] = std::array::from_fn(|i| Slot::wanted(&shapes[i], None));
        self.0.backward(saved, dy, &mut right);
        for (i, (slot, mut right)) in dx.iter_mut().zip(right).enumerate() {
            let mut g = right.take().unwrap_or_else(|| Tensor::zeros(&shapes[i][..]));
            let values = g.as_mut_slice();
            match self.1 {
                Fault::Sign(at) if at == i => values.iter_mut().for_each(|g| *g = -*g),
                Fault::Scale(at, factor) if at == i => values.iter_mut().for_each(|g| *g *= factor),
                Fault::Dropped(at) if at == i => continue,
                Fault::Overwrites(at) if at == i => slot.accumulate(|sum| sum.as_mut_slice().fill(0.0)),
                Fault::AddsTwice(at) if at == i => {
                    slot.accumulate(|sum| sum.as_mut_slice().iter_mut().for_each(|s| *s += *s));
                }
                Fault::RowLost(at) if at == i => {
                    let row = values.len() / shapes[i][0];
                    values[..row].fill(0.0);
                }
                Fault::OneElement(at) if at == i => {
                    let middle = values.len() / 2;
                    values[middle..].iter_mut().find(|g| **g != 0.0).into_iter().for_each(|g| *g *= 1.0 + 1e-6);
                }
                Fault::OffByOne(at) if at == i => {
                    let row = values.len() / shapes[i][0];
                    values.rotate_right(row);
                }
                Fault::Leaks(at) if at == i => values[0] += 1e-3,
                _ => {}
            }
            slot.add(g);
        }
    }
}

/// Rejected with every fault that touches any input; accepted without one.
fn rejects<const N: usize>(check: Check, op: impl Op<f64, N> + Copy, inputs: [Tensor<f64>; N]) {
    check.run(&Planted(op, Fault::None), inputs.clone()).expect("the rule without a fault");
    let kernel = inputs.last().map_or(1, |x| x.shape()[0]) as f64;
    for i in 0..N {
        let mut faults = vec![
            (Fault::Sign(i), TRANSPOSE),
            (Fault::Scale(i, 1.0 / (kernel + 1.0).powi(2)), TRANSPOSE),
            (Fault::Scale(i, 1.0 + 1e-6), TRANSPOSE),
            (Fault::Dropped(i), TRANSPOSE),
            (Fault::RowLost(i), TRANSPOSE),
            (Fault::OneElement(i), TRANSPOSE),
            (Fault::Leaks(i), TRANSPOSE),
            (Fault::Overwrites(i), ADDS),
            (Fault::AddsTwice(i), ADDS),
        ];
        faults.extend((inputs[i].shape()[0] > 1).then_some((Fault::OffByOne(i), TRANSPOSE)));
        for (fault, law) in faults {
            let failure = check.run(&Planted(op, fault), inputs.clone()).expect_err(&format!("{fault:?} is not seen"));
            assert_eq!((failure.law, failure.input), (law, Some(i)), "{fault:?}: {failure}");
        }
    }
}

#[test]
fn faults_of_a_convolution() {
    let op = ops::Conv1d { stride: 2, dilation: 2, padding: Padding::Same };
    rejects(Check::multilinear(), op, [normal([3, 8, 2], 1), normal([3, 2, 4], 2), normal([4], 3)]);
}

#[test]
fn faults_of_a_dense_layer() {
    rejects(Check::multilinear(), ops::Dense, [normal([4, 30], 1), normal([30, 20], 2), normal([20], 3)]);
}

#[test]
fn faults_of_pooling() {
    let op = ops::MaxPool1d { size: 3, stride: 2, padding: Padding::Same };
    rejects(Check::piecewise_linear(), op, [grid([2, 9, 1], 8)]);
}

#[test]
fn faults_of_a_smooth_operation() {
    rejects(Check::smooth(), ops::Softmax, [normal([2, 4], 1)]);
    rejects(Check::smooth(), ops::Tanh, [normal([2, 12], 1)]);
}

/// Dense for square weights, with the fault that shapes cannot show: the weights are not transposed.
struct Transposed(bool);

impl Op<f64, 2> for Transposed {
    type Saved = [Tensor<f64>; 2];

    fn forward(&self, [x, w]: [Tensor<f64>; 2]) -> (Tensor<f64>, Self::Saved) {
        (Tensor::from(x.view::<Ix2>().dot(&w.view::<Ix2>())), [x, w])
    }

    fn backward(&self, [x, w]: &Self::Saved, dy: Tensor<f64>, [dx, dw]: &mut [Slot<f64>; 2]) {
        let (x, w, dy) = (x.view::<Ix2>(), w.view::<Ix2>(), dy.view::<Ix2>());
        dx.add(Tensor::from(dy.dot(&if self.0 { w } else { w.reversed_axes() })));
        dw.add(Tensor::from(x.t().dot(&dy)));
    }
}

/// A convolution along one channel, y[t] = Σ_q x[t + q] w[q], whose rule for the signal reads its taps from `first`, and
/// whose rule for the kernel forgets the last `lost` examples.
struct Taps {
    first: usize,
    lost: usize,
}

impl Op<f64, 2> for Taps {
    type Saved = [Tensor<f64>; 2];

    fn forward(&self, [x, w]: [Tensor<f64>; 2]) -> (Tensor<f64>, Self::Saved) {
        let outputs = x.shape()[1] - w.len() + 1;
        let mut y = Tensor::zeros([x.shape()[0], outputs]);
        for (x, mut y) in x.view::<Ix2>().rows().into_iter().zip(y.view_mut::<Ix2>().rows_mut()) {
            (0..outputs).for_each(|t| y[t] = w.as_slice().iter().enumerate().map(|(q, w)| x[t + q] * w).sum());
        }
        (y, [x, w])
    }

    fn backward(&self, [x, w]: &Self::Saved, dy: Tensor<f64>, [dx, dw]: &mut [Slot<f64>; 2]) {
        let (x, dy, taps) = (x.view::<Ix2>(), dy.view::<Ix2>(), w.len());
        dx.accumulate(|dx| {
            for (mut dx, dy) in dx.view_mut::<Ix2>().rows_mut().into_iter().zip(dy.rows()) {
                let length = dx.len();
                for t in 0..dy.len() {
                    (0..taps).for_each(|q| dx[(t + q + self.first) % length] += dy[t] * w.as_slice()[q]);
                }
            }
        });
        dw.accumulate(|dw| {
            for (x, dy) in x.rows().into_iter().zip(dy.rows()).take(x.nrows() - self.lost) {
                let mut dw = dw.view_mut::<Ix1>();
                (0..dy.len()).for_each(|t| (0..taps).for_each(|q| dw[q] += dy[t] * x[t + q]));
            }
        });
    }
}

#[test]
fn faults_that_keep_shapes_and_signs() {
    let square = || [normal([3, 4], 1), normal([4, 4], 2)];
    Check::multilinear().run(&Transposed(false), square()).unwrap();
    let failure = Check::multilinear().run(&Transposed(true), square()).unwrap_err();
    assert_eq!((failure.law, failure.input), (TRANSPOSE, Some(0)));

    let signal = || [normal([3, 9], 1), normal([4], 2)];
    Check::multilinear().run(&Taps { first: 0, lost: 0 }, signal()).unwrap();
    for (fault, input) in [(Taps { first: 1, lost: 0 }, 0), (Taps { first: 0, lost: 1 }, 1)] {
        let failure = Check::multilinear().run(&fault, signal()).unwrap_err();
        assert_eq!((failure.law, failure.input), (TRANSPOSE, Some(input)));
    }
}

#[test]
fn a_failure_names_the_element_and_both_values() {
    // 1/k² for the mean of k = 4.
    let squared = Planted(ops::GlobalAvgPool1d, Fault::Scale(0, 0.25));
    let failure = Check::multilinear().seed(3).run(&squared, [normal([1, 4, 1], 1)]).unwrap_err();
    assert_eq!((failure.input, &*failure.shapes, failure.seed), (Some(0), &[vec![1, 4, 1]][..], 3));
    assert!((failure.exact - 1.0 / 16.0).abs() < 1e-12 && (failure.numeric - 0.25).abs() < 1e-12, "{failure}");
    let (from, to) = failure.element.clone().expect("the element is found");
    assert_eq!((from.len(), to), (3, vec![0, 0]));
    // `unwrap` shows the same words.
    assert_eq!(format!("{failure:?}"), failure.to_string());
    let element = format!("d output[0, 0] / d input 0{from:?}: the rule gives 0.0625");
    assert!(failure.to_string().contains(&element), "{failure}");

    // One wrong row of the weights, in 48,000 Jacobian elements, is found by halving.
    let large = [normal([4, 30], 1), normal([30, 20], 2), normal([20], 3)];
    let failure = Check::multilinear().run(&Planted(ops::Dense, Fault::OneElement(1)), large).unwrap_err();
    assert_eq!(failure.element.map(|(from, _)| from[0]), Some(15));
}

/// x, by rules that keep the duality to rounding and break one promise each.
struct Breach {
    law: &'static str,
    calls: AtomicUsize,
}

impl Op<f64, 2> for Breach {
    type Saved = Vec<usize>;

    fn forward(&self, [mut x, _]: [Tensor<f64>; 2]) -> (Tensor<f64>, Vec<usize>) {
        let (shape, address) = (x.shape().to_vec(), x.as_slice().as_ptr());
        let in_place = x.as_mut_slice().as_ptr() == address;
        if self.law == "inputs that share their storage with no other tensor give the same bits" && in_place {
            x.as_mut_slice()[0] += 1.0;
        }
        (x, shape)
    }

    fn backward(&self, shape: &Vec<usize>, dy: Tensor<f64>, [dx, other]: &mut [Slot<f64>; 2]) {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        let mut g = dy.clone();
        match self.law {
            "the same call gives the same bits" => g.as_mut_slice()[0] *= 1.0 + 1e-15 * call as f64,
            "a zero gradient is sent to zero" if dy.as_slice().iter().all(|&d| d == 0.0) => g.as_mut_slice()[0] = 1.0,
            "an unwanted slot stays empty" if !other.is_wanted() => *other = Slot::wanted(shape, Some(dy)),
            _ => {}
        }
        dx.add(g);
    }
}

#[test]
fn every_promise_of_a_backward_rule_is_asked_for() {
    let check = |law| {
        Check::multilinear().run(&Breach { law, calls: AtomicUsize::new(0) }, [normal([2, 3], 1), normal([2, 3], 2)])
    };
    check("none").unwrap();
    // The failure has what was found and what was wanted: x + 1 for x, a last digit, 1 for 0.
    let values = |law| {
        let Failure { law: broken, exact, numeric, .. } = check(law).expect_err(law);
        assert_eq!(broken, law);
        (exact, numeric)
    };
    let (found, wanted) = values("inputs that share their storage with no other tensor give the same bits");
    assert!(wanted != 0.0 && (found - wanted - 1.0).abs() < 1e-12, "{found} for {wanted}");
    let (found, wanted) = values("the same call gives the same bits");
    assert!(found != wanted && (found / wanted - 1.0).abs() < 1e-12, "{found} for {wanted}");
    assert_eq!(values("a zero gradient is sent to zero"), (1.0, 0.0));
    values("an unwanted slot stays empty");
}
