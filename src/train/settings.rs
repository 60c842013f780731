//! The hyperparameters and data of a run: a checkpoint may go on only where all of them are the same.

use super::trainer::Trainer;
use crate::data::Dataset;
use crate::nn::Model;
use crate::optim::Schedule;
use crate::{Scalar, Seed};
use serde::{Deserialize, Serialize};

/// Settings by name, as text. Patience is not among them, nor are epochs as long as the schedule does not ask for their
/// number: both only decide when to stop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Settings(Vec<(String, String)>);

/// A setting that differs: its name, its text there and here.
#[derive(Debug, PartialEq)]
pub(super) struct Difference<'a> {
    pub name: &'a str,
    pub there: &'a str,
    pub here: &'a str,
}

impl Settings {
    /// Those of a run on these training and validation rows.
    pub fn of<F: Scalar>(
        trainer: &Trainer<F>,
        model: &Model<F>,
        (train, valid): (&Dataset, &Dataset),
        seed: Seed,
    ) -> Self {
        let network = model.network();
        let mut all = vec![
            ("crate version".into(), env!("CARGO_PKG_VERSION").into()),
            ("seed".into(), seed.0.to_string()),
            ("batch size".into(), trainer.batch_size.to_string()),
            ("number type".into(), F::NAME.into()),
            ("network, input".into(), format!("{:?}", network.input())),
        ];
        let layers = network.layers().iter().enumerate();
        all.extend(layers.map(|(i, layer)| (format!("network, layer {}", i + 1), format!("{layer:?}"))));
        let stopping = trainer.stopping;
        all.extend([
            ("optimiser".into(), format!("{:?}", trainer.optimizer)),
            ("schedule".into(), format!("{:?}", trainer.schedule)),
            ("gradient clipping".into(), format!("{:?}", trainer.clip_norm)),
            ("class weights".into(), format!("{:?}", trainer.class_weights)),
            ("label smoothing".into(), trainer.smoothing.to_string()),
            ("reduction of the loss".into(), format!("{:?}", trainer.reduction)),
            ("monitor".into(), format!("{}, improving by more than {}", stopping.monitor, stopping.min_delta)),
            ("weights kept".into(), if stopping.last { "the last" } else { "the best" }.into()),
            ("training data".into(), fingerprint(train)),
            ("validation data".into(), fingerprint(valid)),
        ]);
        if let Schedule::Cosine { .. } = trainer.schedule {
            all.push(("epochs".into(), trainer.epochs.to_string()));
        }
        Settings(all)
    }

    /// The first setting of `there` that is not as it is here.
    pub fn difference<'a>(&'a self, there: &'a Settings) -> Option<Difference<'a>> {
        let find = |all: &'a Settings, name: &str| all.0.iter().find(|(n, _)| n == name).map_or("nothing", |(_, v)| v);
        let mut names = self.0.iter().chain(&there.0).map(|(name, _)| name.as_str());
        let differs = names.find(|name| find(self, name) != find(there, name));
        differs.map(|name| Difference { name, there: find(there, name), here: find(self, name) })
    }
}

/// Size and checksum of rows, classes and their names.
fn fingerprint(rows: &Dataset) -> String {
    let (mut sum, mut bytes) = (crc32fast::Hasher::new(), Vec::new());
    for (row, class) in rows.x().rows().into_iter().zip(rows.y()) {
        bytes.clear();
        row.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
        bytes.extend_from_slice(&(*class as u64).to_le_bytes());
        sum.update(&bytes);
    }
    rows.classes().iter().for_each(|name| sum.update(format!("{name}\n").as_bytes()));
    format!("{} rows of {} features, checksum {:08x}", rows.len(), rows.x().ncols(), sum.finalize())
}
