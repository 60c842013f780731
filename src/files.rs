//! Atomic file writes: a reader finds the old file or the new one, never half of it; and a lock for folders.

use crate::{Error, Result};
use std::fs::{self, File, Metadata, TryLockError};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Writes `bytes` under a temporary name beside `path`, forces them to the disk, and renames: a reader sees the old
/// file or the new one, whatever happens in between. Folders on the way are made; a symbolic link is followed.
///
/// # Errors
/// When `path` is a folder, a device or a pipe, or the operating system refuses; what was there before is still there.
pub fn write_atomically(path: impl AsRef<Path>, bytes: &[u8]) -> Result<()> {
    write_pieces(path.as_ref(), &[bytes])
}

/// The same for a file of several pieces, one after the other: large ones need not be copied together first.
///
/// # Errors
/// As [`write_atomically`].
pub fn write_pieces(path: &Path, pieces: &[&[u8]]) -> Result<()> {
    let io = |error: io::Error| {
        Error::io(path.display(), &error).wanted("to write this file").fix("choose another path, or make room")
    };
    let target = replaceable(path)?;
    let Some(name) = target.file_name() else {
        return Err(Error::config(path.display().to_string()).found("a path without a file name").wanted("a file"));
    };
    let folder = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(io)?;
    let begin = temporary_begin(&name.to_string_lossy());
    remove_leftovers(folder, &begin);
    let temporary = folder.join(format!("{begin}{}{TEMPORARY_END}", unique()));
    let written = File::create_new(&temporary)
        .and_then(|mut file| {
            pieces.iter().try_for_each(|piece| file.write_all(piece))?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&temporary, &target));
    if let Err(error) = written {
        // The disk may be full: what was written of the new file must not stay.
        let _ = fs::remove_file(&temporary);
        return Err(io(error));
    }
    Ok(())
}

/// The regular file, there or not yet, that a path leads to through all symbolic links.
///
/// # Errors
/// When something else is there, which a file must not replace.
fn replaceable(path: impl AsRef<Path>) -> Result<PathBuf> {
    let path = path.as_ref();
    let io = |error: io::Error| {
        Error::io(path.display(), &error).wanted("to write this file").fix("choose another path, or make room")
    };
    match fs::metadata(path) {
        Ok(there) if there.is_file() && path.is_symlink() => fs::canonicalize(path).map_err(io),
        Ok(there) if there.is_file() => Ok(path.to_owned()),
        Ok(there) => {
            let what = if there.is_dir() { "a folder" } else { "a device or a pipe" };
            let found = io::Error::other(format!("{what}, not a regular file"));
            Err(Error::io(path.display(), &found).wanted("a file, or nothing yet").fix("choose another path"))
        }
        // Nothing there, or a link to what is not there yet.
        Err(error) if error.kind() == io::ErrorKind::NotFound => match fs::read_link(path) {
            Ok(next) => replaceable(path.parent().unwrap_or(Path::new("")).join(next)),
            Err(_) => Ok(path.to_owned()),
        },
        Err(error) => Err(io(error)),
    }
}

/// What the name of a temporary file ends with.
const TEMPORARY_END: &str = ".tmp";

/// The age at which a temporary file is nobody's any more: its program was killed.
const LEFT_OVER: Duration = Duration::from_secs(3600);

/// What the names of a file's temporary files begin with; short enough that the rest fits into a name's 255 bytes.
fn temporary_begin(name: &str) -> String {
    let end = (0..=name.len().min(180)).rfind(|&end| name.is_char_boundary(end)).unwrap_or(0);
    format!(".{}.", &name[..end])
}

/// Text that no other call has, neither of this process nor of one with the same number in another container.
fn unique() -> String {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let (process, call) = (std::process::id(), CALLS.fetch_add(1, Ordering::Relaxed));
    format!("{process:x}-{call:x}-{:016x}", RandomState::new().build_hasher().finish())
}

/// Removes temporary files of this file that were left over long ago. What cannot be removed stays.
fn remove_leftovers(folder: &Path, begin: &str) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let middle = name.to_str().and_then(|name| name.strip_prefix(begin)?.strip_suffix(TEMPORARY_END));
        let ours = middle.is_some_and(|middle| middle.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit()));
        let age = || entry.metadata().ok()?.modified().ok()?.elapsed().ok();
        if ours && age().is_some_and(|age| age > LEFT_OVER) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Makes a folder, and makes sure that a file of this name can be written into it, or over the one that is there: better to
/// hear it before hours of training.
fn writable(folder: &Path, file: &str) -> Result<()> {
    let target = replaceable(folder.join(file))?;
    let folder = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let begin = temporary_begin("tonegrad-probe");
    let probe = folder.join(format!("{begin}{}{TEMPORARY_END}", unique()));
    let io = |e| Error::io(probe.display(), &e);
    write_atomically(&probe, b"")?;
    remove_leftovers(folder, &begin);
    let user = fs::metadata(&probe).map_err(io)?;
    fs::remove_file(&probe).map_err(io)?;
    match fs::metadata(&target).is_ok_and(|old| !may_replace(folder, &old, &user)) {
        true => Err(Error::io(target.display(), &io::Error::other("a file of another user in a sticky folder"))
            .wanted("a file that may be replaced")
            .fix("choose another folder")),
        false => Ok(()),
    }
}

/// Whether the user whose file `own` is may replace `old` in this folder. In a sticky one, such as /tmp, only the owner of
/// the file or of the folder may, and root.
#[cfg(unix)]
fn may_replace(folder: &Path, old: &Metadata, own: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    const STICKY: u32 = 0o1000;
    let allows = |folder: Metadata| folder.mode() & STICKY == 0 || folder.uid() == own.uid();
    old.uid() == own.uid() || own.uid() == 0 || fs::metadata(folder).is_ok_and(allows)
}

