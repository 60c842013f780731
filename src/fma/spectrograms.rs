//! Networks that learn genres from spectrograms, pictures of one channel: those of two public projects of the same kind.
//!
//! They take pictures (height, width, channels). All end in logits; the last softmax or sigmoid is in the loss, and in
//! [`Model::predict`](crate::nn::Model::predict).

use crate::nn::{Activation, BatchNorm, Conv2d, Dense, Dropout, Flatten, MaxPool2d, Sequential};
use crate::ops::Padding;

/// The network of M. Witt's *music_classification*, three convolutions, each followed by pooling: 1,731,845 parameters for
/// five classes and square-root-spaced spectrograms of 100 x 100.
///
/// ```
/// use tonegrad::Seed;
/// use tonegrad::fma::spectrograms;
/// assert_eq!(spectrograms::witt([100, 100, 1], 5).build::<f32>(Seed(0))?.parameters(), 1_731_845);
/// # Ok::<(), tonegrad::Error>(())
/// ```
pub fn witt(picture: [usize; 3], classes: usize) -> Sequential {
    let network = [32, 64, 128].into_iter().fold(Sequential::new(picture), |network, filters| {
        network.then(Conv2d::new(filters, [3, 3]).relu()).then(MaxPool2d::new([2, 2]))
    });
    network.then(Flatten {}).then(Dense::new(128).relu()).then(Dropout::new(0.5)).then(Dense::new(classes))
}

/// The network of the same project for two classes, one convolution: 1,229,537 parameters for pictures of 100 x 100. Its one
/// logit is that of the second class, for [`Loss::BinaryCrossEntropy`](crate::nn::Loss::BinaryCrossEntropy).
///
/// ```
/// use tonegrad::Seed;
/// use tonegrad::fma::spectrograms;
/// assert_eq!(spectrograms::witt_binary([100, 100, 1]).build::<f32>(Seed(0))?.parameters(), 1_229_537);
/// # Ok::<(), tonegrad::Error>(())
/// ```
pub fn witt_binary(picture: [usize; 3]) -> Sequential {
    Sequential::new(picture)
        .then(Conv2d::new(16, [3, 3]).relu())
        .then(MaxPool2d::new([2, 2]))
        .then(Flatten {})
        .then(Dense::new(32).relu())
        .then(Dropout::new(0.5))
        .then(Dense::new(1))
}

/// The network of N. Passano's *music_genre_classification*, three convolutions, each pooled with overlap and normalised
/// before its ReLU: 1,198,538 parameters for ten classes and mel spectrograms of 128 x 259, the 192 moving statistics among
/// them.
///
/// Padding, ε and momentum are PyTorch's. The original ends in a softmax before a loss that applies it again; that mistake
/// is not repeated.
///
/// ```
/// use tonegrad::Seed;
/// use tonegrad::fma::spectrograms;
/// assert_eq!(spectrograms::nahue([128, 259, 1], 10).build::<f32>(Seed(0))?.parameters(), 1_198_538);
/// # Ok::<(), tonegrad::Error>(())
/// ```
pub fn nahue(picture: [usize; 3], classes: usize) -> Sequential {
    let around = [Padding::Explicit(1, 1); 2];
    let network = [(3, 3), (3, 3), (2, 2)].into_iter().fold(Sequential::new(picture), |network, (kernel, pool)| {
        network
            .then(Conv2d::new(32, [kernel; 2]).padding(around))
            .then(MaxPool2d::new([pool; 2]).stride([2; 2]).padding(around))
            .then(BatchNorm::new().momentum(0.9).epsilon(1e-5))
            .then(Activation::Relu)
    });
    network.then(Flatten {}).then(Dense::new(64).relu()).then(Dropout::new(0.3)).then(Dense::new(classes))
}
