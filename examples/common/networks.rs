//! The networks by the names they have on the command line.

use clap::ValueEnum;
use tonegrad::models;
use tonegrad::nn::Sequential;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Network {
    /// The report's network: 3 convolutions, 4 dense layers
    GenreCnn,
    /// Its predecessor with poolings of 3
    CnnA,
    /// Its predecessor with five hidden layers
    CnnB,
    /// Softmax regression
    Softmax,
    /// Three hidden layers of 129
    Mlp3,
    /// Hidden layers of 259, 129, 64 and 32
    Mlp4,
}

impl Network {
    /// The network and a learning rate that suits it.
    pub fn describe(self, features: usize, genres: usize) -> (Sequential, f64) {
        match self {
            Network::GenreCnn => (models::genre_cnn(features, genres), 1e-3),
            Network::CnnA => (models::cnn_a(features, genres), 1e-3),
            Network::CnnB => (models::cnn_b(features, genres), 1e-3),
            Network::Softmax => (models::softmax_regression(features, genres), 5e-3),
            Network::Mlp3 => (models::mlp3(features, genres), 1e-2),
            Network::Mlp4 => (models::mlp4(features, genres), 1e-2),
        }
    }

    /// As on the command line.
    pub fn name(self) -> String {
        self.to_possible_value().map_or(String::new(), |value| value.get_name().into())
    }
}
