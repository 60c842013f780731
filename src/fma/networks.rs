//! The networks of the paper, its predecessors, and ours, each a few lines.
//!
//! The paper's convolutions take the feature columns as a signal of one channel, in the order of the table. Every
//! network ends in logits; the paper's last softmax is in the loss, and in
//! [`Model::predict`](crate::nn::Model::predict).

use crate::fma::Series;
use crate::nn::{Activation, Conv1d, Dense, Dropout, Flatten, Gather, Init, MaxPool1d, Sequential};

/// The paper's final network, a one-dimensional CNN: 2,122,800 parameters for 518 features and 16 genres.
///
/// ```
/// use tonegrad::Seed;
/// use tonegrad::fma::networks;
/// assert_eq!(networks::genre_cnn(518, 16).build::<f32>(Seed(0))?.parameters(), 2_122_800);
/// # Ok::<(), tonegrad::Error>(())
/// ```
pub fn genre_cnn(features: usize, genres: usize) -> Sequential {
    Sequential::new([features, 1])
        .then(Conv1d::new(32, 3).same().relu())
        .then(MaxPool1d::new(2))
        .then(Conv1d::new(64, 3).relu())
        .then(Dropout::new(0.5))
        .then(Conv1d::new(128, 5).relu())
        .then(MaxPool1d::new(2))
        .then(Dropout::new(0.6))
        .then(Flatten {})
        .then(Dense::new(128).relu().l2(1e-4))
        .then(Dense::new(64).relu().l2(1e-4))
        .then(Dense::new(32).relu().l2(1e-4))
        .then(Dense::new(genres).l2(1e-4))
}

/// An earlier network: three convolutions, poolings of 3. 425,264 parameters.
pub fn cnn_a(features: usize, genres: usize) -> Sequential {
    Sequential::new([features, 1])
        .then(Conv1d::new(64, 3).same().relu())
        .then(MaxPool1d::new(3))
        .then(Dropout::new(0.25))
        .then(Conv1d::new(128, 3).relu())
        .then(MaxPool1d::new(3))
        .then(Dropout::new(0.25))
        .then(Conv1d::new(256, 3).relu())
        .then(MaxPool1d::new(3))
        .then(Dropout::new(0.25))
        .then(Flatten {})
        .then(Dense::new(64).relu())
        .then(Dense::new(64).relu())
        .then(Dense::new(32).relu())
        .then(Dense::new(genres))
}

/// An earlier network: two convolutions, five hidden layers. 1,969,776 parameters.
pub fn cnn_b(features: usize, genres: usize) -> Sequential {
    let trunk = Sequential::new([features, 1])
        .then(Conv1d::new(64, 3).same().relu())
        .then(MaxPool1d::new(3))
        .then(Dropout::new(0.3))
        .then(Conv1d::new(128, 3).relu())
        .then(MaxPool1d::new(3))
        .then(Dropout::new(0.3))
        .then(Flatten {});
    [256, 256, 128, 64, 32]
        .into_iter()
        .fold(trunk, |net, units| net.then(Dense::new(units).relu()))
        .then(Dense::new(genres))
}

/// Softmax regression: one linear layer, initialised to zero.
pub fn softmax_regression(features: usize, genres: usize) -> Sequential {
    Sequential::new([features]).then(Dense::new(genres).init(Init::Zeros))
}

/// The paper's multi-layer perceptrons: ReLU6, weights from a truncated normal of deviation 0.3, biases zero.
pub fn mlp(features: usize, hidden: &[usize], genres: usize) -> Sequential {
    let begin = Init::TruncatedNormal(0.3);
    let hidden = hidden.iter().map(|&units| Dense::new(units).init(begin).activation(Activation::Relu6));
    hidden.fold(Sequential::new([features]), Sequential::then).then(Dense::new(genres).init(begin))
}

/// [`mlp`] with three hidden layers of 129.
pub fn mlp3(features: usize, genres: usize) -> Sequential {
    mlp(features, &[129, 129, 129], genres)
}

/// [`mlp`] with hidden layers of 259, 129, 64 and 32.
pub fn mlp4(features: usize, genres: usize) -> Sequential {
    mlp(features, &[259, 129, 64, 32], genres)
}

/// The network that we recommend: a position for each series of coefficients, a channel for each of its moments, and
/// two convolutions along the series, so that one rule reads the mean with the deviation, wherever they are.
///
/// ```
/// use tonegrad::Seed;
/// use tonegrad::fma::{FmaReader, Series, networks};
/// let fma = FmaReader::new().synthetic(Seed(0), 100)?;
/// let network = networks::tonegrad(&Series::of(fma.columns())?, 16);
/// assert_eq!(network.build::<f32>(Seed(0))?.parameters(), 622_160);
/// # Ok::<(), tonegrad::Error>(())
/// ```
pub fn tonegrad(series: &Series, genres: usize) -> Sequential {
    Sequential::new([series.index.len()])
        .then(Gather::new(series.moments, series.index.clone()))
        .then(Conv1d::new(64, 3).same().relu())
        .then(Conv1d::new(64, 3).same().relu())
        .then(Flatten {})
        .then(Dense::new(128).relu())
        .then(Dropout::new(0.4))
        .then(Dense::new(genres))
}
