//! A gated recurrent unit (Cho et al. 2014) over a whole signal, in the form that Keras calls `reset_after`.
//!
//! For each step x of an example, and h, the output of the step before it (0 at first):
//!
//! ```text
//! z = σ(x·Wz + bz + h·Uz + cz)              how much is kept
//! r = σ(x·Wr + br + h·Ur + cr)              how much of h the candidate sees
//! m = h·Uh + ch      k = tanh(x·Wh + bh + r m)              the candidate
//! y = z h + (1 - z) k                       the output, and the next step's h
//! ```
//!
//! Backwards through time, where dy has what the later steps send back:
//!
//! ```text
//! dk = (1 - z) (1 - k²) dy      dr = dk m r (1 - r)      dm = dk r      dz = dy (h - k) z (1 - z)
//! dx = [dz dr dk]·Wᵀ            dW = xᵀ·[dz dr dk]       db = Σ [dz dr dk]
//! dh = z dy + [dz dr dm]·Uᵀ     dU = hᵀ·[dz dr dm]       dc = Σ [dz dr dm]
//! ```
//!
//! What goes into the gates from x is one product for all steps, and so are dW, dU and dx. The steps themselves have to wait
//! for each other, but examples do not: a few of them run from the first step to the last in the cache of one thread.

use super::dense::add_rows;
use super::exponential::{sigmoid, tanh};
use crate::autograd::{Op, Slot, Var};
use crate::isa::vectorized;
use crate::product::{Write, gemm, par_gemm};
use crate::{Scalar, Tensor};
use ndarray::{ArrayView2, ArrayViewMut2, ShapeBuilder};
use rayon::prelude::*;

/// x (n, steps, features), W (features, 3 units), U (units, 3 units), biases (2, 3 units) to all outputs (n, steps, units).
/// The gates stand in the order z, r, candidate; the biases' second row is that of h·U.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gru;

/// Examples that run through all steps together.
const EXAMPLES: usize = 32;

/// What the backward rule needs.
pub struct Steps<F: Scalar> {
    x: Tensor<F>,
    w: Tensor<F>,
    u: Tensor<F>,
    /// z, r and k of each step.
    gates: Tensor<F>,
    /// m of each step.
    m: Tensor<F>,
    /// The outputs.
    y: Tensor<F>,
}

vectorized! {
    /// A step of one example: from what goes into its gates (of x, in place; of h) and h to its output and m.
    fn step<F: Scalar>(gates: &mut [F], from_h: &[F], h: &[F], y: &mut [F], m: &mut [F]) {
        let units = y.len();
        for j in 0..units {
            let z = sigmoid(gates[j] + from_h[j]);
            let r = sigmoid(gates[units + j] + from_h[units + j]);
            m[j] = from_h[2 * units + j];
            let k = tanh(gates[2 * units + j] + r * m[j]);
            y[j] = k + z * (h[j] - k);
            (gates[j], gates[units + j], gates[2 * units + j]) = (z, r, k);
        }
    }
}

vectorized! {
    /// The same step backwards: from dy to dx's side of the gates, in the place of their values, to h's side, and to what goes
    /// straight to h, in the place of dy.
    fn step_back<F: Scalar>(dy: &mut [F], gates: &mut [F], h: &[F], m: &[F], to_h: &mut [F]) {
        let units = dy.len();
        for j in 0..units {
            let (z, r, k) = (gates[j], gates[units + j], gates[2 * units + j]);
            let dk = (F::one() - z) * (F::one() - k * k) * dy[j];
            let dr = dk * m[j] * r * (F::one() - r);
            let dz = dy[j] * (h[j] - k) * z * (F::one() - z);
            (gates[j], gates[units + j], gates[2 * units + j]) = (dz, dr, dk);
            (to_h[j], to_h[units + j], to_h[2 * units + j]) = (dz, dr, dk * r);
            dy[j] *= z;
        }
    }
}

/// Rows of a step: those of the examples in a chunk, which lie `steps · width` apart.
fn rows<F: Scalar>(values: &[F], step: usize, steps: usize, width: usize) -> ArrayView2<'_, F> {
    let examples = values.len() / (steps * width);
    let view = ArrayView2::from_shape((examples, width).strides((steps * width, 1)), &values[step * width..]);
    view.expect("a chunk holds whole examples")
}

impl<F: Scalar> Op<F, 4> for Gru {
    type Saved = Steps<F>;

