//! Where the two tables come from: a folder, the published zip archive, or memory.

use super::blocks::{Blocks, damaged};
use crate::fma::synthetic::Tables;
use crate::names::shown;
use crate::{Error, Result};
use std::fs::{File, Metadata};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use zip::ZipArchive;

/// FMA's two tables, wherever they are.
pub(super) enum Source<'a> {
    Folder(PathBuf),
    /// The table of features by itself, to be read once.
    Features {
        name: String,
        bytes: Box<dyn Read + Send + 'a>,
    },
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
pub(super) enum TableFile {
    Features,
    Tracks,
}

impl TableFile {
    const BOTH: [TableFile; 2] = [TableFile::Features, TableFile::Tracks];

    fn file(self) -> &'static str {
        match self {
            TableFile::Features => "features.csv",
            TableFile::Tracks => "tracks.csv",
        }
    }
}

/// Where to get the data, for a user who has none.
const DOWNLOAD: &str = "download https://os.unil.cloud.switch.ch/fma/fma_metadata.zip, or try the synthetic tables";

impl<'a> Source<'a> {
    /// A folder with both tables in it, or a zip archive (recognised by its first bytes, not by its name).
    pub fn open(path: &Path) -> Result<Self> {
        let unreadable = |e| Error::io(path.display(), &e).wanted("fma_metadata.zip, or a folder").fix(DOWNLOAD);
        let place = path.display().to_string();
        let there = path.metadata().map_err(unreadable)?;
        if there.is_dir() {
            return Self::folder(path, &TableFile::BOTH);
        }
        if !there.is_file() {
            let fix = "save it first: tables are read more than once";
            return Err(Error::data(place)
                .found("a pipe or a device")
                .wanted("fma_metadata.zip, or a folder")
                .fix(fix));
        }
        let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
        if !is_zip(&mut file).map_err(unreadable)? {
            let found = if file.buffer().is_empty() { "an empty file" } else { "a file that is no zip archive" };
            let fix = "give the folder that holds the tables";
            return Err(Error::data(place).found(found).wanted("fma_metadata.zip, or a folder").fix(fix));
        }
        let archive = ZipArchive::new(file).map_err(|e| damaged(&place, &e))?;
        let folder = folder_of_tables(&archive, &place)?;
        Ok(Source::Zip { path: path.to_owned(), archive: Box::new(archive), folder })
    }

    /// A folder or archive as above, of which the table of tracks is not needed, or the table of features itself.
    pub fn open_features(path: &Path) -> Result<Self> {
        let unreadable = |e| Error::io(path.display(), &e).wanted("features.csv, its folder, or fma_metadata.zip");
        let there = path.metadata().map_err(unreadable)?;
        if there.is_dir() {
            return Self::folder(path, &[TableFile::Features]);
        }
        let (name, file) = (path.display().to_string(), File::open(path).map_err(unreadable)?);
        if !there.is_file() {
            return Self::stream(name, file);
        }
        match is_zip(&mut BufReader::new(&file)).map_err(unreadable)? {
            true => Source::open(path),
            false => Ok(Source::Features { name, bytes: Box::new(Unchanged::open(path).map_err(unreadable)?) }),
        }
    }

    /// The table of features itself, from where it can be read once, such as a pipe.
    pub fn stream(name: String, bytes: impl Read + Send + 'a) -> Result<Self> {
        let mut bytes = BufReader::new(bytes);
        match is_zip(&mut bytes).map_err(|e| Error::io(&name, &e).wanted("features.csv"))? {
            true => Err(Error::data(name)
                .found("a zip archive from a pipe")
                .wanted("features.csv there")
                .fix("save the archive and give its path: it is not read from its beginning to its end")),
            false => Ok(Source::Features { name, bytes: Box::new(bytes) }),
        }
    }

    /// A folder that holds these tables.
    fn folder(path: &Path, wanted: &[TableFile]) -> Result<Self> {
        let files: Vec<_> = wanted.iter().map(|table| table.file()).collect();
        let absent: Vec<_> = files.iter().filter(|file| !path.join(file).is_file()).copied().collect();
        match absent.as_slice() {
            [] => Ok(Source::Folder(path.to_owned())),
            absent => Err(Error::data(path.display().to_string())
                .found(format!("a folder without {}", absent.join(" and ")))
                .wanted(files.join(" and "))
                .fix(DOWNLOAD)),
        }
    }