/// Elsewhere no folder is sticky.
#[cfg(not(unix))]
fn may_replace(_: &Path, _: &Metadata, _: &Metadata) -> bool {
    true
}

/// A folder that this program alone writes into, as long as this value lives. The system takes the lock back when the
/// process dies, however it dies.
#[derive(Debug)]
pub struct FolderLock(#[allow(dead_code, reason = "holds the lock until it is closed")] File);

/// The file that is locked. It stays: one that is removed could be locked twice, before and after.
const LOCK: &str = ".tonegrad-lock";

/// Makes a folder, makes sure that these files can be written into it, and keeps out other programs that ask for the same.
///
/// # Errors
/// When another program has the folder, when something is in the place of a file that no file can replace, or when the
/// operating system refuses.
pub fn lock_folder(path: impl AsRef<Path>, files: &[&str]) -> Result<FolderLock> {
    let path = path.as_ref();
    let io = |error: io::Error| {
        Error::io(path.display(), &error).wanted("a folder to write into").fix("choose another path, or make room")
    };
    fs::create_dir_all(path).map_err(io)?;
    let file = File::options().create(true).truncate(false).write(true).open(path.join(LOCK)).map_err(io)?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(Error::config(path.display().to_string())
            .found("another program that writes into this folder")
            .wanted("one at a time")
            .fix("wait until it ends, or choose another folder")),
        // Some file systems have no locks. That is no reason not to work on them.
        Err(TryLockError::Error(error)) if error.kind() != io::ErrorKind::Unsupported => Err(io(error)),
        _ => files.iter().try_for_each(|name| writable(path, name)).map(|()| FolderLock(file)),
    }
}

/// Whether two paths lead to the same file, through symbolic links or by a second name.
pub fn same_file(one: impl AsRef<Path>, other: impl AsRef<Path>) -> bool {
    let (one, other) = (one.as_ref(), other.as_ref());
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if let (Ok(one), Ok(other)) = (fs::metadata(one), fs::metadata(other)) {
            return (one.dev(), one.ino()) == (other.dev(), other.ino());
        }
    }
    matches!((fs::canonicalize(one), fs::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
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
    #[test]
    fn threads_that_write_one_file_do_not_disturb_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        std::thread::scope(|scope| {
            for text in ["a", "b", "c", "d"] {
                let path = &path;
                scope
                    .spawn(move || (0..20).for_each(|_| write_atomically(path, text.repeat(9999).as_bytes()).unwrap()));
            }
        });
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.len() == 9999 && text.bytes().all(|b| b == text.as_bytes()[0]), "one of them, whole");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn old_leftovers_of_the_same_file_go_with_the_next_write() {
        let folder = tempfile::tempdir().unwrap();
        let names = [".a.csv.12.tmp", ".a.csv.1f-0-00ff.tmp", ".a.csv.new.tmp", ".b.csv.12.tmp", "a.csv.12.tmp"];
        for (name, hours) in names.iter().map(|name| (*name, 2)).chain([(".a.csv.7-7-7.tmp", 0)]) {
            let file = File::create(folder.path().join(name)).unwrap();
            file.set_modified(std::time::SystemTime::now() - hours * LEFT_OVER).unwrap();
        }
        write_atomically(folder.path().join("a.csv"), b"x").unwrap();
        let there = |name: &str| folder.path().join(name).exists();
        assert_eq!(names.map(there), [false, false, true, true, true]);
        assert!(there(".a.csv.7-7-7.tmp"), "somebody may be writing it now");
    }

    #[test]
    fn long_names_have_temporary_ones() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["n".repeat(255), "ö".repeat(127)] {
            write_atomically(folder.path().join(&name), b"x").unwrap();
            assert!(folder.path().join(name).is_file());
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_what_is_no_file_is_refused() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("far")).unwrap();
        symlink("far/first", at("link")).unwrap();
        symlink("link", at("chain")).unwrap();
        for text in ["new", "newer"] {
            write_atomically(at("chain"), text.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(at("far/first")).unwrap(), text);
        }
        assert!(at("link").is_symlink() && at("chain").is_symlink());
        symlink("loop", at("loop")).unwrap();
        assert!(write_atomically(at("loop"), b"x").is_err());
        for (path, what) in [(Path::new("/dev/null").to_owned(), "a device or a pipe"), (at("far"), "a folder")] {
            let error = write_atomically(&path, b"x").unwrap_err().to_string();
            assert!(error.starts_with(&format!("{}: found {what}, not a regular file", path.display())), "{error}");
        }
        assert!(same_file(at("chain"), at("far/first")) && !same_file(at("chain"), at("absent")));
        fs::hard_link(at("far/first"), at("second")).unwrap();
        assert!(same_file(at("second"), at("link")));
    }

    #[test]
    fn a_folder_is_locked_once() {
        let folder = tempfile::tempdir().unwrap();
        let lock_folder = |name: &str| lock_folder(folder.path().join(name), &["model"]);
        let lock = lock_folder("out").unwrap();
        let error = lock_folder("out").unwrap_err().to_string();
        assert!(error.contains("found another program that writes into this folder, wanted one at a time"), "{error}");
        assert!(lock_folder("other").is_ok());
        drop(lock);
        assert!(lock_folder("out").is_ok());
        fs::create_dir(folder.path().join("out/model")).unwrap();
        let error = lock_folder("out").unwrap_err().to_string();
        assert!(error.contains("out/model: found a folder, not a regular file"), "{error}");
    }
}
