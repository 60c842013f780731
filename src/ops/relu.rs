//! Rectifiers: linear pieces joined at kinks.
//!
//! ```text
//! ReLU       max(x, 0)              dx = dy where x > 0, else 0
//! ReLU6      min(max(x, 0), 6)      dx = dy where 0 < x < 6, else 0
//! leaky      x, or a·x below 0      dx = dy where x > 0, else a·dy
//! ```
//!
//! All three are multiplications by a slope that depends on the piece, so all three share one rule: the forward pass notes
//! the piece of each value in a byte. At a kink the slope of the flatter side holds, as in Keras and PyTorch.
//! NaN stays NaN: it must be found where it arose.

use crate::autograd::{Op, Slot, Var};
use crate::buffer::Buffer;
use crate::isa::vectorized;
use crate::{Scalar, Tensor};

/// max(x, 0).
#[derive(Clone, Copy, Debug)]
pub struct Relu;

/// min(max(x, 0), 6).
#[derive(Clone, Copy, Debug)]
pub struct Relu6;

/// x, or `slope`·x where x is below 0.
#[derive(Clone, Copy, Debug)]
pub struct LeakyRelu {
    /// The slope below 0; 0.3 in Keras, 0.01 in PyTorch.
    pub slope: f64,
}

vectorized! {
    /// Clamps to `low·x` below 0 and to `top` above it; notes in `steep` whether the slope is 1.
    fn rectify<F: Scalar>(x: &mut [F], steep: &mut [u8], low: F, top: F) {
        for (x, steep) in x.iter_mut().zip(steep) {
            let (below, above) = (*x <= F::zero(), *x >= top);
            *steep = u8::from(!(below | above));
            *x = if below { low * *x } else if above { top } else { *x };
        }
    }
}

vectorized! {
    /// Multiplies by the slope of each value's piece.
    fn slopes<F: Scalar>(dy: &mut [F], steep: &[u8], low: F) {
        for (dy, &steep) in dy.iter_mut().zip(steep) {
            *dy = if steep != 0 { *dy } else { low * *dy };
        }
    }
}

macro_rules! rectifier {
    ($op:ty, |$self:ident| low: $low:expr, top: $top:expr) => {
        impl<F: Scalar> Op<F, 1> for $op {
            /// Whether each value lay on the piece of slope 1.
            type Saved = Buffer<u8>;

            fn forward(&$self, [mut x]: [Tensor<F>; 1]) -> (Tensor<F>, Buffer<u8>) {
                let mut steep = Buffer::scratch(x.len());
                rectify(x.as_mut_slice(), &mut steep, F::of($low), F::of($top));
                (x, steep)
            }

            fn backward(&$self, steep: &Buffer<u8>, mut dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
                slopes(dy.as_mut_slice(), steep, F::of($low));
                dx.add(dy);
            }
        }
    };
}

rectifier!(Relu, |self| low: 0.0, top: f64::INFINITY);
rectifier!(Relu6, |self| low: 0.0, top: 6.0);
rectifier!(LeakyRelu, |self| low: self.slope, top: f64::INFINITY);

impl<'t, F: Scalar> Var<'t, F> {
    /// max(x, 0), see [`Relu`].
    pub fn relu(self) -> Var<'t, F> {
        self.tape().apply(Relu, [self])
    }

    /// min(max(x, 0), 6), see [`Relu6`].
    pub fn relu6(self) -> Var<'t, F> {
        self.tape().apply(Relu6, [self])
    }

    /// x, or `slope`·x below 0, see [`LeakyRelu`].
    pub fn leaky_relu(self, slope: f64) -> Var<'t, F> {
        self.tape().apply(LeakyRelu { slope }, [self])
    }
}
