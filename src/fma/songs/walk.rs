//! The songs in a folder, found by the ends of their names, in the order of their paths.

use crate::{Error, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// What the names of audio files end with.
const ENDS: [&str; 10] = ["aac", "alac", "flac", "m4a", "m4b", "mp3", "mp4", "oga", "ogg", "wav"];

/// All songs in a folder and in those within it. Hidden files and folders are passed over, links to folders are not
/// followed.
///
/// # Errors
/// When a folder cannot be read.
pub fn songs(folder: impl AsRef<Path>) -> Result<Vec<PathBuf>> {
    let (mut left, mut found) = (vec![folder.as_ref().to_owned()], Vec::new());
    while let Some(folder) = left.pop() {
        let io = |e| Error::io(folder.display(), &e).wanted("a folder of music");
        for entry in fs::read_dir(&folder).map_err(io)? {
            let entry = entry.map_err(io)?;
            let (path, kind) = (entry.path(), entry.file_type().map_err(io)?);
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            let end = path.extension().map(|end| end.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
            match () {
                _ if kind.is_dir() => left.push(path),
                _ if ENDS.contains(&end.as_str()) => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn songs_are_found_by_their_ends_and_sorted() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b/2.MP3", "b/1.flac", "a.ogg", "cover.jpg", ".hidden.mp3", ".git/x.mp3"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"").unwrap();
        }
        let found = songs(folder.path()).unwrap();
        let names: Vec<_> =
            found.iter().map(|path| path.strip_prefix(folder.path()).unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["a.ogg", "b/1.flac", "b/2.MP3"]);
        assert!(songs(folder.path().join("nowhere")).unwrap_err().to_string().contains("nowhere"));
    }
}
