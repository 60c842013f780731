//! The hyperparameters and data of a run: a checkpoint may go on only where all of them are the same.

use super::trainer::Trainer;
use crate::data::Dataset;
use crate::nn::{Loss, Model, Role};
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
    pub fn of<F: Scalar, T: Scalar>(
        trainer: &Trainer<F>,
        model: &Model<F>,
        (train, valid): (&Dataset<T>, &Dataset<T>),
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
        let schedule = match &trainer.own_schedule {
            Some((name, _)) => format!("{name:?}, the caller's own"),
            None => format!("{:?}", trainer.schedule),
        };
        all.extend([
            ("optimiser".into(), format!("{:?}", trainer.optimizer)),
            ("schedule".into(), schedule),
            ("gradient clipping".into(), format!("{:?}", trainer.clip_norm)),
            ("class weights".into(), format!("{:?}", trainer.class_weights)),
            ("label smoothing".into(), trainer.smoothing.to_string()),
            ("reduction of the loss".into(), format!("{:?}", trainer.reduction)),
            ("monitor".into(), format!("{}, improving by more than {}", stopping.monitor, stopping.min_delta)),
            ("weights kept".into(), if stopping.last { "the last" } else { "the best" }.into()),
            ("training data".into(), fingerprint(train)),
            ("validation data".into(), fingerprint(valid)),
        ]);
        let frozen: Vec<_> =
            model.params().iter().filter(|p| p.role == Role::Frozen).map(|p| p.name.as_str()).collect();
        if !frozen.is_empty() {
            all.push(("frozen parameters".into(), frozen.join(", ")));
        }
        // Absent where it is the one that there always was: older checkpoints go on.
        if trainer.loss != Loss::default() {
            all.push(("loss".into(), format!("{:?}", trainer.loss)));
        }
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

/// Size and checksum of rows, targets, and the names of classes.
fn fingerprint<T: Scalar>(rows: &Dataset<T>) -> String {
    let (mut sum, mut bytes) = (crc32fast::Hasher::new(), Vec::new());
    for (i, row) in rows.x().rows().into_iter().enumerate() {
        bytes.clear();
        T::write_le(&row.to_vec(), &mut bytes);
        match rows.targets() {
            None => bytes.extend_from_slice(&(rows.y()[i] as u64).to_le_bytes()),
            Some(targets) => T::write_le(&targets.row(i).to_vec(), &mut bytes),
        }
        sum.update(&bytes);
    }
    rows.classes().iter().for_each(|name| sum.update(format!("{name}\n").as_bytes()));
    format!("{} rows of {} features, checksum {:08x}", rows.len(), rows.x().ncols(), sum.finalize())
}
