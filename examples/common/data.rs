//! Which tables, and how they are dealt to the parts.

use clap::Args;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use tonegrad::fma::synthetic;
use tonegrad::prelude::*;

/// Tables that an example knows by name, or those at a path.
#[derive(Clone, Debug, PartialEq)]
pub enum Tables {
    /// 1,990 real tracks, Hip-Hop and Rock, the 140 columns of the MFCC: comes with the project.
    Mfcc,
    /// 9,355 real tracks of twelve unequal genres, eight columns by Echonest: comes with the project.
    Echonest,
    /// Made up, in the full shape of FMA's: 16 genres, 518 columns.
    Synthetic,
    /// A folder or an archive in FMA's layout.
    At(PathBuf),
}

impl FromStr for Tables {
    type Err = Infallible;

    fn from_str(name: &str) -> std::result::Result<Tables, Infallible> {
        Ok(match name {
            "mfcc" => Tables::Mfcc,
            "echonest" => Tables::Echonest,
            "synthetic" => Tables::Synthetic,
            path => Tables::At(path.into()),
        })
    }
}

impl Tables {
    /// Where they are; nowhere, if they are made up.
    fn path(&self) -> Option<PathBuf> {
        // As one would write it where that leads there, and otherwise in full.
        let ours = |file: &str| {
            let relative = Path::new("examples/data").join(file);
            if relative.exists() { relative } else { Path::new(env!("CARGO_MANIFEST_DIR")).join(relative) }
        };
        match self {
            Tables::Mfcc => Some(ours("fma_mfcc.zip")),
            Tables::Echonest => Some(ours("fma_echonest.zip")),
            Tables::Synthetic => None,
            Tables::At(path) => Some(path.clone()),
        }
    }

    /// What they are, for a user who asked for nothing in particular.
    fn describe(&self) -> Option<&'static str> {
        match self {
            Tables::Mfcc => Some(
                "Real tracks of the Free Music Archive, Hip-Hop or Rock, by the 140 MFCC columns of its metadata \
                 (CC BY 4.0). Other tables: --data echonest, --data synthetic, --data fma_metadata.zip",
            ),
            Tables::Echonest => Some(
                "Real tracks of the Free Music Archive, twelve unequal genres, by the eight Echonest columns of its \
                 metadata (CC BY 4.0). Other tables: --data mfcc, --data synthetic, --data fma_metadata.zip",
            ),
            _ => None,
        }
    }
}

/// Names tables where `--data` does not.
const VARIABLE: &str = "FMA_METADATA";

/// Synthetic tracks at most, twice as many as FMA has: 2 GB of text.
const MOST_TRACKS: usize = 200_000;

#[derive(Args)]
pub struct DataArgs {
    /// The tables: mfcc (1,990 real tracks of two genres, 140 columns), echonest (9,355 real tracks of twelve genres,
    /// 8 columns), synthetic (made up: 16 genres, 518 columns), or a path: fma_metadata.zip, or a folder with
    /// features.csv and tracks.csv. Where not given, those that the environment variable FMA_METADATA names
    #[arg(long, value_name = "TABLES")]
    pub data: Option<Tables>,
    /// FMA's subset: small, medium, large or full
    #[arg(long, default_value_t = Subset::Full)]
    pub subset: Subset,
    /// Families of features, such as mfcc,spectral_contrast; all where not given
    #[arg(long, value_delimiter = ',', value_name = "FAMILIES")]
    pub features: Option<Vec<String>>,
    /// How many tracks the synthetic tables have: 64 to 200,000
    #[arg(long, value_name = "N")]
    pub tracks: Option<usize>,
    /// How tracks are dealt to the parts: official, artist (no artist in two parts), random or stratified (which test on
    /// artists that training has met)
    #[arg(long)]
    pub split: Option<Split>,
}

/// Tables that were read, and what to say of them.
pub struct Read {
    pub fma: Fma,
    pub tables: Tables,
}

impl DataArgs {
    /// The tables asked for, or the usual ones; synthetic ones have `tracks` tracks unless --tracks says otherwise.
    pub fn read(&self, seed: Seed, usual: Tables, tracks: usize) -> Result<Read> {
        let mut reader = FmaReader::new().subset(self.subset);
        if let Some(families) = &self.features {
            reader = reader.families(families);
        }
        // As in a shell: a variable that is empty is none.
        let variable = std::env::var(VARIABLE).ok().filter(|name| self.data.is_none() && !name.is_empty());
        let by_variable = variable.is_some();
        let named = variable.map(|name| {
            let Ok(tables) = name.parse();
            tables
        });
        let tables = self.data.clone().or(named).unwrap_or(usual);
        let fma = match (tables.path(), self.tracks) {
            (Some(path), Some(tracks)) => Err(Error::config("--tracks")
                .found(format!("{tracks}, and tables at {}", path.display()))
                .wanted("one of both: tables that exist have the tracks they have")
                .fix("to make tables up, say --data synthetic")),
            (Some(path), None) => match reader.read(&path) {
                Err(error) if by_variable => Err(Error::config(VARIABLE).found(error.to_string())),
                read => read,
            },
            (None, asked) => match asked.unwrap_or(tracks) {
                tracks @ synthetic::FEWEST..=MOST_TRACKS => reader.synthetic(seed, tracks),
                other => Err(Error::config("--tracks").found(other.to_string()).wanted(format!(
                    "{} to {MOST_TRACKS}: four of each genre, and a table that fits into memory",
                    synthetic::FEWEST
                ))),
            },
        };
        Ok(Read { fma: fma?, tables })
    }
}

impl Read {
    /// What the tables are, where they come with the project.
    pub fn describe(&self) -> Option<&'static str> {
        self.tables.describe()
    }

    /// FMA's own split of the tables that come with the project; of others, by artist where artists are known.
    pub fn usual_split(&self) -> Split {
        match self.tables {
            Tables::Mfcc | Tables::Echonest => Split::Official,
            _ => self.fma.usual_split(),
        }
    }
}
