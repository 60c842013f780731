//! A folder of pictures: one sub-folder a class, PNG files of one size in it, grey or colour.
//!
//! ```text
//! spectrograms/
//!   blues/    0000.png  0005.png  0010.png ...
//!   house/    0001.png  0002.png ...
//! ```
//!
//! Files are decoded on all threads by the crate `png`. A header is believed only as far as its size is one that a network
//! could take: a small file that unpacks to a hundred megapixels is refused before it does.

use super::{Dataset, Images};
use crate::names::shown;
use crate::{Error, Result};
use ndarray::{Array2, Axis};
use png::{BitDepth, ColorType, Decoder, Limits, Reader};
use rayon::prelude::*;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// Numbers of a picture, at most: 2048 x 2048 in grey. More than that no network of this size takes.
const MOST_NUMBERS: usize = 1 << 22;
/// Numbers of all pictures, at most: 4 GiB of them.
const MOST_OF_ALL: usize = 1 << 30;

impl Images {
    /// Reads a folder of pictures: each sub-folder is a class, and each PNG file in it, or in folders within it, a
    /// picture of it. Pixels of 8 bits become numbers from 0 to 1. Classes and files are sorted by name; hidden files
    /// are passed over.
    ///
    /// # Errors
    /// When there are fewer than two classes, or one without pictures; when a file is no PNG or is broken, has another
    /// size or other channels than the first, more than 8 bits, a palette or transparency, or is too large. Of several bad
    /// files the first is named, and the others counted.
    pub fn read(folder: impl AsRef<Path>) -> Result<Images> {
        let folder = folder.as_ref();
        let (mut classes, mut files, mut y) = (Vec::new(), Vec::new(), Vec::new());
        for (path, is_folder) in entries(folder)? {
            let name = last(&path);
            if !is_folder {
                return Err(Error::data(path.display().to_string())
                    .found("a file beside the classes")
                    .wanted("one sub-folder for each class, and pictures in these"));
            }
            let before = files.len();
            pictures(&path, 0, &mut files)?;
            if files.len() == before {
                return Err(Error::data(path.display().to_string())
                    .found("a class without a picture")
                    .wanted("PNG files")
                    .fix("remove the folder, or fill it"));
            }
            y.resize(files.len(), classes.len());
            classes.push(name);
        }
        if classes.len() < 2 {
            return Err(Error::data(folder.display().to_string())
                .found(match classes.first() {
                    Some(class) => format!("one class, {}", shown(class)),
                    None => "no class".into(),
                })
                .wanted("at least two sub-folders of pictures, one for each class"));
        }
        let [height, width, channels] = open(&files[0]).map(|(_, shape)| shape)?;
        let (shape, numbers) = ([height, width, channels], height * width * channels);
        if files.len().saturating_mul(numbers) > MOST_OF_ALL {
            return Err(Error::data(folder.display().to_string())
                .found(format!("{} pictures of {}", files.len(), size(shape)))
                .wanted(format!("at most {MOST_OF_ALL} numbers, which take 4 GiB"))
                .fix("make the pictures smaller, or take fewer of them"));
        }
        let mut x = Array2::zeros((files.len(), numbers));
        let rows = x.axis_iter_mut(Axis(0)).into_par_iter().zip(&files);
        let bad: Vec<Error> = rows
            .filter_map(|(mut row, file)| {
                let first = (files[0].as_path(), shape);
                decode(file, first)
                    .map(|pixels| row.iter_mut().zip(pixels).for_each(|(x, p)| *x = f32::from(p) / 255.0))
                    .err()
            })
            .collect();
        match &bad[..] {
            [] => {}
            [only] => return Err(only.clone()),
            [first, ..] => {
                return Err(Error::data(folder.display().to_string())
                    .found(format!("{} bad files of {}, the first: {first}", bad.len(), files.len()))
                    .wanted("pictures that can be read, all of one size"));
            }
        }
        let inside = |file: &PathBuf| {
            let parts = file.strip_prefix(folder).unwrap_or(file).components();
            parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
        };
        Images::new(Dataset::new(x, y, classes)?, shape, files.iter().map(inside).collect())
    }
}

