//! Global pooling: a whole signal in one element for each channel, its largest, or its mean.
//!
//! ```text
//! y = max_t x[t]          dx[t*] += dy          t* the first position of the maximum
//! y = (1/l) Σ_t x[t]      dx[t]  += dy / l      for every t
//! ```

use crate::autograd::{Op, Slot, Var};
use crate::{Scalar, Tensor};
use ndarray::{Axis, Ix2, Ix3};

/// x (n, l, c) to (n, c): the largest value. NaN wins, so that it cannot hide.
#[derive(Clone, Copy, Debug)]
pub struct GlobalMaxPool1d;

impl<F: Scalar> Op<F, 1> for GlobalMaxPool1d {
    /// For each example and channel, the position of the maximum.
    type Saved = Vec<usize>;

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, Vec<usize>) {
        let (n, length, c) = x.operand::<Ix3>("global_max_pool1d: x", "(batch, length, channels)").dim();
        assert!(length > 0, "global_max_pool1d: an empty signal has no maximum, wanted a length of at least 1");
        let lanes = x.view::<Ix3>();
        let positions = lanes.lanes(Axis(1)).into_iter().map(|lane| {
            let larger = |best: usize, t: usize| if lane[t] > lane[best] || lane[t].is_nan() { t } else { best };
            (1..length).fold(0, larger)
        });
        let positions: Vec<usize> = positions.collect();
        let values = lanes.lanes(Axis(1)).into_iter().zip(&positions).map(|(lane, &t)| lane[t]).collect();
        (Tensor::new([n, c], values), positions)
    }

    fn backward(&self, positions: &Vec<usize>, dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        dx.accumulate(|dx| {
            let mut dx = dx.view_mut::<Ix3>();
            let lanes = dx.lanes_mut(Axis(1)).into_iter();
            lanes.zip(positions).zip(dy.as_slice()).for_each(|((mut lane, &t), &dy)| lane[t] += dy);
        });
    }
}

/// x (n, l, c) to (n, c): the mean.
#[derive(Clone, Copy, Debug)]
pub struct GlobalAvgPool1d;

impl<F: Scalar> Op<F, 1> for GlobalAvgPool1d {
    /// 1 / length.
    type Saved = F;

    fn forward(&self, [x]: [Tensor<F>; 1]) -> (Tensor<F>, F) {
        let view = x.operand::<Ix3>("global_avg_pool1d: x", "(batch, length, channels)");
        assert!(
            view.len_of(Axis(1)) > 0,
            "global_avg_pool1d: an empty signal has no mean, wanted a length of at least 1"
        );
        let share = F::of(1.0 / view.len_of(Axis(1)) as f64);
        (Tensor::from(view.sum_axis(Axis(1)) * share), share)
    }

    fn backward(&self, &share: &F, dy: Tensor<F>, [dx]: &mut [Slot<F>; 1]) {
        dx.accumulate(|dx| {
            let mut dx = dx.view_mut::<Ix3>();
            dx.axis_iter_mut(Axis(1)).for_each(|mut row| row.scaled_add(share, &dy.view::<Ix2>()));
        });
    }
}

impl<'t, F: Scalar> Var<'t, F> {
    /// The largest value of each channel, see [`GlobalMaxPool1d`].
    pub fn global_max_pool1d(self) -> Var<'t, F> {
        self.tape().apply(GlobalMaxPool1d, [self])
    }

    /// The mean of each channel, see [`GlobalAvgPool1d`].
    pub fn global_avg_pool1d(self) -> Var<'t, F> {
        self.tape().apply(GlobalAvgPool1d, [self])
    }
}

case!(GlobalAvgPool1d, |d| multilinear(GlobalAvgPool1d, [d.normal(&d.signal(), 0)]).by_example());
case!(GlobalMaxPool1d, |d| piecewise_linear(GlobalMaxPool1d, &d.signal(), d.seed).by_example());
