//! Concatenation: tensors one after the other along an axis.
//!
//! ```text
//! y = [a, b, ...]        da, db, ... are the parts of dy
//! ```

use super::elementwise::Lines;
use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};

/// Tensors of equal shape, but for one axis, one after the other along it. An operation of any number of inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Concatenate {
    /// Which axis, counted from 0.
    pub axis: usize,
}

impl Concatenate {
    fn join<F: Scalar>(self, x: &[Tensor<F>]) -> (Tensor<F>, Vec<Lines>) {
        assert!(!x.is_empty(), "concatenate: found no tensors, wanted at least one");
        let parts: Vec<_> = x.iter().map(|x| Lines::new("concatenate", x.shape(), self.axis)).collect();
        for part in &parts[1..] {
            let (a, b, axis) = (&parts[0].shape, &part.shape, self.axis);
            assert!(
                part.reduced() == parts[0].reduced(),
                "concatenate: found shapes {a:?} and {b:?}, wanted equal sizes but for axis {axis}; use broadcast_to"
            );
        }
        let mut y = Tensor::scratch(&parts[0].resized(parts.iter().map(|part| part.len).sum())[..]);
        let mut rest = y.as_mut_slice();
        for o in 0..parts[0].outer {
            for (x, part) in x.iter().zip(&parts) {
                let block = part.len * part.inner;
                let (to, behind) = rest.split_at_mut(block);
                to.copy_from_slice(&x.as_slice()[o * block..][..block]);
                rest = behind;
            }
        }
        (y, parts)
    }

    fn split<F: Scalar>(parts: &[Lines], dy: &Tensor<F>, dx: &mut [Slot<F>]) {
        let row: usize = parts.iter().map(|part| part.len * part.inner).sum();
        let mut begin = 0;
        for (part, dx) in parts.iter().zip(dx) {
            let block = part.len * part.inner;
            dx.accumulate(|dx| {
                for (o, dx) in dx.as_mut_slice().chunks_exact_mut(block.max(1)).enumerate() {
                    let dy = &dy.as_slice()[o * row + begin..][..block];
                    dx.iter_mut().zip(dy).for_each(|(dx, &dy)| *dx += dy);
                }
            });
            begin += block;
        }
    }
}

impl<F: Scalar, const N: usize> Op<F, N> for Concatenate {
    /// Where the elements of each input are.
    type Saved = Vec<Lines>;

    fn forward(&self, x: [Tensor<F>; N]) -> (Tensor<F>, Vec<Lines>) {
        self.join(&x)
    }

    fn backward(&self, parts: &Vec<Lines>, dy: Tensor<F>, dx: &mut [Slot<F>; N]) {
        Self::split(parts, &dy, dx);
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// Variables one after the other along an axis, see [`Concatenate`].
    ///
    /// ```
    /// use tonegrad::{Tensor, autograd::{Tape, Var}};
    /// let tape = Tape::new();
    /// let [a, b] = [[1.0, 2.0], [3.0, 4.0]].map(|x| tape.leaf(Tensor::new([2, 1], x.to_vec())));
    /// assert_eq!(Var::concatenate(&[a, b], 1).value().as_slice(), [1.0, 3.0, 2.0, 4.0]);
    /// ```
    /// # Panics
    /// When there are none, when they are on several tapes, or when another axis differs.
    pub fn concatenate(inputs: &[Var<'t, F>], axis: usize) -> Var<'t, F> {
        let values: Vec<_> = inputs.iter().map(|x| x.value().clone()).collect();
        let (y, parts) = Concatenate { axis }.join(&values);
        let tape = inputs[0].tape();
        tape.own("Concatenate", &inputs.iter().collect::<Vec<_>>());
        let nodes: Vec<_> = inputs.iter().map(Var::node).collect();
        tape.record("Concatenate", y, &nodes, &|i| values[i].clone(), move |dy, dx| Concatenate::split(&parts, &dy, dx))
    }
}

case!(Concatenate, |d| {
    let axis = d.stride - 1;
    let part = |len, which| {
        let mut shape = d.signal();
        shape[axis] = len;
        d.normal(&shape, which)
    };
    multilinear(Concatenate { axis }, [part(d.size, 0), part(d.outputs, 1), part(d.dilation, 2)])
});
