//! Arithmetic, element by element, and the sum or mean of all elements.
//!
//! ```text
//! a + b      da = dy           db = dy
//! a - b      da = dy           db = -dy
//! a · b      da = b·dy         db = a·dy
//! a / b      da = dy / b       db = -a/b² dy
//! -x         dx = -dy
//! s·x + t    dx = s·dy         s and t are numbers
//! Σ x        dx = dy everywhere
//! mean x     dx = dy / count everywhere
//! ```
//!
//! Shapes must be equal: nothing broadcasts, so an [n, 1] never meets an [n] by accident. The operators take
//! variables, references to them, and plain numbers on either side:
//!
//! ```
//! use tonegrad::{Tensor, autograd::Tape};
//! let tape = Tape::new();
//! let x = tape.leaf(Tensor::<f64>::new([2], vec![1.0, 2.0]));
//! let y = &x * &x + 2.0 - 1.0 / &x;
//! assert_eq!(y.value().as_slice(), [2.0, 5.5]);
//! assert_eq!(tape.gradients(&y.sum()).of(&x).as_slice(), [3.0, 4.25]); // 2x + 1/x²
//! ```

use super::elementwise::{equal_shapes, map, zip};
use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};

/// a + b, of equal shape.
#[derive(Clone, Copy, Debug)]
pub struct Add;

impl<F: Scalar> Op<F, 2> for Add {
    type Saved = ();

    fn forward(&self, [mut a, b]: [Tensor<F>; 2]) -> (Tensor<F>, ()) {
        equal_shapes("add", &a, &b);
        a.add(&b);
        (a, ())
    }

    fn backward(&self, (): &(), dy: Tensor<F>, [da, db]: &mut [Slot<F>; 2]) {
        da.add(dy.clone());
        db.add(dy);
    }
}

/// a - b, of equal shape.
#[derive(Clone, Copy, Debug)]
pub struct Sub;

impl<F: Scalar> Op<F, 2> for Sub {
    type Saved = ();

    fn forward(&self, [a, b]: [Tensor<F>; 2]) -> (Tensor<F>, ()) {
        equal_shapes("sub", &a, &b);
        (zip(a, &b, |a, b| a - b), ())
    }

    fn backward(&self, (): &(), dy: Tensor<F>, [da, db]: &mut [Slot<F>; 2]) {
        da.add(dy.clone());
        if db.is_wanted() {
            db.add(map(dy, |dy| -dy));
        }
    }
}

/// a · b, element by element, of equal shape.
#[derive(Clone, Copy, Debug)]
pub struct Mul;

impl<F: Scalar> Op<F, 2> for Mul {
    type Saved = [Tensor<F>; 2];

    fn forward(&self, [a, b]: [Tensor<F>; 2]) -> (Tensor<F>, Self::Saved) {
        equal_shapes("mul", &a, &b);
        (zip(a.clone(), &b, |a, b| a * b), [a, b])
    }

    fn backward(&self, [a, b]: &Self::Saved, dy: Tensor<F>, [da, db]: &mut [Slot<F>; 2]) {
        if da.is_wanted() {
            da.add(zip(dy.clone(), b, |dy, b| dy * b));
        }
        if db.is_wanted() {
            db.add(zip(dy, a, |dy, a| dy * a));
        }
    }
}

/// a / b, element by element, of equal shape.
#[derive(Clone, Copy, Debug)]
pub struct Div;

impl<F: Scalar> Op<F, 2> for Div {
    /// The divisor and the quotient.
    type Saved = [Tensor<F>; 2];

    fn forward(&self, [a, b]: [Tensor<F>; 2]) -> (Tensor<F>, Self::Saved) {
        equal_shapes("div", &a, &b);
        let y = zip(a, &b, |a, b| a / b);
        (y.clone(), [b, y])
    }

    fn backward(&self, [b, y]: &Self::Saved, dy: Tensor<F>, [da, db]: &mut [Slot<F>; 2]) {
        let dy = zip(dy, b, |dy, b| dy / b);
        if db.is_wanted() {
            db.add(zip(dy.clone(), y, |dy, y| -dy * y));
        }
        da.add(dy);
    }
}

/// -x.
#[derive(Clone, Copy, Debug)]
pub struct Neg;

impl<F: Scalar> Op<F, 1> for Neg {
    type Saved = ();

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, ()) {
        (map(x, |x| -x), ())
    }

    fn backward(&self, (): &(), dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        dx.add(map(dy, |dy| -dy));
    }
}

/// s·x + t, for numbers s and t.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine {
    /// s.
    pub scale: f64,
    /// t.
    pub shift: f64,
}

impl<F: Scalar> Op<F, 1> for Affine {
    type Saved = ();

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, ()) {
        let (scale, shift) = (F::of(self.scale), F::of(self.shift));
        (map(x, |x| scale * x + shift), ())
    }

    fn backward(&self, (): &(), dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        let scale = F::of(self.scale);
        dx.add(map(dy, |dy| scale * dy));
    }
}

/// The sum of all values, as a single number.
#[derive(Clone, Copy, Debug)]
pub struct Sum;

impl<F: Scalar> Op<F, 1> for Sum {
    /// The input's shape.
    type Saved = Vec<usize>;

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, Vec<usize>) {
        (Tensor::scalar(x.as_slice().iter().copied().sum()), x.shape().to_vec())
    }

    fn backward(&self, shape: &Vec<usize>, dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        dx.add(Tensor::full(&shape[..], dy.item()));
    }
}

/// The mean of all values, as a single number; 0 of no values.
#[derive(Clone, Copy, Debug)]
pub struct Mean;

