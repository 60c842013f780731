//! The gradient of a convolution's kernel.
//!
//! For one signal x (length, inputs) and a kernel W (k, inputs, outputs):
//!
//! ```text
//! y[t, o]     = Σ_q Σ_i  x[t + q, i] · W[q, i, o]
//! dx[t + q, i] += Σ_o     dy[t, o] · W[q, i, o]
//! ```
//!
//! The forward rule and the gradient of x are given. Ask of every weight: which outputs did it take part in, and multiplied
//! by what? Then write its gradient.

use tonegrad::Tensor;
use tonegrad::autograd::{Op, Slot};

/// x (length, inputs) and W (k, inputs, outputs) to y (length - k + 1, outputs).
pub struct Conv1d;

/// Calls `f` with t, q, i, o for every product that the convolution makes.
fn each(x: &[usize], w: &[usize], mut f: impl FnMut(usize, usize, usize, usize)) {
    for t in 0..=x[0] - w[0] {
        for q in 0..w[0] {
            for i in 0..w[1] {
                (0..w[2]).for_each(|o| f(t, q, i, o));
            }
        }
    }
}

/// The kernel's gradient, of the kernel's shape (k, inputs, outputs), from x and dy.
pub fn kernel_gradient(x: &Tensor<f64>, dy: &Tensor<f64>, kernel: [usize; 3]) -> Tensor<f64> {
    todo!("one sum over t for each weight")
}

impl Op<f64, 2> for Conv1d {
    type Saved = [Tensor<f64>; 2];

    fn forward(&self, [x, w]: [Tensor<f64>; 2]) -> (Tensor<f64>, Self::Saved) {
        let outputs = w.shape()[2];
        let mut y = Tensor::zeros([x.shape()[0] - w.shape()[0] + 1, outputs]);
        let values = y.as_mut_slice();
        each(x.shape(), w.shape(), |t, q, i, o| values[t * outputs + o] += x[[t + q, i]] * w[[q, i, o]]);
        (y, [x, w])
    }

    fn backward(&self, [x, w]: &Self::Saved, dy: Tensor<f64>, [dx, dw]: &mut [Slot<f64>; 2]) {
        let inputs = w.shape()[1];
        dx.accumulate(|dx| {
            let values = dx.as_mut_slice();
            each(x.shape(), w.shape(), |t, q, i, o| values[(t + q) * inputs + i] += dy[[t, o]] * w[[q, i, o]]);
        });
        dw.add(kernel_gradient(x, &dy, [w.shape()[0], w.shape()[1], w.shape()[2]]));
    }
}
