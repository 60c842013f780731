//! Where the two tables come from: a folder, the published zip archive, or memory.

use super::blocks::Blocks;
use super::record::shown;
use crate::data::synthetic::Tables;
use crate::{Error, Result};
use std::fmt::Display;
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use zip::ZipArchive;

/// FMA's two tables, wherever they are.
pub(super) enum Source {
    Folder(PathBuf),
    /// `folder` is the one inside the archive that holds both tables, with its slash.
    Zip {
        path: PathBuf,
        archive: Box<ZipArchive<BufReader<File>>>,
        folder: String,
    },
    Memory(Tables),
}

/// Which of the tables.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Table {
    Features,
    Tracks,
}

impl Table {
    const BOTH: [Table; 2] = [Table::Features, Table::Tracks];

    fn file(self) -> &'static str {
        match self {
            Table::Features => "features.csv",
            Table::Tracks => "tracks.csv",
        }
    }
}

/// Where to get the data, for whoever has none.
const DOWNLOAD: &str = "download https://os.unil.cloud.switch.ch/fma/fma_metadata.zip, or try the synthetic tables";

impl Source {
    /// A folder with both tables in it, or a zip archive (told by its first bytes, not by its name).
    pub fn open(path: &Path) -> Result<Source> {
        let unreadable = |e| Error::io(path.display(), &e).wanted("fma_metadata.zip, or a folder").fix(DOWNLOAD);
        let place = path.display().to_string();
        if path.metadata().map_err(unreadable)?.is_dir() {
            let absent: Vec<_> = Table::BOTH.iter().map(|t| t.file()).filter(|f| !path.join(f).is_file()).collect();
            return match absent.as_slice() {
                [] => Ok(Source::Folder(path.to_owned())),
                absent => Err(Error::data(place)
                    .found(format!("a folder without {}", absent.join(" and ")))
                    .wanted("features.csv and tracks.csv")
                    .fix(DOWNLOAD)),
            };
        }
        let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
        let mut magic = Vec::new();
        file.by_ref().take(4).read_to_end(&mut magic).map_err(unreadable)?;
        if !matches!(magic.as_slice(), b"PK\x03\x04" | b"PK\x05\x06") {
            let found = if magic.is_empty() { "an empty file" } else { "a file that is no zip archive" };
            let fix = "give the folder that holds the tables";
            return Err(Error::data(place).found(found).wanted("fma_metadata.zip, or a folder").fix(fix));
        }
        file.rewind().map_err(unreadable)?;
        let archive = ZipArchive::new(file).map_err(|e| Source::damaged(&place, &e))?;
        let folder = folder_of_tables(&archive, &place)?;
        Ok(Source::Zip { path: path.to_owned(), archive: Box::new(archive), folder })
    }

    /// One of the tables, from its beginning.
    pub fn table(&mut self, table: Table) -> Result<Blocks<'_>> {
        let file = table.file();
        match self {
            Source::Folder(folder) => {
                let path = folder.join(file);
                let open = File::open(&path).map_err(|e| Error::io(path.display(), &e))?;
                Ok(Blocks::new(path.display().to_string(), false, open))
            }
            Source::Zip { path, archive, folder } => {
                let name = format!("{folder}{file}");
                let place = format!("{}, {name}", path.display());
                match archive.by_name(&name) {
                    Ok(entry) => Ok(Blocks::new(place, true, entry)),
                    Err(e) => Err(Source::damaged(&place, &e)),
                }
            }
            Source::Memory(Tables { features, tracks }) => {
                let bytes = if table == Table::Features { features } else { tracks };
                Ok(Blocks::new(format!("synthetic {file}"), false, bytes.as_slice()))
            }
        }
    }

    /// What to say of an archive that cannot be read.
    pub fn damaged(place: &str, error: &dyn Display) -> Error {
        Error::data(place)
            .found(format!("an archive that cannot be read ({error})"))
            .wanted("the whole of fma_metadata.zip")
            .fix("it is cut short, damaged or packed in a way not supported: download it again, or unpack it and give the folder")
    }
}

/// The folder inside the archive that holds both tables: the root, or one level down.
fn folder_of_tables(archive: &ZipArchive<BufReader<File>>, place: &str) -> Result<String> {
    let names: Vec<_> = archive.file_names().flatten().collect();
    let folders = names.iter().filter_map(|name| name.strip_suffix(Table::Features.file()));
    let has_tracks = |folder: &&str| names.iter().any(|n| n.strip_prefix(*folder) == Some(Table::Tracks.file()));
    let shallow = |folder: &&str| folder.is_empty() || folder.find('/') == Some(folder.len() - 1);
    folders.filter(shallow).find(has_tracks).map(str::to_owned).ok_or_else(|| {
        let first: Vec<_> = names.iter().take(5).map(|name| shown(name)).collect();
        let found = if names.is_empty() { "nothing".to_owned() } else { first.join(", ") };
        let more = if names.len() > 5 { ", ..." } else { "" };
        Error::data(place)
            .found(format!("a zip archive of {found}{more}"))
            .wanted("features.csv and tracks.csv in one folder of it")
            .fix(DOWNLOAD)
    })
}
