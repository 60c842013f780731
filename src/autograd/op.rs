//! A differentiable operation, as a value: a forward rule, and a backward rule that applies the transposed Jacobian.

use crate::product::Write;
use crate::{Scalar, Tensor};
use std::any::TypeId;

/// A differentiable function of `N` tensors.
///
/// `forward` is pure: the operation holds everything but its inputs, randomness included (dropout carries its key).
/// `backward` gets what `forward` saved, and the loss's gradient `dy` with respect to the output; it adds `Jᵀ dy` into the
/// slots of the inputs, where `J` is the Jacobian, the derivative of the output with respect to that input: a
/// vector-Jacobian product, one link of the chain rule. What neither rule saved is freed: `Saved` is the memory that
/// the operation costs.
///
/// Your own operation needs nothing else:
///
/// ```
/// use tonegrad::autograd::{Check, Op, Slot, Tape};
/// use tonegrad::{Scalar, Tensor};
///
/// struct Square;
///
/// impl<F: Scalar> Op<F, 1> for Square {
///     type Saved = Tensor<F>;
///
///     fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, Tensor<F>) {
///         let mut y = x.clone();
///         y.as_mut_slice().iter_mut().for_each(|v| *v = *v * *v);
///         (y, x)
///     }
///
///     fn backward(&self, x: &Tensor<F>, mut dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
///         dy.as_mut_slice().iter_mut().zip(x.as_slice()).for_each(|(d, &x)| *d = (x + x) * *d);
///         dx.add(dy);
///     }
/// }
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::new([2], vec![3.0, -1.0]));
/// let y = tape.apply(Square, [x.clone()]);
/// assert_eq!(tape.gradients(&y.sum()).of(&x).as_slice(), [6.0, -2.0]);
///
/// // The same check that the crate's own operations pass.
/// Check::smooth().run(&Square, [Tensor::new([3], vec![0.5, -2.0, 1.0])]).unwrap();
/// ```
pub trait Op<F: Scalar, const N: usize>: Send + Sync + 'static {
    /// The values that the backward rule needs.
    type Saved: Send + 'static;

    /// The forward pass: the output, and what `backward` will need. Inputs come by value: one whose storage no other
    /// tensor shares may be overwritten.
    fn forward(&self, x: [Tensor<F>; N]) -> (Tensor<F>, Self::Saved);

    /// The backward pass: adds `Jᵀ dy` into every slot of `dx` that is wanted; `dy` has the output's shape.
    fn backward(&self, saved: &Self::Saved, dy: Tensor<F>, dx: &mut [Slot<F>; N]);
}

/// [`Op::forward`] as a function.
type Forward<O, F, const N: usize> = fn(&O, [Tensor<F>; N]) -> (Tensor<F>, <O as Op<F, N>>::Saved);

/// [`Op::backward`] as a function.
type Backward<O, F, const N: usize> = fn(&O, &<O as Op<F, N>>::Saved, Tensor<F>, &mut [Slot<F>; N]);

/// Both rules of an operation for one scalar type.
pub(crate) struct Rules<O: Op<F, N>, F: Scalar, const N: usize> {
    pub forward: Forward<O, F, N>,
    pub backward: Backward<O, F, N>,
}

impl<O: Op<F, N>, F: Scalar, const N: usize> Rules<O, F, N> {
    /// The rules as they are compiled where this is called.
    pub fn here() -> Self {
        Rules { forward: O::forward, backward: O::backward }
    }

    /// The rules as this crate has compiled them, if it has: see [`Concrete`](crate::scalar::Concrete).
    pub fn found() -> Option<&'static Self> {
        F::concrete(TypeId::of::<O>())?.downcast_ref()
    }
}

/// Where the gradient of one input is gathered.
pub struct Slot<F: Scalar> {
    wanted: bool,
    shape: Vec<usize>,
    grad: Option<Tensor<F>>,
}

impl<F: Scalar> Slot<F> {
    /// A slot for an input of this shape, with what has been gathered so far.
    ///
    /// # Panics
    /// When the gradient has another shape.
    pub fn wanted(shape: &[usize], grad: Option<Tensor<F>>) -> Self {
        assert!(grad.as_ref().is_none_or(|g| g.shape() == shape), "a gradient has the shape of its input, {shape:?}");
        Slot { wanted: true, shape: shape.to_vec(), grad }
    }

    /// A slot for an input that is not differentiated: data, usually. What is added to it is dropped.
    pub fn unwanted() -> Self {
        Slot { wanted: false, shape: Vec::new(), grad: None }
    }

    /// Whether this gradient is wanted. A rule may skip its work otherwise.
    pub fn is_wanted(&self) -> bool {
        self.wanted
    }

    /// Adds `grad` to the gradient; the first one moves in without a copy.
    ///
    /// # Panics
    /// When it does not have the input's shape.
    pub fn add(&mut self, grad: Tensor<F>) {
        if self.wanted {
            assert_eq!(grad.shape(), self.shape, "a gradient has the shape of its input");
            match &mut self.grad {
                Some(sum) => sum.add(&grad),
                empty => *empty = Some(grad),
            }
        }
    }

    /// Lets `rule` add to the gradient in place, on zeros if it is the first. Skipped where the gradient is not wanted.
    pub fn accumulate(&mut self, rule: impl FnOnce(&mut Tensor<F>)) {
        if self.wanted {
            rule(self.grad.get_or_insert_with(|| Tensor::zeros(&self.shape[..])));
        }
    }

    /// Lets `rule` write the gradient (it is the first, and must set every element) or add to it, as [`Write`] says:
    /// how a matrix product avoids a pass over zeros. Skipped where the gradient is not wanted.
    pub fn write(&mut self, rule: impl FnOnce(Write<F>, &mut Tensor<F>)) {
        if self.wanted {
            match &mut self.grad {
                Some(sum) => rule(Write::Add, sum),
                empty => rule(Write::Set, empty.insert(Tensor::scratch(&self.shape[..]))),
            }
        }
    }

    /// The gradient that was gathered; `None` when nothing was added.
    pub fn take(&mut self) -> Option<Tensor<F>> {
        self.grad.take()
    }
}