impl<F: Scalar> Op<F, 1> for Mean {
    /// The input's shape.
    type Saved = Vec<usize>;

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, Vec<usize>) {
        let sum: F = x.as_slice().iter().copied().sum();
        (Tensor::scalar(sum / F::of(x.len().max(1) as f64)), x.shape().to_vec())
    }

    fn backward(&self, shape: &Vec<usize>, dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        let count = shape.iter().product::<usize>().max(1);
        dx.add(Tensor::full(&shape[..], dy.item() / F::of(count as f64)));
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// The sum of all values, see [`Sum`].
    pub fn sum(self) -> Var<'t, F> {
        self.tape().apply(Sum, [self])
    }

    /// The mean of all values, see [`Mean`].
    pub fn mean(self) -> Var<'t, F> {
        self.tape().apply(Mean, [self])
    }

    fn affine(self, scale: F, shift: F) -> Var<'t, F> {
        self.tape().apply(Affine { scale: scale.as_f64(), shift: shift.as_f64() }, [self])
    }

    /// A constant of this shape.
    fn filled(&self, value: F) -> Var<'t, F> {
        self.tape().constant(Tensor::full(self.shape(), value))
    }
}

/// An operator and its assigning form: for variables and references, and for a number c after or before a variable x.
macro_rules! operator {
    ($op:ident $method:ident $assign:ident $assign_method:ident, |$x:ident, $c:ident| $after:expr, $before:expr) => {
        operator!(@pair $op $method, [Var<'t, F>] [Var<'t, F>], |a, b| a.tape().apply($op, [a, b]));
        operator!(@pair $op $method, [Var<'t, F>] [&Var<'t, F>], |a, b| std::ops::$op::$method(a, b.clone()));
        operator!(@pair $op $method, [&Var<'t, F>] [Var<'t, F>], |a, b| std::ops::$op::$method(a.clone(), b));
        operator!(@pair $op $method, [&Var<'t, F>] [&Var<'t, F>], |a, b| std::ops::$op::$method(a.clone(), b.clone()));
        operator!(@pair $op $method, [Var<'t, F>] [F], |$x, $c| $after);
        operator!(@pair $op $method, [&Var<'t, F>] [F], |x, c| std::ops::$op::$method(x.clone(), c));
        operator!(@before $op $method f32, |$x, $c| $before);
        operator!(@before $op $method f64, |$x, $c| $before);
        operator!(@assign $op $method $assign $assign_method, [Var<'t, F>]);
        operator!(@assign $op $method $assign $assign_method, [&Var<'t, F>]);
        operator!(@assign $op $method $assign $assign_method, [F]);
    };
    (@pair $op:ident $method:ident, [$a:ty] [$b:ty], |$x:ident, $y:ident| $result:expr) => {
        impl<'t, F: Scalar> std::ops::$op<$b> for $a {
            type Output = Var<'t, F>;

            fn $method(self, $y: $b) -> Var<'t, F> {
                let $x = self;
                $result
            }
        }
    };
    (@before $op:ident $method:ident $number:ty, |$x:ident, $c:ident| $result:expr) => {
        impl<'t> std::ops::$op<Var<'t, $number>> for $number {
            type Output = Var<'t, $number>;

            fn $method(self, $x: Var<'t, $number>) -> Var<'t, $number> {
                let $c = self;
                $result
            }
        }

        impl<'t> std::ops::$op<&Var<'t, $number>> for $number {
            type Output = Var<'t, $number>;

            fn $method(self, x: &Var<'t, $number>) -> Var<'t, $number> {
                std::ops::$op::$method(self, x.clone())
            }
        }
    };
    (@assign $op:ident $method:ident $assign:ident $assign_method:ident, [$b:ty]) => {
        impl<'t, F: Scalar> std::ops::$assign<$b> for Var<'t, F> {
            fn $assign_method(&mut self, other: $b) {
                *self = std::ops::$op::$method(self.clone(), other);
            }
        }
    };
}

// -0 is the number that, added, changes nothing: 0 would take the sign from -0.
operator!(Add add AddAssign add_assign, |x, c| x.affine(F::one(), c), x + c);
operator!(Sub sub SubAssign sub_assign, |x, c| x.affine(F::one(), -c), x.affine(-1.0, c));
operator!(Mul mul MulAssign mul_assign, |x, c| x.affine(c, -F::zero()), x * c);
operator!(Div div DivAssign div_assign, |x, c| &x / x.filled(c), x.filled(c) / x);

impl<'t, F: Scalar> std::ops::Neg for Var<'t, F> {
    type Output = Var<'t, F>;

    fn neg(self) -> Var<'t, F> {
        self.tape().apply(Neg, [self])
    }
}

impl<'t, F: Scalar> std::ops::Neg for &Var<'t, F> {
    type Output = Var<'t, F>;

    fn neg(self) -> Var<'t, F> {
        -self.clone()
    }
}

case!(Add, |d| multilinear(Add, [d.normal(&d.signal(), 0), d.normal(&d.signal(), 1)]));
case!(Sub, |d| multilinear(Sub, [d.normal(&d.signal(), 0), d.normal(&d.signal(), 1)]));
case!(Mul, |d| multilinear(Mul, [d.normal(&d.signal(), 0), d.normal(&d.signal(), 1)]));
case!(Div, |d| jointly_smooth(Div, [d.normal(&d.signal(), 0), d.nonzero(&d.signal(), 1)]));
case!(Neg, |d| multilinear(Neg, [d.normal(&d.signal(), 0)]).by_example());
case!(Affine, |d| {
    let op = Affine { scale: d.fraction - 0.5, shift: d.outputs as f64 };
    multilinear(op, [d.normal(&d.signal(), 0)]).by_example()
});
case!(Sum, |d| multilinear(Sum, [d.normal(&d.signal(), 0)]));
case!(Mean, |d| multilinear(Mean, [d.normal(&d.signal(), 0)]));
