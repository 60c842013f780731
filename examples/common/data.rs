//! Which tables, and how they are dealt to the parts.

use clap::Args;
use std::path::{Path, PathBuf};
use tonegrad::fma::synthetic;
use tonegrad::prelude::*;

#[derive(Args)]
pub struct DataArgs {
    /// FMA's tables: fma_metadata.zip, or a folder with features.csv and tracks.csv. Otherwise data/fma_metadata.zip or
    /// data/fma_metadata/ where there is one, otherwise synthetic tables
    #[arg(long, env = "FMA_METADATA", value_name = "PATH")]
    pub data: Option<PathBuf>,
    /// FMA's subset: small, medium, large or full
    #[arg(long, default_value_t = Subset::Full)]
    pub subset: Subset,
    /// Families of features, such as mfcc,spectral_contrast; all where not given
    #[arg(long, value_delimiter = ',', value_name = "FAMILIES")]
    pub features: Option<Vec<String>>,
    /// How many tracks the synthetic tables have, where there are no others
    #[arg(long, value_name = "N")]
    pub tracks: Option<usize>,
    /// How tracks are dealt to the parts: random, stratified, artist or official
    #[arg(long, default_value_t = Split::Random)]
    pub split: Split,
}

impl DataArgs {
    /// The tables asked for, or those found at the usual paths, or synthetic ones, of `tracks` tracks unless --tracks
    /// says otherwise.
    pub fn read(&self, seed: Seed, tracks: usize) -> Result<Fma> {
        let mut reader = FmaReader::new().subset(self.subset);
        if let Some(families) = &self.features {
            reader = reader.families(families);
        }
        let usual = ["data/fma_metadata.zip", "data/fma_metadata"].map(Path::new);
        let path = self.data.as_deref().or(usual.into_iter().find(|path| path.exists()));
        match (path, self.tracks) {
            (Some(path), Some(tracks)) => Err(Error::config("--tracks")
                .found(format!("{tracks}, and tables at {}", path.display()))
                .wanted("one of both: tables that exist have the tracks they have")),
            (Some(path), None) => reader.read(path),
            (None, asked) => match asked.unwrap_or(tracks) {
                few @ ..synthetic::FEWEST => Err(Error::config("--tracks")
                    .found(few.to_string())
                    .wanted(format!("at least {}, four of each genre", synthetic::FEWEST))),
                tracks => reader.synthetic(seed, tracks),
            },
        }
    }
}
