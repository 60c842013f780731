//! Atomic file writes: a reader finds the old file or the new one, never half of it.

use crate::{Error, Result};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

/// Writes `bytes` under a temporary name beside `path`, forces them to the disk, and renames: a reader sees the old
/// file or the new one, whatever happens in between. Folders on the way are made.
///
/// # Errors
/// When the operating system refuses; what was there before is still there.
pub fn write_atomically(path: impl AsRef<Path>, bytes: &[u8]) -> Result<()> {
    write_pieces(path.as_ref(), &[bytes])
}

/// The same for a file of several pieces, one after the other: large ones need not be copied together first.
///
/// # Errors
/// As [`write_atomically`].
pub fn write_pieces(path: &Path, pieces: &[&[u8]]) -> Result<()> {
    let io = |error: std::io::Error| {
        Error::io(path.display(), &error).wanted("to write this file").fix("choose another path, or make room")
    };
    let Some(name) = path.file_name() else {
        return Err(Error::config(path.display().to_string()).found("a path without a file name").wanted("a file"));
    };
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(io)?;
    let temporary = folder.join(format!(".{}.{}.tmp", name.to_string_lossy(), std::process::id()));
    let written = File::create(&temporary)
        .and_then(|mut file| {
            pieces.iter().try_for_each(|piece| file.write_all(piece))?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&temporary, path));
    if let Err(error) = written {
        // The disk may be full: what was written of the new file must not stay.
        let _ = fs::remove_file(&temporary);
        return Err(io(error));
    }
    Ok(())
}

/// Makes a folder, and makes sure that files can be written into it: better to hear it before hours of training.
///
/// # Errors
/// When the operating system refuses.
pub fn writable_folder(path: impl AsRef<Path>) -> Result<()> {
    let probe = path.as_ref().join(".tonegrad-probe");
    write_atomically(&probe, b"")?;
    fs::remove_file(&probe).map_err(|e| Error::io(probe.display(), &e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/report.json");
        write_atomically(&path, b"old").unwrap();
        write_atomically(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        // A folder cannot be replaced by a file.
        let error = write_atomically(folder.path().join("new"), b"x").unwrap_err();
        assert!(error.to_string().contains("new: found"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }
}