fn last(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What is in a folder and not hidden, sorted, each with whether it is a folder; links are followed.
fn entries(folder: &Path) -> Result<Vec<(PathBuf, bool)>> {
    let io = |e| Error::io(folder.display(), &e).wanted("a folder of pictures");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if !last(&path).starts_with('.') {
            let is_folder = path.is_dir();
            found.push((path, is_folder));
        }
    }
    found.sort();
    Ok(found)
}

/// Folders within folders of a class, at most: links could make a circle.
const DEPTH: usize = 8;

fn pictures(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<()> {
    for (path, is_folder) in entries(folder)? {
        match path.extension().is_some_and(|end| end.eq_ignore_ascii_case("png")) {
            _ if is_folder && depth < DEPTH => pictures(&path, depth + 1, files)?,
            true if !is_folder => files.push(path),
            _ => {
                return Err(Error::data(path.display().to_string())
                    .found("a name that does not end in .png")
                    .wanted("a PNG file"));
            }
        }
    }
    Ok(())
}

fn size([height, width, channels]: [usize; 3]) -> String {
    format!("{height} x {width} pixels in {}", if channels == 1 { "grey" } else { "colour" })
}

/// Reads a picture's header.
fn open(path: &Path) -> Result<(Reader<BufReader<File>>, [usize; 3])> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|e| Error::io(&name, &e))?;
    // Twice the largest picture that is taken: whatever else a file unpacks to is not wanted.
    let mut decoder = Decoder::new_with_limits(BufReader::new(file), Limits { bytes: 2 * MOST_NUMBERS });
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let reader = decoder.read_info().map_err(|e| broken(&name, &e))?;
    let info = reader.info();
    let (height, width) = (info.height as usize, info.width as usize);
    let wrong = |found: String| Err(Error::data(&name).found(found).wanted("grey or RGB of 8 bits").fix("convert it"));
    let channels = match (info.color_type, info.bit_depth) {
        _ if info.is_animated() => return wrong("a moving picture".into()),
        (ColorType::Grayscale, BitDepth::Eight) => 1,
        (ColorType::Rgb, BitDepth::Eight) => 3,
        (ColorType::Indexed, _) => return wrong("a picture with a palette".into()),
        (ColorType::GrayscaleAlpha | ColorType::Rgba, _) => return wrong("a picture with transparency".into()),
        (_, depth) => return wrong(format!("{} bits a pixel and channel", depth as u8)),
    };
    if height.saturating_mul(width).saturating_mul(channels) > MOST_NUMBERS {
        return Err(Error::data(&name)
            .found(size([height, width, channels]))
            .wanted(format!("at most {MOST_NUMBERS} numbers"))
            .fix("make the picture smaller"));
    }
    Ok((reader, [height, width, channels]))
}

/// The pixels of a picture, which must be as large as the first.
fn decode(path: &Path, (first, wanted): (&Path, [usize; 3])) -> Result<Vec<u8>> {
    let (mut reader, shape) = open(path)?;
    let name = path.display().to_string();
    if shape != wanted {
        return Err(Error::data(name).found(size(shape)).wanted(format!(
            "{}, as {} has",
            size(wanted),
            first.display()
        )));
    }
    let mut pixels = vec![0; shape.iter().product()];
    reader.next_frame(&mut pixels).and_then(|_| reader.finish()).map_err(|e| broken(&name, &e))?;
    Ok(pixels)
}

fn broken(name: &str, error: &png::DecodingError) -> Error {
    Error::data(name)
        .found(format!("a broken PNG file ({error})"))
        .wanted("a picture")
        .fix("make it anew, or leave it out")
}

#[cfg(test)]
mod tests {
    use super::*;
    use png::Encoder;

