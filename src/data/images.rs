//! Pictures with classes: rows of pixels, the size of a picture, and which recording each was cut from.
//!
//! Pictures of sound come in long runs, a second after the other, of one song or of one mix. Neighbours are all but the
//! same picture: a network that has trained on one knows the other. So the recording and the position in it are part of
//! the data, read from the files' names, and the split goes by them:
//!
//! ```text
//! many recordings     train  [song a][song b][song d]...    valid [song c]    test [song e]
//!
//! few, long ones      |---- train, 7/10 ----|- valid, 1/10 -|-- test, 2/10 --|      of each
//! ```
//!
//! Along a long recording, the validation part stands between the others: what straddles one border of it is not on both
//! sides of training and test.

use super::{Dataset, Groups, Partition};
use crate::{Error, Result, Seed};
use std::collections::BTreeMap;

/// Pictures of one size, each with a class.
#[derive(Clone, Debug)]
pub struct Images {
    /// A row of pixels each, in row-major order, with the class, and with [`Groups`] where names tell of them.
    dataset: Dataset,
    /// Height, width, channels.
    shape: [usize; 3],
    /// A name of each, `class/file`.
    names: Vec<String>,
    runs: Option<Runs>,
}

/// Where each picture lies: its recording, and how far along it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Runs {
    recording: Groups,
    position: Vec<u64>,
    names: Vec<String>,
}

/// From how many recordings of every class on whole recordings are held out.
const MANY: usize = 10;
/// Stretches of a long recording, which are its groups where whole recordings are too few to be held out.
const STRETCHES: usize = 20;
/// The first stretch of the validation part, and of the test part.
const VALID: usize = 14;
const TEST: usize = 16;

impl Images {
    /// Pictures of `shape` (height, width, channels), a row each, with their names: `class/recording-position.png`, or
    /// without an end. What stands before the last number is the recording; groups of the data set are replaced by what
    /// follows from it.
    ///
    /// # Errors
    /// When a row has not so many pixels, or there is not a name for each.
    pub fn new(dataset: Dataset, shape: [usize; 3], names: Vec<String>) -> Result<Images> {
        if shape.iter().product::<usize>() != dataset.x().ncols() || names.len() != dataset.len() {
            return Err(Error::shape("pictures")
                .found(format!("{:?} and {} names for pictures of {shape:?}", dataset.x().dim(), names.len()))
                .wanted("height x width x channels columns, and a name for each row"));
        }
        let runs = Runs::of(&names);
        let mut images = Images { dataset: dataset.without_groups(), shape, names, runs };
        if let Some(groups) =
            images.runs.as_ref().map(|runs| if images.many() { runs.recording.clone() } else { runs.stretches() })
        {
            images.dataset = images.dataset.with_groups(groups)?;
        }
        Ok(images)
    }

    /// The pixels, a row for each picture.
    pub fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    /// Height, width and channels of each picture.
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// The name of each picture.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The recording of each picture, by number, and the recordings' names; none where files' names do not end in a number.
    pub fn recordings(&self) -> Option<(&[u32], &[String])> {
        self.runs.as_ref().map(|runs| (runs.recording.ids(), &runs.names[..]))
    }

    /// What must be said before any figure of pictures without groups.
    pub fn warning(&self) -> Option<&'static str> {
        self.runs.is_none().then_some(
            "NO GROUPS: the pictures' names do not end in a number, so nobody knows which of them are neighbours of one \
             recording. The split is random, and where pictures of one song are on both sides, the figures are FLATTERED. \
             Names such as song-0001.png say which belong together.",
        )
    }

    /// How [`partition`](Self::partition) deals the pictures to the parts, in words.
    pub fn describe_split(&self) -> &'static str {
        match () {
            _ if self.runs.is_none() => "random, within each class, as no groups are known",
            _ if self.many() => "by recording: no recording in two parts",
            () => "along each recording: the first seven tenths, a tenth, the last fifth",
        }
    }

    /// Training, validation and test rows, so that no group is in two parts: whole recordings where each class has ten or more, a
    /// tenth of them for validation, as many for the test; otherwise the beginning, the middle and the last fifth of each
    /// recording. Within each class at random where no groups are known.
    pub fn partition(&self, seed: Seed) -> Partition {
        match &self.runs {
            None => Partition::stratified(self.dataset.y(), seed),
            Some(runs) if self.many() => {
                let mut all = Partition::default();
                for class in 0..self.dataset.classes().len() {
                    let rows: Vec<usize> =
                        (0..self.dataset.len()).filter(|&row| self.dataset.y()[row] == class).collect();
                    let part = Partition::grouped(runs.recording.select(&rows).ids(), seed);
                    let there = |part: Vec<usize>| part.into_iter().map(|i| rows[i]).collect::<Vec<_>>();
                    all.train.extend(there(part.train));
                    all.valid.extend(there(part.valid));
                    all.test.extend(there(part.test));
                }
                [&mut all.train, &mut all.valid, &mut all.test].into_iter().for_each(|part| part.sort_unstable());
                all
            }
            Some(runs) => {
                let mut all = Partition::default();
                for (row, stretch) in runs.along().into_iter().enumerate() {
                    match stretch {
                        TEST.. => all.test.push(row),
                        VALID.. => all.valid.push(row),
                        _ => all.train.push(row),
                    }
                }
                all
            }
        }
    }

    /// Whether each class has enough recordings that whole ones can be held out.
    fn many(&self) -> bool {
        let Some(runs) = &self.runs else { return false };
        (0..self.dataset.classes().len()).all(|class| {
            let rows: Vec<usize> = (0..self.dataset.len()).filter(|&row| self.dataset.y()[row] == class).collect();
            runs.recording.select(&rows).count() >= MANY
        })
    }
}

