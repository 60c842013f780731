//! A folder of music, one sub-folder a class, cut into pieces that networks can be shown.

use super::front_end::FrontEnd;
use crate::audio::{Decoding, Samples, Signal, Song};
use crate::data::{Dataset, Images};
use crate::fma::songs::songs;
use crate::{Error, Result};
use ndarray::Array2;
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// A recording: its class, its name, its samples.
#[derive(Clone, Debug)]
pub struct Recording {
    /// Its class, by number.
    pub class: usize,
    /// Its name.
    pub name: String,
    /// Its samples, from -1 to 1.
    pub samples: Vec<f32>,
    /// Samples a second.
    pub rate: f64,
}

/// Numbers of all pieces, at most: 4 GiB of them.
const MOST_OF_ALL: usize = 1 << 30;

/// The pictures of all whole pieces of `seconds` in a folder whose sub-folders, in the order of their names, are classes.
/// Recordings are decoded on all threads; each is a group.
///
/// # Errors
/// When there are fewer than two classes, or one without a whole piece; when a file cannot be decoded: the first is named,
/// and the others counted.
pub fn read(folder: impl AsRef<Path>, front: FrontEnd, seconds: f64) -> Result<Images> {
    let folder = folder.as_ref();
    let io = |e| Error::io(folder.display(), &e).wanted("a folder of music");
    let mut classes: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() && !hidden {
            classes.push(path);
        }
    }
    classes.sort();
    let mut files = Vec::new();
    for (class, path) in classes.iter().enumerate() {
        files.extend(songs(path)?.into_iter().map(|song| (class, song)));
    }
    let read = |(class, path): &(usize, PathBuf)| {
        let mut song = Song::open_as(path, Decoding::Float)?;
        let name = path.strip_prefix(folder).unwrap_or(path).to_string_lossy().replace('\\', "/");
        let recording = Recording { class: *class, name, samples: song.samples()?, rate: song.rate() };
        pieces(&recording, front, seconds)
    };
    let read: Vec<Result<Pieces>> = files.par_iter().map(read).collect();
    let bad: Vec<&Error> = read.iter().filter_map(|read| read.as_ref().err()).collect();
    match &bad[..] {
        [] => {}
        [only] => return Err((*only).clone()),
        [first, ..] => {
            return Err(Error::data(folder.display().to_string())
                .found(format!("{} bad files of {}, the first: {first}", bad.len(), files.len()))
                .wanted("music that can be decoded"));
        }
    }
    let names = classes.iter().map(|path| path.file_name().unwrap_or_default().to_string_lossy().into_owned());
    images(&folder.display().to_string(), read.into_iter().flatten().collect(), names.collect())
}

/// The pictures of recordings in memory, cut into whole pieces of `seconds`.
///
/// # Errors
/// When there are fewer than two classes, or one without a whole piece.
pub fn of_recordings(recordings: &[Recording], classes: Vec<String>, front: FrontEnd, seconds: f64) -> Result<Images> {
    let all: Result<Vec<Pieces>> = recordings.par_iter().map(|recording| pieces(recording, front, seconds)).collect();
    images("recordings", all?, classes)
}

/// The pieces of a recording.
struct Pieces {
    class: usize,
    recording: String,
    pictures: Vec<Array2<f32>>,
}

fn pieces(recording: &Recording, front: FrontEnd, seconds: f64) -> Result<Pieces> {
    let length = ((seconds * recording.rate) as usize).max(1);
    let cut = recording.samples.chunks_exact(length);
    let pictures = cut.map(|samples| front.picture(Samples { samples, rate: recording.rate }));
    let pictures = pictures.collect::<Result<_>>().map_err(|e| e.within(&recording.name))?;
    Ok(Pieces { class: recording.class, recording: recording.name.clone(), pictures })
}

fn images(place: &str, all: Vec<Pieces>, classes: Vec<String>) -> Result<Images> {
    let count = |class| all.iter().filter(|p| p.class == class).map(|p| p.pictures.len()).sum::<usize>();
    if let Some(class) = (0..classes.len()).find(|&class| count(class) == 0) {
        return Err(Error::data(format!("{place}, class {}", classes[class]))
            .found("no recording as long as a piece")
            .wanted("music in each sub-folder")
            .fix("remove the folder, or ask for shorter pieces"));
    }
    if classes.len() < 2 {
        let found = format!("{} classes", classes.len());
        return Err(Error::data(place).found(found).wanted("at least two sub-folders of music, one for each class"));
    }
    let (height, width) = all.iter().find_map(|p| p.pictures.first()).map_or((0, 0), Array2::dim);
    let total: usize = all.iter().map(|p| p.pictures.len()).sum();
    if total.saturating_mul(height * width) > MOST_OF_ALL {
        return Err(Error::data(place)
            .found(format!("{total} pieces of {height} x {width}"))
            .wanted(format!("at most {MOST_OF_ALL} numbers, which take 4 GiB"))
            .fix("take fewer recordings"));
    }
    let (mut x, mut y, mut names) = (Vec::with_capacity(total * height * width), Vec::new(), Vec::new());
    for Pieces { class, recording, pictures } in all {
        for (position, picture) in pictures.into_iter().enumerate() {
            if picture.dim() != (height, width) {
                return Err(Error::data(format!("{place}, {recording}"))
                    .found(format!("a piece of {:?}", picture.dim()))
                    .wanted(format!("{height} x {width}, as the first has: one sample rate in all files")));
            }
            x.extend(picture.iter());
            y.push(class);
            names.push(format!("{recording}/{position:04}"));
        }
    }
    let x = Array2::from_shape_vec((total, height * width), x).expect("all pieces are as large");
    Images::new(Dataset::new(x, y, classes)?, [height, width, 1], names)
}