    fn write(path: &Path, (width, height): (u32, u32), kind: (ColorType, BitDepth), pixels: &[u8]) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut encoder = Encoder::new(File::create(path).unwrap(), width, height);
        encoder.set_color(kind.0);
        encoder.set_depth(kind.1);
        if kind.0 == ColorType::Indexed {
            encoder.set_palette(vec![0; 6]);
        }
        encoder.write_header().unwrap().write_image_data(pixels).unwrap();
    }

    const GREY: (ColorType, BitDepth) = (ColorType::Grayscale, BitDepth::Eight);

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (i, name) in ["b/10.png", "a/x-2.PNG", "b/2.png"].iter().enumerate() {
            write(&folder.path().join(name), (3, 2), GREY, &[0, 51, 255, 0, 0, i as u8]);
        }
        folder
    }

    #[test]
    fn pictures_are_read_in_the_order_of_their_names() {
        let folder = folder();
        fs::write(folder.path().join("a/.hidden"), b"").unwrap();
        let images = Images::read(folder.path()).unwrap();
        assert_eq!(
            (images.shape(), images.names()),
            ([2, 3, 1], &["a/x-2.PNG", "b/10.png", "b/2.png"].map(String::from)[..])
        );
        assert_eq!(
            (images.dataset().y(), images.dataset().classes()),
            (&[0, 1, 1][..], &["a".to_string(), "b".into()][..])
        );
        assert_eq!(images.dataset().x().row(2).to_vec(), [0.0, 0.2, 1.0, 0.0, 0.0, 2.0 / 255.0]);
    }

    #[test]
    fn bad_files_and_folders_are_named() {
        type Damage = fn(&Path);
        let cases: [(Damage, &str); 11] = [
            (
                |f| write(&f.join("b/3.png"), (2, 2), GREY, &[0; 4]),
                "b/3.png: found 2 x 2 pixels in grey, wanted 2 x 3 pixels in grey, as ",
            ),
            (
                |f| write(&f.join("b/3.png"), (3, 2), (ColorType::Rgb, BitDepth::Eight), &[0; 18]),
                "b/3.png: found 2 x 3 pixels in colour",
            ),
            (
                |f| write(&f.join("b/3.png"), (3, 2), (ColorType::Grayscale, BitDepth::Sixteen), &[0; 12]),
                "found 16 bits",
            ),
            (
                |f| write(&f.join("b/3.png"), (3, 2), (ColorType::Indexed, BitDepth::Eight), &[0; 6]),
                "found a picture with a palette",
            ),
            (|f| write(&f.join("b/3.png"), (3, 2), (ColorType::Rgba, BitDepth::Eight), &[0; 24]), "with transparency"),
            (|f| fs::write(f.join("b/3.png"), b"not a picture").unwrap(), "b/3.png: found a broken PNG file"),
            (|f| fs::write(f.join("b/3.jpg"), b"").unwrap(), "b/3.jpg: found a name that does not end in .png"),
            (|f| fs::write(f.join("3.png"), b"").unwrap(), "3.png: found a file beside the classes"),
            (|f| fs::create_dir(f.join("c")).unwrap(), "c: found a class without a picture"),
            (|f| fs::remove_dir_all(f.join("a")).unwrap(), "found one class, \"b\""),
            (|f| fs::remove_dir_all(f).unwrap(), "wanted a folder of pictures"),
        ];
        for (damage, wanted) in cases {
            let folder = folder();
            damage(folder.path());
            let error = Images::read(folder.path()).unwrap_err().to_string();
            assert!(error.contains(wanted), "{error}");
        }
        let folder = folder();
        for name in ["b/10.png", "b/2.png"] {
            let whole = fs::read(folder.path().join(name)).unwrap();
            fs::write(folder.path().join(name), &whole[..whole.len() - 20]).unwrap();
        }
        let error = Images::read(folder.path()).unwrap_err().to_string();
        assert!(
            error.contains("2 bad files of 3, the first: ") && error.contains("b/10.png: found a broken"),
            "{error}"
        );
    }

    /// A header alone says how large a picture is; pixels that never come are not waited for.
    #[test]
    fn a_hundred_megapixels_in_a_small_file_are_refused_by_their_header() {
        let folder = folder();
        let path = folder.path().join("a/x-2.PNG");
        let mut bytes = fs::read(&path).unwrap();
        bytes[16..24].copy_from_slice(&[0, 0, 0x27, 0x10, 0, 0, 0x27, 0x10]);
        let crc = crc(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&crc.to_be_bytes());
        fs::write(&path, bytes).unwrap();
        let error = Images::read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("found 10000 x 10000 pixels in grey, wanted at most 4194304 numbers"), "{error}");
    }

    /// The checksum of PNG, bit by bit.
    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
        })
    }
}