    /// One of the tables, from its beginning.
    pub fn table(&mut self, table: TableFile) -> Result<Blocks<'_>> {
        let file = table.file();
        match self {
            Source::Folder(folder) => plain(&folder.join(file)),
            Source::Features { name, bytes } => Ok(Blocks::new(name.clone(), false, bytes)),
            Source::Zip { path, archive, folder } => {
                let name = format!("{folder}{file}");
                let place = format!("{}, {name}", path.display());
                match archive.by_name(&name) {
                    Ok(entry) => Ok(Blocks::new(place, true, entry)),
                    Err(e) => Err(damaged(&place, &e)),
                }
            }
            Source::Memory(Tables { features, tracks }) => {
                let bytes = if table == TableFile::Features { features } else { tracks };
                Ok(Blocks::new(format!("synthetic {file}"), false, bytes.as_slice()))
            }
        }
    }
}

/// A table by itself.
fn plain(path: &Path) -> Result<Blocks<'static>> {
    let open = Unchanged::open(path).map_err(|e| Error::io(path.display(), &e))?;
    Ok(Blocks::new(path.display().to_string(), false, open))
}

/// Whether a file begins like a zip archive; it is at its beginning again afterwards.
fn is_zip(file: &mut impl BufRead) -> std::io::Result<bool> {
    let begin = file.fill_buf()?;
    Ok(begin.starts_with(b"PK\x03\x04") || begin.starts_with(b"PK\x05\x06"))
}

/// A file that must stay as it is while it is read: half of the old table and half of a new one is neither.
struct Unchanged {
    file: File,
    began: Metadata,
    read: u64,
}

impl Unchanged {
    fn open(path: &Path) -> std::io::Result<Self> {
        let file = File::open(path)?;
        Ok(Unchanged { began: file.metadata()?, file, read: 0 })
    }
}

impl Read for Unchanged {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(bytes)?;
        self.read += read as u64;
        if read == 0 && !bytes.is_empty() && self.began.is_file() {
            let now = self.file.metadata()?;
            if self.read != self.began.len() || now.modified()? != self.began.modified()? {
                let (was, is) = (self.began.len(), self.read);
                return Err(std::io::Error::other(format!(
                    "a file that changed while it was read ({was} bytes, then {is})"
                )));
            }
        }
        Ok(read)
    }
}

/// The folder inside the archive that holds both tables: the root, or one level down. Where a table is there twice,
/// nobody knows which one is meant.
fn folder_of_tables(archive: &ZipArchive<BufReader<File>>, place: &str) -> Result<String> {
    let names: Vec<_> = archive.file_names().flatten().collect();
    let twice = |found: String| {
        let fix = "take the other one out, or unpack it and give the folder";
        Err(Error::data(place).found(found).wanted("each table once in the archive").fix(fix))
    };
    if archive.has_duplicate_names() {
        return twice("a zip archive with two entries of one name".into());
    }
    // macOS keeps its own notes about each file under this name.
    let shallow = |folder: &&str| folder.is_empty() || folder.find('/') == Some(folder.len() - 1);
    let meant = |folder: &&str| shallow(folder) && *folder != "__MACOSX/";
    let folders = |file| names.iter().filter_map(move |name| name.strip_suffix(file)).filter(meant);
    for file in TableFile::BOTH.map(TableFile::file) {
        if let [first, second, ..] = folders(file).collect::<Vec<_>>()[..] {
            return twice(format!("{} and {}", shown(&format!("{first}{file}")), shown(&format!("{second}{file}"))));
        }
    }
    let has_tracks = |folder: &&str| folders(TableFile::Tracks.file()).any(|other| other == *folder);
    folders(TableFile::Features.file()).find(has_tracks).map(str::to_owned).ok_or_else(|| {
        let first: Vec<_> = names.iter().take(5).map(|name| shown(name)).collect();
        let found = if names.is_empty() { "nothing".to_owned() } else { first.join(", ") };
        let more = if names.len() > 5 { ", ..." } else { "" };
        Error::data(place)
            .found(format!("a zip archive of {found}{more}"))
            .wanted("features.csv and tracks.csv in one folder of it")
            .fix(DOWNLOAD)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_file_that_changes_while_it_is_read_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("features.csv");
        let changes: [fn(&Path); 3] = [
            |path| File::options().write(true).open(path).unwrap().set_len(500).unwrap(),
            |path| File::options().append(true).open(path).unwrap().write_all(b"more").unwrap(),
            |path| {
                let file = File::options().write(true).open(path).unwrap();
                file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
            },
        ];
        for change in changes {
            std::fs::write(&path, [b'x'; 1000]).unwrap();
            let mut file = Unchanged::open(&path).unwrap();
            file.read_exact(&mut [0; 100]).unwrap();
            change(&path);
            let error = file.read_to_end(&mut Vec::new()).unwrap_err().to_string();
            assert!(error.starts_with("a file that changed while it was read (1000 bytes, then "), "{error}");
        }
        std::fs::write(&path, [b'x'; 1000]).unwrap();
        assert_eq!(Unchanged::open(&path).unwrap().read_to_end(&mut Vec::new()).unwrap(), 1000);
    }
}