    fn forward(&self, [x, w, u, b]: [Tensor<F>; 4]) -> (Tensor<F>, Steps<F>) {
        let &[n, steps, features] = x.shape() else {
            panic!("gru: x has shape {:?}, wanted (examples, steps, features)", x.shape())
        };
        let units = u.shape().first().copied().unwrap_or(0);
        for (name, values, wanted) in
            [("W", &w, [features, 3 * units]), ("U", &u, [units, 3 * units]), ("biases", &b, [2, 3 * units])]
        {
            let found = values.shape();
            assert!(found == wanted, "gru: {name} has shape {found:?}, wanted {wanted:?}: {units} units, three gates");
        }
        let width = 3 * units;
        let (of_x, of_h) = b.as_slice().split_at(width);
        let mut gates = Tensor::scratch([n, steps, width]);
        {
            let x = ArrayView2::from_shape((n * steps, features), x.as_slice()).expect("row-major");
            let gates = ArrayViewMut2::from_shape((n * steps, width), gates.as_mut_slice()).expect("row-major");
            par_gemm(Write::Bias(of_x), x, w.view(), gates);
        }
        let (mut y, mut m) = (Tensor::scratch([n, steps, units]), Tensor::scratch([n, steps, units]));
        let chunk = |width: usize| (EXAMPLES * steps * width).max(1);
        let (ys, ms) = (y.as_mut_slice().par_chunks_mut(chunk(units)), m.as_mut_slice().par_chunks_mut(chunk(units)));
        gates.as_mut_slice().par_chunks_mut(chunk(width)).zip(ys).zip(ms).with_max_len(1).for_each(
            |((gates, y), m)| {
                let examples = gates.len() / (steps * width);
                let mut from_h = Tensor::scratch([examples, width]);
                let mut h = vec![F::zero(); units];
                for step_ in 0..steps {
                    match step_ {
                        0 => from_h.as_mut_slice().chunks_exact_mut(width).for_each(|row| row.copy_from_slice(of_h)),
                        _ => gemm(Write::Bias(of_h), rows(y, step_ - 1, steps, units), u.view(), from_h.view_mut()),
                    }
                    for (i, from_h) in from_h.as_slice().chunks_exact(width).enumerate() {
                        let at = i * steps + step_;
                        if step_ > 0 {
                            h.copy_from_slice(&y[(at - 1) * units..at * units]);
                        }
                        let (y, m) = (&mut y[at * units..][..units], &mut m[at * units..][..units]);
                        step(&mut gates[at * width..][..width], from_h, &h, y, m);
                    }
                }
            },
        );
        (y.clone(), Steps { x, w, u, gates, m, y })
    }

    fn backward(&self, saved: &Steps<F>, mut dy: Tensor<F>, [dx, dw, du, db]: &mut [Slot<F>; 4]) {
        let Steps { x, w, u, gates, m, y } = saved;
        let (n, steps, features, units) = (x.shape()[0], x.shape()[1], x.shape()[2], u.shape()[0]);
        let width = 3 * units;
        // Gates become their own gradients.
        let mut gates = gates.clone();
        let mut to_h = Tensor::scratch([n, steps, width]);
        let chunk = |width: usize| (EXAMPLES * steps * width).max(1);
        let (ys, ms) = (y.as_slice().par_chunks(chunk(units)), m.as_slice().par_chunks(chunk(units)));
        let (gs, ts) =
            (gates.as_mut_slice().par_chunks_mut(chunk(width)), to_h.as_mut_slice().par_chunks_mut(chunk(width)));
        let dys = dy.as_mut_slice().par_chunks_mut(chunk(units));
        dys.zip(gs).zip(ts).zip(ys.zip(ms)).with_max_len(1).for_each(|(((dy, gates), to_h), (y, m))| {
            let examples = dy.len() / (steps * units);
            let mut dh = Tensor::zeros([examples, units]);
            let before = vec![F::zero(); units];
            for step_ in (0..steps).rev() {
                for (i, dh) in dh.as_mut_slice().chunks_exact_mut(units).enumerate() {
                    let at = i * steps + step_;
                    let h = if step_ == 0 { &before[..] } else { &y[(at - 1) * units..at * units] };
                    dh.iter_mut().zip(&dy[at * units..]).for_each(|(dh, &dy)| *dh += dy);
                    let to_h = &mut to_h[at * width..][..width];
                    step_back(dh, &mut gates[at * width..][..width], h, &m[at * units..][..units], to_h);
                }
                if step_ > 0 {
                    gemm(Write::Add, rows(to_h, step_, steps, width), u.view::<ndarray::Ix2>().t(), dh.view_mut());
                }
            }
        });

        let flat = |values: &Tensor<F>, width: usize| values.clone().reshape([n * steps, width]);
        let gates = flat(&gates, width);
        dx.write(|write, dx| {
            let mut rows = ArrayViewMut2::from_shape((n * steps, features), dx.as_mut_slice()).expect("row-major");
            par_gemm(write, gates.view(), w.view::<ndarray::Ix2>().t(), rows.view_mut());
        });
        dw.write(|write, dw| {
            par_gemm(write, flat(x, features).view::<ndarray::Ix2>().t(), gates.view(), dw.view_mut())
        });
        db.accumulate(|db| {
            let (of_x, of_h) = db.as_mut_slice().split_at_mut(width);
            add_rows(gates.as_slice(), of_x);
            add_rows(to_h.as_slice(), of_h);
        });
        du.accumulate(|_| {});
        if du.is_wanted() && n * steps > 1 {
            // Each step's h is the row above its own; the first step of an example has none.
            to_h.as_mut_slice().chunks_exact_mut(steps * width).for_each(|steps| steps[..width].fill(F::zero()));
            let (h, to_h) = (flat(y, units), flat(&to_h, width));
            let (h, to_h): (ArrayView2<F>, ArrayView2<F>) = (h.view(), to_h.view());
            let (h, to_h) = (h.slice(ndarray::s![..-1, ..]), to_h.slice(ndarray::s![1.., ..]));
            du.write(|write, du| par_gemm(write, h.t(), to_h, du.view_mut()));
        }
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// The outputs of a gated recurrent unit at every step, see [`Gru`].
    pub fn gru(self, w: Var<'t, F>, u: Var<'t, F>, biases: Var<'t, F>) -> Var<'t, F> {
        self.tape().apply(Gru, [self, w, u, biases])
    }
}

case!(Gru, |d| {
    let (units, steps) = (d.outputs, d.size);
    let shapes =
        [vec![d.batch, steps, d.channels], vec![d.channels, 3 * units], vec![units, 3 * units], vec![2, 3 * units]];
    let [x, w, u, b] = [0, 1, 2, 3].map(|i| d.normal(&shapes[i], i as u64));
    jointly_smooth(Gru, [x, w, u, b]).by_example()
});