impl Runs {
    /// From names that all end in a number.
    fn of(names: &[String]) -> Option<Runs> {
        let parsed: Option<Vec<(&str, u64)>> = names.iter().map(|name| parse(name)).collect();
        let parsed = parsed?;
        let recording = Groups::of(parsed.iter().map(|(recording, _)| *recording));
        let mut titles = vec![String::new(); recording.count()];
        recording.ids().iter().zip(&parsed).for_each(|(&id, (title, _))| titles[id as usize] = (*title).to_owned());
        Some(Runs { recording, position: parsed.into_iter().map(|(_, position)| position).collect(), names: titles })
    }

    /// Which stretch of its recording each picture is in; stretches of a recording have equally many pictures.
    fn along(&self) -> Vec<usize> {
        let mut of = BTreeMap::<u32, Vec<usize>>::new();
        self.recording.ids().iter().enumerate().for_each(|(row, &id)| of.entry(id).or_default().push(row));
        let mut stretch = vec![0; self.position.len()];
        for mut rows in of.into_values() {
            rows.sort_by_key(|&row| self.position[row]);
            rows.iter().enumerate().for_each(|(i, &row)| stretch[row] = i * STRETCHES / rows.len());
        }
        stretch
    }

    fn stretches(&self) -> Groups {
        Groups::of(self.recording.ids().iter().zip(self.along()).map(|(&id, stretch)| (id, stretch)))
    }
}

/// `blues/mix_0120.png` is at 120 of `blues/mix`; `blues/0120.png` at 120 of `blues`.
fn parse(name: &str) -> Option<(&str, u64)> {
    let file = name.rfind('/').map_or(0, |slash| slash + 1);
    let stem =
        name[file..].rfind('.').filter(|&dot| dot > 0 && !name[file + dot + 1..].bytes().all(|b| b.is_ascii_digit()));
    let stem = stem.map_or(name, |dot| &name[..file + dot]);
    let recording = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    let position = stem[recording.len()..].parse().ok()?;
    Some((recording.trim_end_matches(['/', '-', '_', '.', ' ']), position))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    fn images(names: impl IntoIterator<Item = String>) -> Images {
        let names: Vec<String> = names.into_iter().collect();
        let y = names.iter().map(|name| usize::from(name.starts_with('b'))).collect();
        Images::new(Dataset::new(Array2::zeros((names.len(), 4)), y, ["a", "b"]).unwrap(), [2, 2, 1], names).unwrap()
    }

    #[test]
    fn names_tell_recording_and_position() {
        for (name, wanted) in [
            ("blues/0120.png", Some(("blues", 120))),
            ("blues/mix_7.png", Some(("blues/mix", 7))),
            ("b/blues.00031.3", Some(("b/blues.00031", 3))),
            ("b/B.B. King/1.png", Some(("b/B.B. King", 1))),
            ("b/cat.png", None),
            ("b/99999999999999999999999.png", None),
        ] {
            assert_eq!(parse(name), wanted, "{name}");
        }
    }

    #[test]
    fn the_last_fifth_of_each_of_few_recordings_is_the_test() {
        // In the order of positions, not of names, and whatever the distance between two.
        let images =
            images(["a", "b"].iter().flat_map(|class| (0..40).map(move |i| format!("{class}/{}.png", 5 * (39 - i)))));
        let rows = images.partition(Seed(0));
        assert_eq!(rows.test, [0, 1, 2, 3, 4, 5, 6, 7, 40, 41, 42, 43, 44, 45, 46, 47]);
        assert_eq!((rows.valid.len(), rows.train.len()), (8, 56));
        assert!(crate::data::Parts::new(images.dataset(), rows).is_ok(), "no group is in two parts");
        assert_eq!(images.warning(), None);
        assert_eq!(images.recordings().unwrap().1, ["a", "b"]);
    }

    #[test]
    fn of_many_recordings_whole_ones_are_held_out() {
        let images = images((0..200).map(|i| format!("{}/song {}-{}.png", ["a", "b"][i % 2], i % 20 / 2, i / 20)));
        let rows = images.partition(Seed(1));
        let groups = images.dataset().groups().unwrap();
        assert_eq!((groups.count(), groups.shared(&rows.train, &rows.test)), (20, 0.0));
        let classes = |part: &[usize]| images.dataset().select(part).counts();
        assert_eq!((classes(&rows.test), classes(&rows.valid)), (vec![10, 10], vec![10, 10]));
    }

    #[test]
    fn pictures_without_numbers_say_so() {
        let images = images((0..20).map(|i| format!("{}/{}x.png", ["a", "b"][i % 2], i)));
        assert!(images.warning().unwrap().starts_with("NO GROUPS"));
        assert!(images.dataset().groups().is_none() && images.describe_split().starts_with("random"));
    }
}
