//! An operation to repair: the parametric ReLU, whose slope is learned (He et al. 2015).

use tonegrad::Tensor;
use tonegrad::autograd::{Op, Slot};

pub struct PRelu;

impl Op<f64, 2> for PRelu {
    /// The inputs: x and the slope.
    type Saved = [Tensor<f64>; 2];

    fn forward(&self, [x, slope]: [Tensor<f64>; 2]) -> (Tensor<f64>, Self::Saved) {
        let mut y = x.clone();
        y.as_mut_slice().iter_mut().filter(|y| **y <= 0.0).for_each(|y| *y *= slope.item());
        (y, [x, slope])
    }

    fn backward(&self, [x, slope]: &Self::Saved, dy: Tensor<f64>, [dx, dslope]: &mut [Slot<f64>; 2]) {
        let below = |i: usize| x.as_slice()[i] <= 0.0;
        let mut to_x = dy.clone();
        let mut to_slope = 0.0;
        for (i, g) in to_x.as_mut_slice().iter_mut().enumerate() {
            if below(i) {
                *g *= slope.item();
                to_slope += dy.as_slice()[i] * x.as_slice()[i];
            }
        }
        dx.add(to_x);
        dslope.add(Tensor::new([1], vec![to_slope]));
    }
}
